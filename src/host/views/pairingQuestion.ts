import * as vscode from 'vscode';
import type { Agent, PairingCard } from '../../core/events';
import { DisposableList } from '../disposables';
import { cardText, questionRows, type QuestionRow } from '../text/pairingText';

export type PairingAnswer = 'pair' | 'decline' | 'later';

/**
 * Shows both fingerprints and asks whether to pair.
 *
 * Not a modal dialog, although a person has to compare: a dialog cannot be taken away when the
 * other side gives up or another window answers, its button *Pair* has the focus so that an Enter
 * meant for the editor would confirm, and nothing in it can be copied. This list stays while the
 * person looks elsewhere, and its marked row does nothing.
 */
export function askPairing(
  card: PairingCard,
  ownFingerprint: string,
  agents: readonly Agent[],
  signal: AbortSignal,
): Promise<PairingAnswer> {
  const held = new DisposableList();
  const pick = held.add(vscode.window.createQuickPick<Item>());
  pick.title = `Pair with ${cardText(card)}?`;
  pick.placeholder = 'Compare: the other side must show these same two fingerprints';
  pick.ignoreFocusOut = true;
  pick.items = questionRows(card, ownFingerprint, agents).map((row) => ({
    label: row.label,
    detail: row.detail,
    iconPath: new vscode.ThemeIcon(row.icon),
    alwaysShow: true,
    ...(row.does !== undefined && { does: row.does }),
  }));
  return new Promise<PairingAnswer>((resolve) => {
    held.add(
      pick.onDidAccept(() => {
        const does = pick.selectedItems[0]?.does;
        if (does !== undefined) resolve(does);
      }),
    );
    held.add(
      pick.onDidHide(() => {
        resolve('later');
      }),
    );
    const over = () => {
      resolve('later');
    };
    if (signal.aborted) over();
    signal.addEventListener('abort', over);
    held.add({
      dispose: () => {
        signal.removeEventListener('abort', over);
      },
    });
    pick.show();
  }).finally(() => {
    held.dispose();
  });
}

interface Item extends vscode.QuickPickItem {
  readonly does?: NonNullable<QuestionRow['does']>;
}
