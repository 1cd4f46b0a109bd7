import * as vscode from 'vscode';
import type { Closable } from '../disposables';
import { turnServerKey } from '../iceSettings';
import { commands } from '../ids';
import type { Session } from '../session';
import { noticeText } from '../text/displayText';

/** Says once for each TURN server that it is not used, because its password is not known. */
export function turnNotice(session: Session): Closable {
  const said = new Set<string>();
  return session.onDidChange((state) => {
    if (state.kind !== 'running') return;
    for (const server of state.settings.turnWithoutPassword) {
      const key = turnServerKey(server);
      if (said.has(key)) continue;
      said.add(key);
      void ask(key);
    }
  });
}

async function ask(server: string): Promise<void> {
  const choice = await vscode.window.showWarningMessage(
    `The TURN server ${noticeText(server)} is not used: its password is not set.`,
    SET,
  );
  if (choice === SET) await vscode.commands.executeCommand(commands.setTurnPassword);
}

const SET = 'Set Password';
