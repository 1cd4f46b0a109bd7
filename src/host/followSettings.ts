import * as vscode from 'vscode';
import type { ApiKeys } from './apiKeys';
import { DisposableList, type Closable } from './disposables';
import { SETTINGS_SECTION, settingNames } from './ids';
import type { Session } from './session';
import type { RawSettings } from './settings';

/** The values as they are now, of whatever type was written. */
export function readRawSettings(): RawSettings {
  const settings = vscode.workspace.getConfiguration(SETTINGS_SECTION);
  return Object.fromEntries(
    settingNames.map((name) => [name, settings.get<unknown>(name)]),
  ) as unknown as RawSettings;
}

/**
 * Puts a changed setting or API key in force without a reload, and notices when another window of
 * this person has set Beeline up.
 */
export function followSettings(session: Session, keys: ApiKeys): Closable {
  const held = new DisposableList();
  let timer: NodeJS.Timeout | undefined;
  const refreshSoon = () => {
    clearTimeout(timer);
    timer = setTimeout(() => void session.refresh(), DEBOUNCE_MS);
  };
  held.add({
    dispose: () => {
      clearTimeout(timer);
    },
  });
  held.add(
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration(SETTINGS_SECTION)) refreshSoon();
    }),
  );
  held.add(keys.onDidChange(refreshSoon));
  held.add(
    vscode.window.onDidChangeWindowState(({ focused }) => {
      if (focused && session.state.kind === 'notSetUp') refreshSoon();
    }),
  );
  return held;
}

/** Milliseconds; the settings editor saves with every key stroke. */
const DEBOUNCE_MS = 400;
