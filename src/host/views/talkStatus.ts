import * as vscode from 'vscode';
import type { Calls } from '../calls';
import { DisposableList, type Closable } from '../disposables';
import { CALL_STATUS_BAR_ID, internalCommands, UNREAD_STATUS_BAR_ID } from '../ids';
import type { Session } from '../session';
import { callView } from '../text/callText';
import { unreadView } from '../text/chatText';

interface Shown {
  readonly text: string;
  readonly tooltip: string;
}

/** Unread messages and the call that is on, each an item of its own that is there only then. */
export function talkStatus(session: Session, calls: Calls): Closable {
  const held = new DisposableList();
  const right = vscode.StatusBarAlignment.Right;
  const unread = held.add(vscode.window.createStatusBarItem(UNREAD_STATUS_BAR_ID, right, PRIORITY));
  unread.name = 'Beeline: Unread Messages';
  unread.command = internalCommands.showUnread;
  const call = held.add(vscode.window.createStatusBarItem(CALL_STATUS_BAR_ID, right, PRIORITY));
  call.name = 'Beeline: Call';
  call.command = internalCommands.showCall;
  const draw = () => {
    put(unread, unreadView(session.snapshot.chats));
    const current = calls.current();
    put(call, current && callView(current, Date.now()));
  };
  held.add(session.onDidChange(draw));
  // The duration of a call goes on by itself.
  const ticking = setInterval(() => {
    if (calls.current() !== undefined) draw();
  }, TICK_MS);
  held.add({
    dispose: () => {
      clearInterval(ticking);
    },
  });
  draw();
  return held;
}

function put(item: vscode.StatusBarItem, shown: Shown | undefined): void {
  if (shown === undefined) {
    item.hide();
    return;
  }
  item.text = shown.text;
  item.tooltip = shown.tooltip;
  item.accessibilityInformation = { label: shown.tooltip, role: 'button' };
  item.show();
}

/** Right beside the item of Beeline itself. */
const PRIORITY = 99;
const TICK_MS = 1000;
