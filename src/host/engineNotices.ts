import * as vscode from 'vscode';
import type { Closable } from './disposables';
import type { Session } from './session';
import { commands } from './ids';
import { sentenceText } from './text/displayText';
import { SHOW_LOG } from './views/messages';

/**
 * Says what no call of the person answers: an attack, a damaged book. Each sentence once a window,
 * because whoever attacks does not stop to be said; the log has all of them.
 */
export function engineNotices(session: Session): Closable {
  const said = new Set<string>();
  return session.onDidHear((event) => {
    if (event.type !== 'notice') return;
    const { code, message } = event.error;
    session.log.warn(`${code}: ${message}`);
    if (said.has(message) || said.size >= MAX_SAID) return;
    said.add(message);
    void show(sentenceText(message));
  });
}

async function show(sentence: string): Promise<void> {
  const choice = await vscode.window.showWarningMessage(sentence, SHOW_LOG);
  if (choice === SHOW_LOG) await vscode.commands.executeCommand(commands.showLog);
}

/** Sentences hold names that an attacker chooses, so there could be ever new ones. */
const MAX_SAID = 20;
