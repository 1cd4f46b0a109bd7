import * as vscode from 'vscode';
import { DisposableList } from '../disposables';
import { internalCommands } from '../ids';

export interface LinkNotice<A extends string> {
  /** `link` makes the address that an action has in the text. */
  readonly text: (link: (action: A) => string) => string;
  readonly onAction: (action: A) => void;
  /** Milliseconds after which the text is made anew; never when absent. */
  readonly renewMs?: number;
  /** The text is made anew when this fires. */
  readonly onDidRenew?: vscode.Event<void>;
  /** Of the button that takes it away; *Cancel* when absent. */
  readonly closeLabel?: string;
}

/**
 * Notifications whose text holds links to actions, and that leave the screen by themselves when
 * what they speak of is over. `OfferNotices` says why they are progress notifications.
 */
export class LinkNotices implements vscode.Disposable {
  private readonly held = new DisposableList();
  private readonly open = new Map<number, (action: string) => void>();
  private lastNumber = 0;

  constructor() {
    this.held.add(
      vscode.commands.registerCommand(
        internalCommands.followNoticeLink,
        (number: unknown, action: unknown) => {
          if (typeof number === 'number' && typeof action === 'string') {
            this.open.get(number)?.(action);
          }
        },
      ),
    );
  }

  /** Resolves when the person cancels it, or when it was taken away by the signal. */
  async show<A extends string>(
    notice: LinkNotice<A>,
    signal: AbortSignal,
  ): Promise<'cancelled' | 'over'> {
    if (signal.aborted) return 'over';
    const number = ++this.lastNumber;
    this.open.set(number, (action) => {
      notice.onAction(action as A);
    });
    let timer: NodeJS.Timeout | undefined;
    let renewing: vscode.Disposable | undefined;
    try {
      return await vscode.window.withProgress(
        {
          location: vscode.ProgressLocation.Notification,
          cancellable: closeButton(notice.closeLabel),
        },
        (progress, token) => {
          const draw = () => {
            // A bar at zero stands still; without an increment it would run to and fro.
            progress.report({
              message: notice.text((action) => link(number, action)),
              increment: 0,
            });
          };
          draw();
          renewing = notice.onDidRenew?.(draw);
          if (notice.renewMs !== undefined) timer = setInterval(draw, notice.renewMs);
          return new Promise<'cancelled' | 'over'>((resolve) => {
            token.onCancellationRequested(() => {
              resolve('cancelled');
            });
            signal.addEventListener('abort', () => {
              resolve('over');
            });
          });
        },
      );
    } finally {
      clearInterval(timer);
      renewing?.dispose();
      this.open.delete(number);
    }
  }

  dispose(): void {
    this.held.dispose();
  }
}

/**
 * The editor takes a label here although its type says boolean. One that does not says *Cancel*,
 * which then does the same.
 */
function closeButton(label: string | undefined): boolean {
  return (label ?? true) as boolean;
}

function link(number: number, action: string): string {
  const args = encodeURIComponent(JSON.stringify([number, action]));
  return `command:${internalCommands.followNoticeLink}?${args}`;
}
