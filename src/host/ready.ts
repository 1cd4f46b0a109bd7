import * as vscode from 'vscode';
import { commands } from './ids';
import type { Session } from './session';

/** Whether there is something to work with. Whoever has not set up is taken there, and goes on. */
export async function isSetUp(session: Session, invitedTo?: string): Promise<boolean> {
  if (session.state.kind === 'unknown') await session.refresh();
  if (session.state.kind === 'notSetUp') {
    await vscode.commands.executeCommand(commands.setUp, invitedTo);
  }
  return session.state.kind !== 'notSetUp' && session.state.kind !== 'unknown';
}
