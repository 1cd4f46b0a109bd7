import * as vscode from 'vscode';
import type { Answering } from '../answering';
import type { Session } from '../session';
import { pickText } from '../text/displayText';
import { askPick } from '../views/quickInput';

/** Whom this person does not want to hear from, and how to let them ask again. */
export async function blockedAgents(session: Session, answering: Answering): Promise<void> {
  const { blocked } = session.snapshot;
  if (blocked.length === 0) {
    await vscode.window.showInformationMessage(
      'No agent is blocked. An offer behind the status bar has a button that blocks its sender.',
    );
    return;
  }
  const answer = await askPick<string>({
    title: 'Beeline: Blocked Agents',
    placeholder: 'Choose an agent to let it offer files again',
    items: blocked.map((actorId) => ({ label: pickText(actorId), value: actorId })),
  });
  if (answer.kind === 'value') await answering.block(answer.value, false);
}
