import { randomBytes } from 'node:crypto';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import type { Agent, Transfer } from '../../core/events';
import { isSetUp } from '../ready';
import type { SentPaths } from '../sentPaths';
import type { Session } from '../session';
import { pickText } from '../text/displayText';
import { countText } from '../text/wording';
import { askAgent, type Recipient, type RecentAgents } from '../views/agentPick';
import { showFailure } from '../views/messages';
import type { TransferNotices } from '../views/transferNotices';

export interface Sending {
  readonly session: Session;
  readonly recent: RecentAgents;
  readonly notices: TransferNotices;
  readonly sent: SentPaths;
}

/**
 * *Send to Agent…*, from the explorer and from tabs (the clicked resource, then the selected ones)
 * or from the palette (nothing: the active file, else a dialog).
 */
export async function sendToAgent(
  sending: Sending,
  clicked?: unknown,
  selected?: unknown,
): Promise<void> {
  try {
    if (!(await isTrusted()) || !(await isSetUp(sending.session))) return;
    const uris = chosenUris(clicked, selected) ?? activeUri() ?? (await askFiles());
    const files = await sendable(uris);
    const [first] = files;
    if (first === undefined) return;
    // Before anybody is asked anything: where there is no engine, this says why.
    sending.session.engine();
    const what =
      files.length === 1 ? pickText(path.basename(first)) : countText(files.length, 'file');
    const { agents } = sending.session.snapshot;
    const recipient = await askAgent(sending.recent, agents, `Send ${what} to…`);
    if (recipient === undefined) return;
    if (recipient.agent === undefined) await sending.recent.remember(recipient.recipientId);
    await offer(sending, files, recipient);
  } catch (error) {
    await showFailure(sending.session.log, error);
  }
}

/** The same to an agent that is already chosen; asks for the files. */
export async function sendToThisAgent(
  sending: Sending,
  { kid, actorId }: Pick<Agent, 'kid' | 'actorId'>,
): Promise<void> {
  if (!(await isTrusted())) return;
  const files = await sendable(await askFiles());
  if (files.length > 0) await offer(sending, files, { recipientId: actorId, agent: kid });
}

/** Offers again what failed; asks for the file where this editor does not know where it was. */
export async function sendAgain(
  sending: Sending,
  { transferId, peerId, agent }: Transfer,
): Promise<void> {
  if (!(await isTrusted())) return;
  const known = sending.sent.of(transferId);
  const files = known === undefined ? await sendable(await askFiles()) : [known];
  const recipient = { recipientId: peerId, ...(agent !== undefined && { agent: agent.kid }) };
  if (files.length > 0) await offer(sending, files, recipient);
}

async function offer(
  sending: Sending,
  files: readonly string[],
  recipient: Recipient,
): Promise<void> {
  const engine = sending.session.engine();
  const begun: string[] = [];
  for (const file of files) {
    const transferId = randomBytes(16).toString('hex');
    try {
      await engine.offer({ transferId, path: file, ...recipient });
      await sending.sent.remember(transferId, file);
      begun.push(transferId);
    } catch (error) {
      // One file that cannot be read must not hold back the others.
      void showFailure(sending.session.log, error);
    }
  }
  if (begun.length === 0) return;
  await sending.notices.follow({
    transferIds: begun,
    retry: () => offer(sending, files, recipient),
  });
}

/** In a folder that is not trusted, whatever runs there could choose what is sent. */
async function isTrusted(): Promise<boolean> {
  if (vscode.workspace.isTrusted) return true;
  const manage = 'Manage Workspace Trust';
  const choice = await vscode.window.showInformationMessage(
    'Sending is off in Restricted Mode: files leave this machine only from folders you trust.',
    manage,
  );
  if (choice === manage) await vscode.commands.executeCommand('workbench.trust.manage');
  return false;
}

function chosenUris(clicked: unknown, selected: unknown): readonly vscode.Uri[] | undefined {
  const uris = Array.isArray(selected) ? selected.filter(isUri) : [];
  const own = isUri(clicked) ? clicked : undefined;
  if (own === undefined) return uris.length > 0 ? uris : undefined;
  // A right-click outside the selection means what was clicked, not what is selected.
  return uris.some((uri) => uri.toString() === own.toString()) ? uris : [own];
}

function isUri(value: unknown): value is vscode.Uri {
  return value instanceof vscode.Uri;
}

function activeUri(): readonly vscode.Uri[] | undefined {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  const uri =
    typeof input === 'object' && input !== null && 'uri' in input
      ? input.uri
      : vscode.window.activeTextEditor?.document.uri;
  return isUri(uri) && uri.scheme === 'file' ? [uri] : undefined;
}

async function askFiles(): Promise<readonly vscode.Uri[]> {
  const chosen = await vscode.window.showOpenDialog({ canSelectMany: true, openLabel: 'Send' });
  return chosen ?? [];
}

/** Paths of what can be sent; says about everything else why it is left out. */
async function sendable(uris: readonly vscode.Uri[]): Promise<readonly string[]> {
  const elsewhere = uris.filter(({ scheme }) => scheme !== 'file');
  const folders: string[] = [];
  const files: string[] = [];
  for (const uri of uris) {
    if (uri.scheme !== 'file') continue;
    // What does not exist is left to the engine, whose sentence names it.
    const found = await stat(uri.fsPath).catch(() => undefined);
    (found?.isDirectory() === true ? folders : files).push(uri.fsPath);
  }
  const rest = files.length === 0 ? '' : ` Going on with ${countText(files.length, 'file')}.`;
  if (folders.length > 0) {
    // Short, because the editor cuts a message without buttons to one line.
    void vscode.window.showInformationMessage(
      `Folders cannot be sent yet.${rest === '' ? ' Pack them into one file first.' : rest}`,
    );
  }
  if (elsewhere.length > 0) {
    void vscode.window.showInformationMessage(
      elsewhere.some(({ scheme }) => scheme === 'untitled')
        ? `Save the file first, then send it.${rest}`
        : `Only files on this machine's disk can be sent.${rest}`,
    );
  }
  return files;
}
