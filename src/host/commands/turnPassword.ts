import * as vscode from 'vscode';
import { turnServers, turnServerKey, type TurnServer } from '../iceSettings';
import { SETTINGS_SECTION } from '../ids';
import type { TurnPasswords } from '../turnPasswords';
import { showBriefly } from '../views/messages';
import { askPick, askText } from '../views/quickInput';

/** Keeps the password of a TURN server that `beeline.iceServers` names. */
export async function setTurnPassword(passwords: TurnPasswords, setting: unknown): Promise<void> {
  const servers = turnServers(setting);
  if (servers.length === 0) {
    const choice = await vscode.window.showInformationMessage(
      'A password belongs to a TURN server, and beeline.iceServers names none with a user name.',
      OPEN_SETTING,
    );
    if (choice === OPEN_SETTING) {
      await vscode.commands.executeCommand(
        'workbench.action.openSettings',
        `${SETTINGS_SECTION}.iceServers`,
      );
    }
    return;
  }
  const server = await chooseServer(servers);
  if (server === undefined) return;
  const answer = await askText({
    title: TITLE,
    prompt: `For ${turnServerKey(server)}. It is sent to that server only, and kept by the editor.`,
    password: true,
    validate: (value) =>
      value.length <= MAX_PASSWORD ? undefined : 'That is too long for a password.',
  });
  if (answer.kind !== 'value' || answer.value === '') return;
  await passwords.set(server, answer.value);
  showBriefly(`Beeline: the password for ${turnServerKey(server)} is kept.`);
}

async function chooseServer(servers: readonly TurnServer[]): Promise<TurnServer | undefined> {
  const [first, ...others] = servers;
  if (others.length === 0) return first;
  const answer = await askPick<TurnServer>({
    title: TITLE,
    placeholder: 'Choose a TURN server',
    items: servers.map((server) => ({ label: turnServerKey(server), value: server })),
  });
  return answer.kind === 'value' ? answer.value : undefined;
}

const TITLE = 'Beeline: Set TURN Password';
const OPEN_SETTING = 'Open Setting';
/** Characters, as the engine takes them at most. */
const MAX_PASSWORD = 508;
