import * as vscode from 'vscode';
import type { Transfer } from '../../core/events';
import type { Session } from '../session';
import { contentName } from '../text/contentText';
import { interruptedText } from '../text/interruptedText';
import { showBriefly } from './messages';
import { askPick } from './quickInput';

/** *Resume Transfer*: goes on with the interrupted one, asking which where there are several. */
export async function resumeInterrupted(session: Session): Promise<void> {
  const interrupted = session.snapshot.transfers.filter(
    ({ state }) => state.kind === 'interrupted',
  );
  const [first, ...others] = interrupted;
  if (first === undefined) {
    await vscode.window.showInformationMessage('No transfer is interrupted.');
    return;
  }
  const chosen = others.length === 0 ? first : await ask(interrupted);
  if (chosen === undefined) return;
  await session.engine().resume(chosen.transferId);
  showBriefly(`Going on with ${contentName(chosen)}.`);
}

async function ask(interrupted: readonly Transfer[]): Promise<Transfer | undefined> {
  const answer = await askPick<Transfer>({
    title: 'Beeline: Resume Transfer',
    placeholder: 'Choose the transfer to go on with',
    items: interrupted.map((transfer) => ({
      label: contentName(transfer),
      detail: interruptedText(transfer),
      value: transfer,
    })),
  });
  return answer.kind === 'value' ? answer.value : undefined;
}
