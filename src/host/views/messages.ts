import * as vscode from 'vscode';
import { commands, SETTINGS_SECTION } from '../ids';
import { errorData } from '../errorData';
import { noticeText } from '../text/displayText';
import type { ErrorData } from '../../core/errors';

/** Characters; the longest sentence of the core with two names in it. */
const MAX_SENTENCE = 400;

/** Shows what went wrong as one sentence, with a way to the log. Never a code, never a stack. */
export async function showFailure(thrown: unknown): Promise<void> {
  const { message } = errorData(thrown);
  const choice = await vscode.window.showErrorMessage(noticeText(message, MAX_SENTENCE), SHOW_LOG);
  if (choice === SHOW_LOG) await vscode.commands.executeCommand(commands.showLog);
}

/** A setting that was not taken. */
export async function showRefusedSettings({ message }: ErrorData): Promise<void> {
  const choice = await vscode.window.showWarningMessage(
    `${noticeText(message, MAX_SENTENCE)} Until then Beeline goes on with the settings it had.`,
    OPEN_SETTINGS,
  );
  if (choice === OPEN_SETTINGS) await openSettings();
}

export async function openSettings(): Promise<void> {
  await vscode.commands.executeCommand('workbench.action.openSettings', `${SETTINGS_SECTION}.`);
}

/** For what needs no answer; it goes by itself. */
export function showBriefly(message: string): void {
  vscode.window.setStatusBarMessage(message, BRIEF_MS);
}

export const SHOW_LOG = 'Show Log';
export const OPEN_SETTINGS = 'Open Settings';

/** Milliseconds; long enough to read one short sentence. */
const BRIEF_MS = 5000;
