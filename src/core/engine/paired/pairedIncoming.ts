import { setTimeout as delay } from 'node:timers/promises';
import { errors, fromData, isErrorCode, toBeelineError, type BeelineError } from '../../errors';
import type { AnsweredOffers } from '../../identity/answeredOffers';
import { receiptOf } from '../../identity/receipt';
import { openIncoming, removePartial } from '../../receivefs/incomingFile';
import type { Link } from '../../swarm/links';
import { fetchTransfer } from '../../transfer/fetchTransfer';
import { EngineStopped, type Ended, type TransferContext } from '../transferContext';
import type { LinkKeeper } from './linkKeeper';
import type { PairedIncoming } from './pairedRecords';
import { claimForRecord, completeTask, failTask } from './pairedTask';
import type { PairedAgent } from './roster';

/** Tries on links that were up and fell silent, before the person is told that it does not work. */
const MAX_SILENCES = 3;
/** Milliseconds before a channel that broke is opened again on a link that is still there. */
const AGAIN_MS = 500;

export interface PairedIncomingParts {
  readonly keeper: LinkKeeper;
  readonly agent: PairedAgent;
  readonly answered: AnsweredOffers;
  /** Tells the sender what became of the offer; it is told again on every link until it knows. */
  readonly tell: (record: PairedIncoming) => void;
}

type Outcome = NonNullable<PairedIncoming['outcome']>;

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
    await journal({ outcome: await receive(context, record, parts, journal) });
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
  for (let silences = 0; ;) {
    let link: Link | undefined;
    try {
      link = await onceOnline(context, record, parts);
      const fetched = await fetch(context, record, parts, link, journal);
      const [file] = fetched.files;
      if (file === undefined) throw errors.internal('nothing was received');
      return {
        kind: 'saved',
        path: file.path,
        bytes: fetched.bytes,
        sha256: file.sha256,
        receipt: fetched.receipt,
        durationMs: Math.round(performance.now() - startedAt),
        via: link.path,
      };
    } catch (thrown) {
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
  link: Link,
  journal: (change: Partial<PairedIncoming>) => Promise<void>,
) {
  if (record.temporaryPath !== undefined) await removePartial(record.temporaryPath);
  context.report({ kind: 'connecting', again: false });
  const id = Buffer.from(record.transferId, 'hex');
  const channel = link.open('beeline/transfer', id);
  const cancel = new AbortController();
  const stop = (): void => {
    // An engine that goes says nothing: to the other side the link is gone.
    if (context.signal.reason instanceof EngineStopped) channel.close();
    else cancel.abort(context.signal.reason);
  };
  context.signal.addEventListener('abort', stop, { once: true });
  try {
    return await fetchTransfer({
      channel,
      expected: {
        entries: record.entries,
        size: record.fileSize,
        ...(record.digest !== undefined && { digest: Buffer.from(record.digest, 'hex') }),
      },
      open: async ({ size }) => {
        const file = await openIncoming(
          record.path === undefined
            ? { directory: record.directory ?? '', name: record.safeName, size }
            : { path: record.path, size },
        );
        await journal({ temporaryPath: file.temporaryPath });
        return file;
      },
      receipt: (treeHash) => receiptOf(parts.agent.keys.receiptKey, id, treeHash),
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
  await parts.answered.remember({
    kid: record.agent.kid,
    id: record.transferId,
    until: record.expiresAt,
    ...(outcome.kind === 'saved'
      ? { decision: 'received', receipt: outcome.receipt }
      : { decision: 'failed', reason: outcome.code === 'CANCELLED' ? 'cancelled' : outcome.code }),
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
