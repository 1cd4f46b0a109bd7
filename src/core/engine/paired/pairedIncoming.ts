import { setTimeout as delay } from 'node:timers/promises';
import { errors, fromData, isErrorCode, toBeelineError, type BeelineError } from '../../errors';
import type { AnsweredOffers } from '../../identity/answeredOffers';
import { receiptOf } from '../../identity/receipt';
import { openIncoming, removePartial } from '../../receivefs/incomingFile';
import type { Link } from '../../swarm/links';
import { fetchTransfer } from '../../transfer/fetchTransfer';
import { TreeHash } from '../../transfer/treeHash';
import type { FileEntry } from '../../wire/v2Entry';
import { EngineStopped, type Ended, type TransferContext } from '../transferContext';
import type { LinkKeeper } from './linkKeeper';
import type { PairedIncoming } from './pairedRecords';
import { claimForRecord, completeTask, failTask } from './pairedTask';
import type { PairedAgent } from './roster';
import type { Turnstile } from './turnstile';

/** Tries on links that were up and fell silent, before the person is told that it does not work. */
const MAX_SILENCES = 3;
/** Milliseconds before a channel that broke is opened again on a link that is still there. */
const AGAIN_MS = 500;

export interface PairedIncomingParts {
  readonly keeper: LinkKeeper;
  /** Transfers of one agent that may run at once. */
  readonly turnstile: Turnstile;
  readonly agent: PairedAgent;
  readonly answered: AnsweredOffers;
  /** Tells the sender what became of the offer; it is told again on every link until it knows. */
  readonly tell: (record: PairedIncoming) => void;
}

type Outcome = NonNullable<PairedIncoming['outcome']>;
type Saved = Extract<Outcome, { kind: 'saved' }>;

interface Try {
  readonly link: Link;
  readonly journal: (change: Partial<PairedIncoming>) => Promise<void>;
  /** The one file of the transfer is verified and under its name. */
  readonly saved: (outcome: Omit<Saved, 'durationMs'>) => Promise<void>;
  readonly isSaved: () => boolean;
}

/**
 * Runs one accepted offer of a paired agent from its journal record to its end. A lost link is an
 * interruption: it goes on, for now from the first byte, when the agent is back.
 * Rejects with EngineStopped only.
 */
export async function runPairedIncoming(
  context: TransferContext,
  record: PairedIncoming,
  parts: PairedIncomingParts,
): Promise<Ended> {
  const journal = async (change: Partial<PairedIncoming>): Promise<void> => {
    Object.assign(record, change);
    await context.home.write('incoming', record.transferId, record).catch((thrown: unknown) => {
      context.log(toBeelineError(thrown).message);
    });
  };
  if (record.taskId !== undefined) context.posted(record.taskId);
  if (record.outcome === undefined) {
    void context.audit.step(`claim of transfer ${record.transferId}`, () =>
      claimForRecord(context.connection.client, record),
    );
    const outcome = await receive(context, record, parts, journal);
    // What a crash left, when nothing was begun again since.
    if (outcome.kind === 'failed' && record.temporaryPath !== undefined) {
      await removePartial(record.temporaryPath).catch((thrown: unknown) => {
        context.log(toBeelineError(thrown).message);
      });
    }
    await journal({ outcome });
  }
  return conclude(context, record, parts);
}

async function receive(
  context: TransferContext,
  record: PairedIncoming,
  parts: PairedIncomingParts,
  journal: (change: Partial<PairedIncoming>) => Promise<void>,
): Promise<Outcome> {
  const startedAt = performance.now();
  const { signal } = context;
  let outcome: Outcome | undefined;
  // Before the sender hears of it: a crash, or a lost link, must not fetch a second time what is here.
  const saved = async (given: Omit<Saved, 'durationMs'>): Promise<void> => {
    outcome = { ...given, durationMs: Math.round(performance.now() - startedAt) };
    await journal({ outcome });
  };
  const isSaved = (): boolean => outcome !== undefined;
  for (let silences = 0; ;) {
    let leave: (() => void) | undefined;
    try {
      const link = await onceOnline(context, record, parts);
      leave = await parts.turnstile.enter(record.agent.kid, signal);
      await fetch(context, record, parts, { link, journal, saved, isSaved });
      if (outcome === undefined) throw errors.internal('nothing was received');
      return outcome;
    } catch (thrown) {
      if (outcome !== undefined) return outcome;
      if (signal.aborted) {
        const reason: unknown = signal.reason;
        if (reason instanceof EngineStopped) throw reason;
        return failure(toBeelineError(reason));
      }
      const error = toBeelineError(thrown);
      if (error.code === 'PEER_SILENT') silences += 1;
      const passing = error.code === 'PEER_LOST' || error.code === 'PEER_SILENT';
      if (!passing || silences >= MAX_SILENCES) return failure(meaning(error, record));
      const { message } = errors.agentOffline(record.peerId);
      context.report({ kind: 'interrupted', error: { code: error.code, message } });
      await delay(AGAIN_MS, undefined, { signal }).catch(() => undefined);
    } finally {
      leave?.();
    }
  }
}

/** The sender does not know the transfer (any more): it has been withdrawn. */
function meaning(error: BeelineError, record: PairedIncoming): BeelineError {
  return error.code === 'OFFER_UNKNOWN' ? errors.offerWithdrawn(record.peerId) : error;
}

async function onceOnline(
  context: TransferContext,
  { agent, peerId }: PairedIncoming,
  { keeper }: PairedIncomingParts,
): Promise<Link> {
  if (keeper.find(agent.kid) === undefined) {
    const error = errors.agentOffline(peerId).toData();
    context.report({ kind: 'interrupted', error });
  }
  return keeper.waitFor(agent.kid, context.signal);
}

async function fetch(
  context: TransferContext,
  record: PairedIncoming,
  parts: PairedIncomingParts,
  { link, journal, saved, isSaved }: Try,
): Promise<void> {
  if (record.temporaryPath !== undefined) await removePartial(record.temporaryPath);
  context.report({ kind: 'connecting', again: false });
  const id = Buffer.from(record.transferId, 'hex');
  const { receiptKey } = parts.agent.keys;
  const channel = link.open('beeline/transfer', id);
  const cancel = new AbortController();
  const stop = (): void => {
    // Too late: it is here, and the sender only has to be told.
    if (isSaved()) return;
    // An engine that goes says nothing: to the other side the link is gone.
    if (context.signal.reason instanceof EngineStopped) channel.close();
    else cancel.abort(context.signal.reason);
  };
  context.signal.addEventListener('abort', stop, { once: true });
  try {
    let entry: FileEntry | undefined;
    await fetchTransfer({
      channel,
      expected: {
        entries: record.entries,
        size: record.fileSize,
        ...(record.digest !== undefined && { digest: Buffer.from(record.digest, 'hex') }),
      },
      open: async (offered) => {
        entry = offered;
        const { size } = offered;
        const file = await openIncoming(
          record.path === undefined
            ? { directory: record.directory ?? '', name: record.safeName, size }
            : { path: record.path, size },
        );
        await journal({ temporaryPath: file.temporaryPath });
        return file;
      },
      receipt: (treeHash) => receiptOf(receiptKey, id, treeHash),
      onFile: async ({ path, size, sha256 }) => {
        if (entry === undefined) return;
        const tree = new TreeHash();
        tree.addFile(entry, Buffer.from(sha256, 'hex'));
        const receipt = receiptOf(receiptKey, id, tree.digest()).toString('hex');
        await saved({ kind: 'saved', path, bytes: size, sha256, receipt, via: link.path });
      },
      signal: cancel.signal,
      timeoutMs: context.timeoutMs,
      onProgress: (progress) => {
        context.report({ kind: 'transferring', progress, via: link.path });
      },
    });
  } finally {
    context.signal.removeEventListener('abort', stop);
    channel.close();
  }
}

/** Remembers and tells at once, then writes the record for as long as that takes. */
async function conclude(
  context: TransferContext,
  record: PairedIncoming,
  parts: PairedIncomingParts,
): Promise<Ended> {
  const { outcome } = record;
  if (outcome === undefined) throw errors.internal('a transfer ended without an outcome');
  const ended = endOf(outcome);
  context.report(ended);
  const remembered = parts.answered.remember({
    kid: record.agent.kid,
    id: record.transferId,
    until: record.expiresAt,
    ...(outcome.kind === 'saved'
      ? { decision: 'received', receipt: outcome.receipt }
      : { decision: 'failed', reason: outcome.code === 'CANCELLED' ? 'cancelled' : outcome.code }),
  });
  // A full disk does not undo what was received, and the history remembers it too.
  await remembered.catch((thrown: unknown) => {
    context.log(toBeelineError(thrown).message);
  });
  parts.tell(record);
  const written = await context.audit.step(`end of transfer ${record.transferId}`, async () => {
    if (record.taskId === undefined) return;
    const { client } = context.connection;
    if (outcome.kind === 'saved') await completeTask(client, record.taskId, record, outcome);
    else await failTask(client, record.taskId, outcome.code);
  });
  if (written === 'stopped') throw new EngineStopped();
  return ended;
}

function failure(error: BeelineError): Outcome {
  return { kind: 'failed', ...error.toData() };
}

function endOf(outcome: Outcome): Ended {
  if (outcome.kind === 'failed') {
    const code = isErrorCode(outcome.code) ? outcome.code : 'INTERNAL';
    return { kind: 'failed', error: fromData({ code, message: outcome.message }).toData() };
  }
  const { path, bytes, sha256, receipt, durationMs, via } = outcome;
  const audit = 'confirmed';
  return {
    kind: 'completed',
    result: { path, bytes, sha256, durationMs, audit, peerKey: 'paired', receipt, via },
  };
}
