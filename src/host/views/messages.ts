import * as vscode from 'vscode';
import { commands, SETTINGS_SECTION } from '../ids';
import { errorChain, errorData } from '../errorData';
import { sentenceText } from '../text/displayText';

/** Shows what went wrong as one sentence, with a way to the log. Never a code, never a stack. */
export async function showFailure(log: vscode.LogOutputChannel, thrown: unknown): Promise<void> {
  log.error(errorChain(thrown));
  const { message } = errorData(thrown);
  const choice = await vscode.window.showErrorMessage(sentenceText(message), SHOW_LOG);
  if (choice === SHOW_LOG) await vscode.commands.executeCommand(commands.showLog);
}

export async function openSettings(): Promise<void> {
  await vscode.commands.executeCommand('workbench.action.openSettings', `${SETTINGS_SECTION}.`);
}

/** For what needs no answer; it goes by itself. */
export function showBriefly(message: string): void {
  vscode.window.setStatusBarMessage(message, BRIEF_MS);
}

export const SHOW_LOG = 'Show Log';

/** Milliseconds; long enough to read one short sentence. */
const BRIEF_MS = 5000;
