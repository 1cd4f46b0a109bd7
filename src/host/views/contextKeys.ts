import * as vscode from 'vscode';
import type { Closable } from '../disposables';
import { contextKeys } from '../ids';
import { isOn } from '../../pages/callPages';
import type { Session } from '../session';
import { unreadIn } from '../text/chatText';

/** Tells menus, keys and the views' welcome texts which of them fit. */
export function keepContextKeys(session: Session): Closable {
  const told = new Map<string, unknown>();
  const tell = () => {
    const { state, snapshot } = session;
    const values = {
      [contextKeys.state]: state.kind,
      [contextKeys.hasAgents]: snapshot.agents.some(({ blocked }) => !blocked),
      [contextKeys.inCall]: snapshot.calls.some(isOn),
      [contextKeys.hasUnread]: unreadIn(snapshot.chats) > 0,
    };
    for (const [key, value] of Object.entries(values)) {
      if (told.get(key) === value) continue;
      told.set(key, value);
      void vscode.commands.executeCommand('setContext', key, value);
    }
  };
  tell();
  return session.onDidChange(tell);
}
