import path from 'node:path';
import * as vscode from 'vscode';
import type { SourceSummary } from '../../core/engine';
import type { Agent, Transfer } from '../../core/events';
import { newId } from '../../core/newId';
import { commands } from '../ids';
import { isSetUp } from '../ready';
import type { Sent, SentPaths } from '../sentPaths';
import type { Session } from '../session';
import { contentName } from '../text/contentText';
import { noticeText, pickText } from '../text/displayText';
import { countText } from '../text/wording';
import { askAgent, type Recipient, type RecentAgents } from '../views/agentPick';
import { showFailure } from '../views/messages';
import { confirmSending } from '../views/sendConfirmation';
import type { TransferNotices } from '../views/transferNotices';
import { activeUri, askUris, chosenUris, pathsOf, type ChosenPaths } from './chosenPaths';

export interface Sending {
  readonly session: Session;
  readonly recent: RecentAgents;
  readonly notices: TransferNotices;
  readonly sent: SentPaths;
}

/** Sending out of a chat, which shows what becomes of it by itself. */
export interface SendingInChat extends Sending {
  /** Asks even about a single file: its path came from a page, not from a click in the editor. */
  readonly alwaysAsk: boolean;
  /** Something is offered, and the conversation can refer to it. */
  readonly onOffered: (transferId: string) => Promise<void>;
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
    const uris = chosenUris(clicked, selected) ?? activeUri() ?? (await askUris('Send'));
    const chosen = await pathsOf(uris);
    if (chosen.paths.length === 0) return;
    // Before anybody is asked anything: where there is no engine, this says why.
    sending.session.engine();
    const { agents } = sending.session.snapshot;
    const recipient = await askAgent(sending.recent, agents, {
      title: `Send ${nameOf(chosen)} to…`,
      hasFolders: chosen.folders.size > 0,
    });
    if (recipient === undefined) return;
    if (recipient.agent === undefined) await sending.recent.remember(recipient.recipientId);
    await send(sending, chosen, recipient);
  } catch (error) {
    await showFailure(sending.session.log, error);
  }
}

/** The same to an agent that is already chosen; asks what to send. */
export async function sendToThisAgent(
  sending: Sending,
  { kid, actorId, name }: Pick<Agent, 'kid' | 'actorId' | 'name'>,
): Promise<void> {
  if (!(await isTrusted())) return;
  const chosen = await pathsOf(await askUris(`Send to ${pickText(name)}`));
  if (chosen.paths.length > 0) await send(sending, chosen, { recipientId: actorId, agent: kid });
}

/** Offers again what failed; asks for it where this editor does not know where it was. */
export async function sendAgain(
  sending: Sending,
  { transferId, peerId, agent }: Transfer,
): Promise<void> {
  if (!(await isTrusted())) return;
  const recipient = { recipientId: peerId, ...(agent !== undefined && { agent: agent.kid }) };
  const known = sending.sent.of(transferId);
  if (known !== undefined) return offer(sending, [known], recipient);
  const chosen = await pathsOf(await askUris(`Send to ${pickText(peerId)}`));
  if (chosen.paths.length > 0) await send(sending, chosen, recipient);
}

/** The same with what is chosen already. */
export async function sendInChat(
  sending: SendingInChat,
  chosen: ChosenPaths,
  { kid, actorId }: Pick<Agent, 'kid' | 'actorId'>,
): Promise<void> {
  if (chosen.paths.length > 0) await send(sending, chosen, { recipientId: actorId, agent: kid });
}

/** To a paired agent all of it as one transfer; to an open peer one file at a time. */
async function send(
  sending: Sending | SendingInChat,
  chosen: ChosenPaths,
  recipient: Recipient,
): Promise<void> {
  const together = recipient.agent !== undefined;
  const wanted = together ? chosen : withoutFolders(chosen, recipient);
  if (wanted.paths.length === 0) return;
  const leaveOutIgnored = await confirmed(sending, wanted, recipient);
  if (leaveOutIgnored === undefined) return;
  const sources = together ? [wanted.paths] : wanted.paths.map((file) => [file]);
  await offer(
    sending,
    sources.map((paths) => ({ paths, leaveOutIgnored })),
    recipient,
  );
}

/** Open peers take single files (wire version 1); says so about folders, and what to do instead. */
function withoutFolders(chosen: ChosenPaths, { recipientId }: Recipient): ChosenPaths {
  const paths = chosen.paths.filter((each) => !chosen.folders.has(each));
  if (paths.length === chosen.paths.length) return chosen;
  const rest = paths.length === 0 ? '' : ` Going on with ${countText(paths.length, 'file')}.`;
  void vscode.window
    .showInformationMessage(
      `Folders go to paired agents only. Pair with ${noticeText(recipientId)} first, or pack the ` +
        `folder into one file.${rest}`,
      PAIR,
    )
    .then((choice) => choice === PAIR && vscode.commands.executeCommand(commands.pair));
  return { paths, folders: new Set() };
}

/** Shows count and size first, unless it is a single file, whose person has just clicked on it. */
async function confirmed(
  sending: Sending | SendingInChat,
  chosen: ChosenPaths,
  { recipientId, agent }: Recipient,
): Promise<boolean | undefined> {
  const { session } = sending;
  const { paths, folders } = chosen;
  const alwaysAsk = 'alwaysAsk' in sending && sending.alwaysAsk;
  if (paths.length === 1 && folders.size === 0 && !alwaysAsk) return false;
  const engine = session.engine();
  const to = session.snapshot.agents.find(({ kid }) => kid === agent)?.name ?? recipientId;
  const preferWithout = session.state.kind === 'running' && session.state.settings.leaveOutIgnored;
  const leaveOutIgnored = await confirmSending({
    title: `Send ${nameOf(chosen)} to ${pickText(to)}`,
    ...(agent === undefined && { remark: 'One file at a time, since you are not paired' }),
    hasFolders: folders.size > 0,
    preferWithout,
    measure: async (leaveOut, signal) =>
      agent === undefined
        ? sumOf(await Promise.all(paths.map((file) => engine.measure({ paths: [file] }, signal))))
        : engine.measure({ paths, leaveOutIgnored: leaveOut }, signal),
  });
  return leaveOutIgnored === undefined ? undefined : leaveOutIgnored && folders.size > 0;
}

/** Of files that go one at a time; two of them may have the same name. */
function sumOf(summaries: readonly SourceSummary[]): SourceSummary {
  const sum = (part: 'files' | 'bytes') => summaries.reduce((all, each) => all + each[part], 0);
  return {
    kind: 'several',
    name: summaries[0]?.name ?? '',
    roots: summaries.length,
    files: sum('files'),
    folders: 0,
    links: 0,
    bytes: sum('bytes'),
    ignored: 0,
  };
}

async function offer(
  sending: Sending | SendingInChat,
  sources: readonly Sent[],
  recipient: Recipient,
): Promise<void> {
  const engine = sending.session.engine();
  const begun: string[] = [];
  await whileListing(async () => {
    for (const source of sources) {
      const transferId = newId();
      const { paths, leaveOutIgnored } = source;
      try {
        await engine.offer({
          transferId,
          paths,
          ...(leaveOutIgnored && { leaveOutIgnored }),
          ...recipient,
        });
        await sending.sent.remember(transferId, source);
        begun.push(transferId);
        if ('onOffered' in sending) await sending.onOffered(transferId);
      } catch (error) {
        // One file that cannot be read must not hold back the others.
        void showFailure(sending.session.log, error);
      }
    }
  });
  if (begun.length === 0) return;
  await sending.notices.follow({
    transferIds: begun,
    // The thread shows its progress and that it arrived.
    quiet: 'onOffered' in sending,
    retry: () => offer(sending, sources, recipient),
  });
}

/** A large folder takes a moment to list, during which nothing else would be seen. */
async function whileListing(run: () => Promise<void>): Promise<void> {
  await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Window, title: 'Beeline: listing what is sent' },
    run,
  );
}

function nameOf({ paths, folders }: ChosenPaths): string {
  const [first = ''] = paths;
  if (paths.length > 1 && folders.size === 0) return countText(paths.length, 'file');
  return contentName({
    fileName: path.basename(first),
    kind: paths.length > 1 ? 'several' : 'file',
    roots: paths.length,
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

const PAIR = 'Pair with an Agent…';
