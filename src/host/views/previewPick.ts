import * as vscode from 'vscode';
import type { IncomingOffer } from '../../core/events';
import type { Answering } from '../answering';
import { DisposableList } from '../disposables';
import type { Session } from '../session';
import { contentName } from '../text/contentText';
import { OfferedTree } from '../text/offeredTree';
import { folderRows, foundRows, previewTitle, type PreviewRow } from '../text/previewText';
import { senderText } from '../text/senderText';
import { showFailure } from './messages';
import { answerButtons, answerOf } from './offerButtons';

/**
 * The files of an offer, before it is answered; looking accepts nothing. Choosing a folder goes into
 * it, and typing searches in all of them.
 */
export async function showFiles(
  session: Session,
  answering: Answering,
  offer: IncomingOffer,
): Promise<void> {
  const held = new DisposableList();
  const pick = held.add(vscode.window.createQuickPick<Item>());
  pick.title = `${contentName(offer)} from ${senderText(offer)}`;
  pick.placeholder = 'Asking the sender for the list…';
  pick.busy = true;
  pick.ignoreFocusOut = true;
  pick.buttons = answerButtons(offer);
  const answer = new Promise<(() => Promise<void>) | undefined>((resolve) => {
    held.add(
      pick.onDidTriggerButton((button) => {
        const act = answerOf(button, offer, answering);
        if (act !== undefined) resolve(act);
      }),
    );
    held.add(
      pick.onDidHide(() => {
        resolve(undefined);
      }),
    );
    const lookForEnd = () => {
      const open = session.snapshot.offers.some(
        ({ transferId }) => transferId === offer.transferId,
      );
      // Answered in another window, withdrawn or expired: there is nothing to answer any more.
      if (!open) resolve(undefined);
    };
    held.add(session.onDidChange(lookForEnd));
    session
      .engine()
      .preview(offer.transferId)
      .then((entries) => {
        pick.title = previewTitle(offer, entries);
        pick.placeholder = 'Nothing is accepted by looking. The buttons above answer.';
        pick.busy = false;
        held.add(browse(pick, new OfferedTree(entries)));
      })
      .catch((error: unknown) => {
        resolve(() => showFailure(session.log, error));
      });
  });
  pick.show();
  try {
    const act = await answer;
    held.dispose();
    await act?.();
  } finally {
    held.dispose();
  }
}

interface Item extends vscode.QuickPickItem {
  readonly opens?: string;
}

/** Fills the list, and follows what is chosen and typed. */
function browse(pick: vscode.QuickPick<Item>, tree: OfferedTree): DisposableList {
  const held = new DisposableList();
  let folder = tree.start;
  const draw = () => {
    const typed = pick.value.trim();
    const rows = typed === '' ? folderRows(tree, folder) : foundRows(tree, typed);
    pick.items = rows.map(item);
  };
  held.add(pick.onDidChangeValue(draw));
  held.add(
    pick.onDidAccept(() => {
      const opens = pick.activeItems[0]?.opens;
      if (opens === undefined) return;
      folder = opens;
      pick.value = '';
      draw();
    }),
  );
  draw();
  return held;
}

function item({ label, description, icon, opens }: PreviewRow): Item {
  return {
    label,
    description,
    // What was searched for by its path is found already; the list itself need not agree.
    alwaysShow: true,
    ...(icon !== undefined && { iconPath: new vscode.ThemeIcon(icon) }),
    ...(opens !== undefined && { opens }),
  };
}
