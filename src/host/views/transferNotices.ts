import * as vscode from 'vscode';
import { isEnded, type Transfer } from '../../core/events';
import { DisposableList } from '../disposables';
import type { Session } from '../session';
import { stoppedNotice, waitsForPerson, type StoppedAction } from '../text/interruptedText';
import { outcomeOf, type Outcome } from '../text/outcomeText';
import { progressTitle, progressView } from '../text/progressText';
import type { LinkNotices } from './linkNotices';
import { openFile, revealFile } from './openFile';
import { SHOW_LOG, showFailure } from './messages';
import { commands } from '../ids';

export interface Followed {
  readonly transferIds: readonly string[];
  /** Begins the same again; absent when only the other side can. */
  readonly retry?: () => Promise<void>;
  /** Says only what a person has to know: that it failed, stopped, or found something in its way. */
  readonly quiet?: boolean;
}

/**
 * Shows what this window began or accepted: progress with Cancel while it runs, then how it ended.
 * Several files that were sent together share one notification.
 */
export class TransferNotices implements vscode.Disposable {
  private readonly held = new DisposableList();

  constructor(
    private readonly session: Session,
    private readonly links: LinkNotices,
  ) {}

  /** Resolves when everything has ended and its end was said. Never rejects. */
  async follow(followed: Followed): Promise<void> {
    const follower = this.held.add(new Follower(this.session, followed.transferIds));
    try {
      while (follower.phase !== 'ended') {
        if (follower.phase === 'stopped') await this.askToResume(follower);
        else if (follower.phase === 'quiet' || followed.quiet === true) await follower.next();
        else await showProgress(this.session, follower, followed.transferIds.length);
      }
      await say(outcomeOf(follower.transfers), follower.transfers, followed);
    } catch (error) {
      await showFailure(this.session.log, error);
    } finally {
      follower.dispose();
    }
  }

  dispose(): void {
    this.held.dispose();
  }

  /** Until it goes on or ends, from here or from anywhere else. */
  private async askToResume(follower: Follower): Promise<void> {
    const over = new AbortController();
    const watching = follower.onDidChange(() => {
      if (!follower.isStopped()) over.abort();
    });
    try {
      const stopped = follower.transfers.find(waitsForPerson);
      if (stopped === undefined) return;
      await this.links.show<StoppedAction>(
        {
          text: (link) => stoppedNotice(stopped, link),
          onAction: (action) => void this.act(action, stopped.transferId),
          closeLabel: 'Later',
        },
        over.signal,
      );
      while (follower.isStopped()) await follower.next();
    } finally {
      watching.dispose();
    }
  }

  private async act(action: StoppedAction, transferId: string): Promise<void> {
    try {
      if (action === 'resume') await this.session.engine().resume(transferId);
      else await this.session.engine().cancel(transferId);
    } catch (error) {
      await showFailure(this.session.log, error);
    }
  }
}

/**
 * What some transfers are at. `quiet` is what has waited for the other side for a while, for its
 * answer or its return: the notification leaves the screen and comes back when it goes on. `stopped`
 * is what goes on only when the person says so.
 */
class Follower implements vscode.Disposable {
  phase: 'active' | 'quiet' | 'stopped' | 'ended' = 'active';
  /** What was last seen of each; one that fell off the engine's list has ended as it was seen. */
  private readonly seen = new Map<string, Transfer>();
  private readonly held = new DisposableList();
  private readonly changed = this.held.add(new vscode.EventEmitter<void>());
  private patience: NodeJS.Timeout | undefined;

  readonly onDidChange = this.changed.event;

  constructor(
    private readonly session: Session,
    private readonly transferIds: readonly string[],
  ) {
    this.held.add(
      session.onDidChange(() => {
        this.look();
      }),
    );
    this.held.add({
      dispose: () => {
        clearTimeout(this.patience);
      },
    });
    this.look();
  }

  get transfers(): readonly Transfer[] {
    return [...this.seen.values()];
  }

  isStopped(): boolean {
    return this.phase === 'stopped';
  }

  next(): Promise<void> {
    return new Promise((resolve) => {
      const listening = this.onDidChange(() => {
        listening.dispose();
        resolve();
      });
    });
  }

  dispose(): void {
    this.phase = 'ended';
    this.changed.fire();
    this.held.dispose();
  }

  private look(): void {
    if (this.phase === 'ended') return;
    for (const transfer of this.session.snapshot.transfers) {
      if (this.transferIds.includes(transfer.transferId)) {
        this.seen.set(transfer.transferId, transfer);
      }
    }
    const { transfers } = this;
    if (transfers.length === this.transferIds.length && transfers.every(isEnded)) {
      this.phase = 'ended';
    } else if (transfers.some(waitsForPerson) && transfers.every(isStill)) {
      this.wake('stopped');
    } else if (transfers.length > 0 && transfers.every(isPassive)) {
      this.waitQuietly();
    } else {
      this.wake();
    }
    this.changed.fire();
  }

  private waitQuietly(): void {
    this.patience ??= setTimeout(() => {
      this.phase = 'quiet';
      this.changed.fire();
    }, PATIENCE_MS);
  }

  private wake(phase: 'active' | 'stopped' = 'active'): void {
    clearTimeout(this.patience);
    this.patience = undefined;
    this.phase = phase;
  }
}

function isPassive(transfer: Transfer): boolean {
  const { kind } = transfer.state;
  return kind === 'waiting' || kind === 'interrupted' || isEnded(transfer);
}

function isStill(transfer: Transfer): boolean {
  return isEnded(transfer) || waitsForPerson(transfer);
}

/** Milliseconds a notification stands for an offer that nobody answers. */
const PATIENCE_MS = 60_000;

async function showProgress(session: Session, follower: Follower, count: number): Promise<void> {
  await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, cancellable: true },
    async (progress, token) => {
      let shown = 0;
      const cancelling = token.onCancellationRequested(() => void cancel(session, follower));
      try {
        while (follower.phase === 'active') {
          const view = progressView(follower.transfers);
          progress.report({
            message: `${progressTitle(follower.transfers, count)}: ${view.message}.`,
            ...(view.percent !== undefined && { increment: Math.max(0, view.percent - shown) }),
          });
          shown = Math.max(shown, view.percent ?? 0);
          await follower.next();
        }
      } finally {
        cancelling.dispose();
      }
    },
  );
}

async function cancel(session: Session, { transfers }: Follower): Promise<void> {
  try {
    const engine = session.engine();
    const running = transfers.filter((transfer) => !isEnded(transfer));
    await Promise.all(running.map(({ transferId }) => engine.cancel(transferId)));
  } catch (error) {
    await showFailure(session.log, error);
  }
}

async function say(
  outcome: Outcome,
  transfers: readonly Transfer[],
  { retry, quiet = false }: Followed,
): Promise<void> {
  switch (outcome.kind) {
    case 'silent':
      return;
    case 'done':
      if (!quiet || transfers.some(hasConflicts)) await sayDone(outcome.message, transfers);
      return;
    case 'refused': {
      // The editor cuts a message without buttons to one line, and the reason comes last.
      const choice = await vscode.window.showInformationMessage(outcome.message, SHOW_TRANSFERS);
      if (choice === SHOW_TRANSFERS) await vscode.commands.executeCommand(commands.showTransfers);
      return;
    }
    case 'failed': {
      const retrying = outcome.retry && retry !== undefined;
      const choice = await vscode.window.showErrorMessage(
        outcome.message,
        ...(retrying ? [RETRY] : []),
        SHOW_LOG,
      );
      if (choice === RETRY) await retry?.();
      if (choice === SHOW_LOG) await vscode.commands.executeCommand(commands.showLog);
    }
  }
}

function hasConflicts({ state }: Transfer): boolean {
  return state.kind === 'completed' && (state.result.conflicts ?? []).length > 0;
}

async function sayDone(message: string, transfers: readonly Transfer[]): Promise<void> {
  const [first] = transfers;
  const file =
    first?.direction === 'receive' && first.state.kind === 'completed'
      ? first.state.result.path
      : undefined;
  if (file === undefined) {
    // The editor cuts a message without buttons to one line, and of a folder there is more to say.
    const ways = transfers.some(({ kind }) => kind !== 'file') ? [SHOW_TRANSFERS] : [];
    const choice = await vscode.window.showInformationMessage(message, ...ways);
    if (choice === SHOW_TRANSFERS) await vscode.commands.executeCommand(commands.showTransfers);
    return;
  }
  // A folder has nothing to open but what *Reveal* shows.
  const ways = first?.kind === 'file' ? [OPEN, REVEAL] : [REVEAL];
  const choice = await vscode.window.showInformationMessage(message, ...ways);
  if (choice === OPEN) await openFile(file);
  if (choice === REVEAL) await revealFile(file);
}

const RETRY = 'Retry';
const SHOW_TRANSFERS = 'Show Transfers';
const OPEN = 'Open';
const REVEAL = 'Reveal';
