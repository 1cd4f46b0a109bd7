import * as vscode from 'vscode';
import type { IncomingOffer } from '../../core/events';
import type { Answering } from '../answering';
import { DisposableList } from '../disposables';
import type { Session } from '../session';
import { pickText } from '../text/displayText';
import { previewRows, previewTitle } from '../text/previewText';
import { senderText } from '../text/senderText';
import { showFailure } from './messages';

/** The files of an offer, before it is answered; looking accepts nothing. */
export async function showFiles(
  session: Session,
  answering: Answering,
  offer: IncomingOffer,
): Promise<void> {
  const held = new DisposableList();
  const pick = held.add(vscode.window.createQuickPick());
  pick.title = `${pickText(offer.fileName)} from ${senderText(offer)}`;
  pick.placeholder = 'Asking the sender for the list…';
  pick.busy = true;
  pick.matchOnDescription = true;
  pick.ignoreFocusOut = true;
  pick.buttons = [ACCEPT, ACCEPT_TO, DECLINE];
  const answer = new Promise<(() => Promise<void>) | undefined>((resolve) => {
    held.add(
      pick.onDidTriggerButton((button) => {
        if (button === ACCEPT) resolve(() => answering.accept(offer));
        else if (button === ACCEPT_TO) resolve(() => answering.acceptTo(offer));
        else if (button === DECLINE) resolve(() => answering.decline(offer));
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
        pick.items = previewRows(entries).map(({ label, description, icon }) => ({
          label,
          description,
          ...(icon !== undefined && { iconPath: new vscode.ThemeIcon(icon) }),
        }));
        pick.title = previewTitle(offer, entries);
        pick.placeholder = 'Nothing is accepted by looking. The buttons above answer.';
        pick.busy = false;
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

const button = (icon: string, tooltip: string): vscode.QuickInputButton => ({
  iconPath: new vscode.ThemeIcon(icon),
  tooltip,
});
const ACCEPT = button('check', 'Accept');
const ACCEPT_TO = button('folder', 'Accept to…');
const DECLINE = button('close', 'Decline');
