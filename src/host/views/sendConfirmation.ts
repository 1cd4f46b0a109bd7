import * as vscode from 'vscode';
import type { SourceSummary } from '../../core/engine';
import { DisposableList } from '../disposables';
import { errorData } from '../errorData';
import { pickText } from '../text/displayText';
import { sendRows, type Counted } from '../text/sendText';

export interface SendQuestion {
  readonly title: string;
  /** Under the only way of sending, or undefined. */
  readonly remark?: string;
  /** Whether there is a folder, out of which something could be left. */
  readonly hasFolders: boolean;
  readonly preferWithout: boolean;
  /** The signal says that nobody waits for it any more. */
  readonly measure: (leaveOutIgnored: boolean, signal: AbortSignal) => Promise<SourceSummary>;
}

/**
 * Counts what would be sent and asks, before anybody is told of it. Resolves with whether to leave
 * out what is ignored, or with undefined for somebody who does not want to send.
 * @throws what counting throws, when nothing can be sent in any way
 */
export async function confirmSending(question: SendQuestion): Promise<boolean | undefined> {
  const held = new DisposableList();
  const over = new AbortController();
  const pick = held.add(vscode.window.createQuickPick<Item>());
  pick.title = question.title;
  pick.placeholder = 'Counting files and bytes…';
  pick.busy = true;
  // A person who looks at the folder meanwhile finds the question still there.
  pick.ignoreFocusOut = true;
  pick.buttons = [CANCEL];
  try {
    return await new Promise<boolean | undefined>((resolve, reject) => {
      held.add(
        pick.onDidAccept(() => {
          const leaveOutIgnored = pick.activeItems[0]?.leaveOutIgnored;
          if (leaveOutIgnored !== undefined) resolve(leaveOutIgnored);
        }),
      );
      const stop = () => {
        resolve(undefined);
      };
      held.add(pick.onDidTriggerButton(stop));
      held.add(pick.onDidHide(stop));
      pick.show();
      count(question, over.signal, (without, everything) => {
        if (!over.signal.aborted) draw(pick, question, without, everything);
      }).catch(reject);
    });
  } finally {
    over.abort();
    held.dispose();
  }
}

interface Item extends vscode.QuickPickItem {
  readonly leaveOutIgnored?: boolean;
}

/** Counts both ways at once, and tells each step. Without folders both ways are the same one. */
async function count(
  { measure, hasFolders }: SendQuestion,
  signal: AbortSignal,
  tell: (without: Counted, everything: Counted) => void,
): Promise<void> {
  let without: Counted = { kind: 'counting' };
  let everything: Counted = { kind: 'counting' };
  const attempt = async (leaveOutIgnored: boolean): Promise<unknown> => {
    let thrown: unknown;
    let counted: Counted;
    try {
      counted = { kind: 'counted', summary: await measure(leaveOutIgnored, signal) };
    } catch (error) {
      thrown = error;
      counted = { kind: 'failed', message: errorData(error).message };
    }
    if (leaveOutIgnored) without = counted;
    else everything = counted;
    tell(without, everything);
    return thrown;
  };
  const thrown = await Promise.all(hasFolders ? [attempt(true), attempt(false)] : [attempt(true)]);
  if (thrown.every((error) => error !== undefined)) throw thrown[0];
}

function draw(
  pick: vscode.QuickPick<Item>,
  { preferWithout, remark }: SendQuestion,
  without: Counted,
  everything: Counted,
): void {
  const chosen = pick.activeItems[0]?.label;
  const rows = sendRows(without, everything, preferWithout);
  const detailed = (detail: string | undefined) => detail ?? remark;
  pick.items = rows.map(({ label, description, detail, icon, leaveOutIgnored }) => {
    const said = detailed(detail);
    return {
      label,
      description,
      ...(said !== undefined && { detail: pickText(said, MAX_DETAIL) }),
      iconPath: new vscode.ThemeIcon(icon),
      alwaysShow: true,
      ...(leaveOutIgnored !== undefined && { leaveOutIgnored }),
    };
  });
  // Redrawing marks the first row; a person may have moved on to the second.
  const again = pick.items.find(({ label }) => label === chosen);
  if (again !== undefined) pick.activeItems = [again];
  const counting = rows.some((row) => row.icon === 'loading~spin');
  pick.busy = counting;
  pick.placeholder = counting ? 'Counting files and bytes…' : 'Nothing is sent before you choose';
}

const CANCEL: vscode.QuickInputButton = {
  iconPath: new vscode.ThemeIcon('close'),
  tooltip: 'Cancel',
};

/** Characters; the longest of our own sentences with a path in it. */
const MAX_DETAIL = 400;
