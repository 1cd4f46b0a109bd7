import * as vscode from 'vscode';
import type { Closable } from '../disposables';
import { contextKeys } from '../ids';
import type { Session } from '../session';

/** Tells the views' welcome texts which of them fits. */
export function keepContextKeys(session: Session): Closable {
  let told = '';
  const tell = () => {
    const { kind } = session.state;
    if (kind === told) return;
    told = kind;
    void vscode.commands.executeCommand('setContext', contextKeys.state, kind);
  };
  tell();
  return session.onDidChange(tell);
}
