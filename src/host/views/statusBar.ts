import * as vscode from 'vscode';
import { DisposableList, type Closable } from '../disposables';
import { commands, STATUS_BAR_ID } from '../ids';
import type { Session } from '../session';
import { statusView } from './statusText';

/** The status bar item, always in step with the session. */
export function statusBar(session: Session): Closable {
  const held = new DisposableList();
  const item = held.add(
    vscode.window.createStatusBarItem(STATUS_BAR_ID, vscode.StatusBarAlignment.Right, PRIORITY),
  );
  item.name = 'Beeline';
  const draw = () => {
    const { state } = session;
    // Whether this home is set up takes a moment to read; until then nothing flickers by.
    if (state.kind === 'unknown') return;
    const view = statusView(state);
    item.text = view.text;
    item.tooltip = view.tooltip;
    item.command = view.action === 'setUp' ? commands.setUp : commands.showOffers;
    item.backgroundColor = view.warns === true ? new vscode.ThemeColor(WARNING) : undefined;
    item.accessibilityInformation = {
      label: `${view.text.replace(/\$\([^)]*\) /, '')}. ${view.tooltip}`,
      role: 'button',
    };
    item.show();
  };
  held.add(session.onDidChange(draw));
  draw();
  return held;
}

/** The editor takes this and the colour of errors, and no other. */
const WARNING = 'statusBarItem.warningBackground';

/** Left of the editor's own items about the file, where transient things of extensions belong. */
const PRIORITY = 100;
