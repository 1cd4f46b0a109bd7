import * as vscode from 'vscode';
import type { ErrorData } from '../../core/errors';
import { DisposableList, type Closable } from '../disposables';
import { commands } from '../ids';
import type { Session, SessionState } from '../session';
import { sentenceText } from '../text/displayText';
import { openSettings, SHOW_LOG } from './messages';

/** Says once when Beeline cannot run, and when changed settings were not taken. */
export function sessionProblems(session: Session): Closable {
  const held = new DisposableList();
  let said = '';
  held.add(
    session.onDidChange((state: SessionState) => {
      if (state.kind === 'running') said = '';
      if (state.kind !== 'failed' || state.error.message === said) return;
      said = state.error.message;
      void showStartFailure(session, state.error);
    }),
  );
  held.add(session.onDidRefuse((error) => void showRefusedSettings(error)));
  return held;
}

/** Why there is no engine, and the ways to get one. */
export async function showStartFailure(session: Session, error: ErrorData): Promise<void> {
  // Nothing that a person could try or set brings parts that do not exist for their system.
  const ways = error.code === 'NATIVE_MISSING' ? [] : [TRY_AGAIN, OPEN_SETTINGS];
  const choice = await vscode.window.showErrorMessage(
    sentenceText(error.message),
    ...ways,
    SHOW_LOG,
  );
  if (choice === TRY_AGAIN) await session.refresh();
  if (choice === OPEN_SETTINGS) await openSettings();
  if (choice === SHOW_LOG) await vscode.commands.executeCommand(commands.showLog);
}

async function showRefusedSettings({ message }: ErrorData): Promise<void> {
  const choice = await vscode.window.showWarningMessage(
    `${sentenceText(message)} Until then Beeline goes on with the settings it had.`,
    OPEN_SETTINGS,
  );
  if (choice === OPEN_SETTINGS) await openSettings();
}

const TRY_AGAIN = 'Try Again';
const OPEN_SETTINGS = 'Open Settings';
