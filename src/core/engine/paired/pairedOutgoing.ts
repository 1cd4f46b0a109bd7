import { setTimeout as delay } from 'node:timers/promises';
import { errors, fromData, isErrorCode, toBeelineError, type BeelineError } from '../../errors';
import { receiptOf } from '../../identity/receipt';
import type { Link } from '../../swarm/links';
import { manifestOf, type Manifest } from '../../transfer/manifest';
import type { MessageChannel } from '../../transfer/messageChannel';
import { readable } from '../../transfer/peerReason';
import { serveTransfer } from '../../transfer/serveTransfer';
import { hashSource } from '../../transfer/sourceFile';
import { TreeHash } from '../../transfer/treeHash';
import type { OfferAnswer } from '../../wire/v2Offer';
import { EngineStopped, type Ended, type TransferContext } from '../transferContext';
import { auditTask, completeTask, findOfferTask, pairedOfferTask } from './pairedTask';
import type { PairedOutgoing } from './pairedRecords';
import type { PairedAgent } from './roster';
import type { ServedOffers } from './servedOffers';

/** Channels of one offer at once: the one that fetches, its successor, and some that look. */
const MAX_CHANNELS = 4;

export interface PairedOutgoingParts {
  readonly served: ServedOffers;
  readonly agent: PairedAgent;
}

type Outcome = NonNullable<PairedOutgoing['outcome']>;

/**
 * Runs one offer to a paired agent from its journal record to its end: tell it over every link and
 * in a task, serve whoever proves to be that agent, and keep the record. Only the link decides; what
 * the task service says of the task changes nothing. Rejects with EngineStopped only.
 */
export async function runPairedOutgoing(
  context: TransferContext,
  record: PairedOutgoing,
  parts: PairedOutgoingParts,
): Promise<Ended> {
  // A journal that cannot be written costs the going on after a restart, not the transfer.
  const journal = async (change: Partial<PairedOutgoing>): Promise<void> => {
    Object.assign(record, change);
    await context.home.write('outgoing', record.transferId, record).catch((thrown: unknown) => {
      context.log(toBeelineError(thrown).message);
    });
  };
  if (record.taskId !== undefined) context.posted(record.taskId);
  else void context.audit.step(`offer ${record.transferId}`, () => post(context, record, journal));
  if (record.outcome === undefined) {
    const serving = new Serving(context, record, parts, journal);
    await journal({ outcome: await serving.run() });
  }
  return conclude(context, record, journal);
}

/** One offer while it stands: who asks for it, and what came of it. */
class Serving {
  private readonly channels = new Set<{
    stop: (reason: BeelineError) => void;
    close: () => void;
  }>();
  private comparing: Promise<void> | undefined;
  private fetching: { stop: (reason: BeelineError) => void } | undefined;
  private readonly startedAt = performance.now();
  private settle: (outcome: Outcome) => void = () => undefined;
  private readonly settled = new Promise<Outcome>((resolve) => {
    this.settle = resolve;
  });

  constructor(
    private readonly context: TransferContext,
    private readonly record: PairedOutgoing,
    private readonly parts: PairedOutgoingParts,
    private readonly journal: (change: Partial<PairedOutgoing>) => Promise<void>,
  ) {}

  /** @throws EngineStopped */
  async run(): Promise<Outcome> {
    const { context, record, parts } = this;
    this.stand();
    const offer = parts.served.serve({
      kid: record.agent.kid,
      transferId: record.transferId,
      offer: { signed: record.signed, signature: record.signature },
      want: (link, channel) => void this.serve(link, channel),
      answered: (answer) => {
        this.answered(answer);
      },
    });
    const expiry = setTimeout(
      () => {
        if (record.began !== true) this.fail(errors.offerExpired(record.peerId));
      },
      Math.min(remaining(record), MAX_TIMER_MS),
    );
    const cancelled = (): void => {
      this.fail(toBeelineError(context.signal.reason));
    };
    context.signal.addEventListener('abort', cancelled, { once: true });
    if (context.signal.aborted) cancelled();
    try {
      const outcome = await this.settled;
      if (context.signal.reason instanceof EngineStopped) throw context.signal.reason;
      offer.withdraw(outcome.kind === 'failed');
      return outcome;
    } finally {
      clearTimeout(expiry);
      context.signal.removeEventListener('abort', cancelled);
      offer.withdraw(false);
      const stopped = context.signal.reason instanceof EngineStopped;
      for (const { stop, close } of [...this.channels]) {
        // An engine that goes says nothing: to the other side the link is gone.
        if (stopped) close();
        else stop(errors.cancelled());
      }
    }
  }

  private stand(): void {
    const { record, context } = this;
    if (record.began !== true) {
      context.report({ kind: 'waiting', expiresAt: record.expiresAt });
    } else {
      const error = errors.agentOffline(record.peerId).toData();
      context.report({ kind: 'interrupted', error });
    }
  }

  private async serve(link: Link, channel: MessageChannel): Promise<void> {
    const { context, record, parts } = this;
    const controller = new AbortController();
    if (this.channels.size >= MAX_CHANNELS || context.signal.aborted) {
      channel.close();
      return;
    }
    const self = {
      stop: (reason: BeelineError) => {
        controller.abort(reason);
      },
      close: () => {
        channel.close();
      },
    };
    this.channels.add(self);
    try {
      const { receiptKey } = parts.agent.keys;
      const result = await serveTransfer({
        channel,
        manifest: this.manifest(),
        sources: [record.source],
        receipt: (treeHash) => receiptOf(receiptKey, idOf(record), treeHash),
        signal: controller.signal,
        timeoutMs: context.timeoutMs,
        onStart: () => {
          // The recipient began anew, on another link or after a restart: its earlier try is over.
          this.fetching?.stop(errors.interrupted());
          this.fetching = self;
          void this.journal({ began: true });
          context.report({ kind: 'connecting', again: false });
        },
        onProgress: (progress) => {
          if (this.fetching === self) {
            context.report({ kind: 'transferring', progress, via: link.path });
          }
        },
      });
      if (result.kind === 'received') {
        const { bytes, receipt, sha256 = '' } = result;
        const durationMs = Math.round(performance.now() - this.startedAt);
        this.settle({ kind: 'received', bytes, receipt, sha256, durationMs, via: link.path });
      }
    } catch (thrown) {
      if (this.fetching === self) this.broke(toBeelineError(thrown));
    } finally {
      this.channels.delete(self);
      if (this.fetching === self) this.fetching = undefined;
    }
  }

  /** What a broken fetch means: the link may come back, everything else is final. */
  private broke(error: BeelineError): void {
    if (this.context.signal.aborted) return;
    this.context.log(`transfer ${this.record.transferId}: ${error.message}`);
    if (['PEER_LOST', 'PEER_SILENT', 'INTERRUPTED'].includes(error.code)) {
      const { message } = errors.agentOffline(this.record.peerId);
      this.context.report({ kind: 'interrupted', error: { code: error.code, message } });
    } else this.fail(error);
  }

  private answered(answer: OfferAnswer): void {
    const { record } = this;
    switch (answer.decision) {
      case 'declined':
        this.fail(errors.declined(record.peerId, answer.reason && shown(answer.reason)));
        return;
      case 'failed':
        this.fail(
          answer.reason === 'cancelled'
            ? errors.cancelledByPeer(record.peerId)
            : errors.peerError(shown(answer.reason ?? 'it could not receive the transfer')),
        );
        return;
      case 'received':
        // The first counts; reading the file takes a while, and it may be said again meanwhile.
        this.comparing ??= this.compareReceipt(answer.receipt)
          .catch((thrown: unknown) => failure(toBeelineError(thrown)))
          .then(this.settle);
    }
  }

  /** The link broke, or one of us died, just before the receipt came through: it is checked now. */
  private async compareReceipt(receipt: string): Promise<Outcome> {
    const { record, parts, context } = this;
    const { path, mtimeNs } = record.source;
    const found = await hashSource(path, { signal: context.signal });
    const { size, sha256 } = found;
    // Another file by now says nothing about what was received.
    if (size !== record.source.size || found.mtimeNs !== mtimeNs) throw errors.sourceChanged(path);
    const tree = new TreeHash();
    for (const entry of this.manifest().entries) {
      if (entry.kind === 'file') tree.addFile(entry, Buffer.from(sha256, 'hex'));
    }
    const expected = receiptOf(parts.agent.keys.receiptKey, idOf(record), tree.digest());
    if (expected.toString('hex') !== receipt) throw errors.receiptMismatch();
    return { kind: 'received', bytes: size, sha256, receipt, durationMs: 0 };
  }

  private manifest(): Manifest {
    return manifestOf([this.record.source]);
  }

  private fail(error: BeelineError): void {
    this.settle(failure(error));
  }
}

/** What a timer can count; an offer lives at most a week. */
const MAX_TIMER_MS = 2_147_483_647;

function failure(error: BeelineError): Outcome {
  return { kind: 'failed', ...error.toData() };
}

/** Another person's words. */
function shown(reason: string): string {
  return readable(Buffer.from(reason));
}

function idOf({ transferId }: PairedOutgoing): Buffer {
  return Buffer.from(transferId, 'hex');
}

/** The machine's clock is asked once; set back, it cannot prolong an offer. */
function remaining({ startedAt, expiresAt }: PairedOutgoing): number {
  const [begin, end] = [Date.parse(startedAt), Date.parse(expiresAt)];
  return Math.max(0, Math.min(end - Date.now(), end - begin));
}

/** Posts the offer's task, unless all was settled over the link before the service was there. */
async function post(
  context: TransferContext,
  record: PairedOutgoing,
  journal: (change: Partial<PairedOutgoing>) => Promise<void>,
): Promise<void> {
  const { client } = context.connection;
  if (record.taskId !== undefined || record.outcome !== undefined) return;
  const known = record.posting === true ? await findOfferTask(client, record) : undefined;
  if (known === undefined) await journal({ posting: true });
  const task = known ?? (await client.createTask(pairedOfferTask(record)));
  context.posted(task.id);
  await journal({ taskId: task.id });
}

/** Milliseconds for the recipient to end the task itself, in its own words. */
const GRACE_MS = 1500;

/** Tells the shells at once, then writes the record for as long as that takes. */
async function conclude(
  context: TransferContext,
  record: PairedOutgoing,
  journal: (change: Partial<PairedOutgoing>) => Promise<void>,
): Promise<Ended> {
  const { outcome, transferId } = record;
  if (outcome === undefined) throw errors.internal('a transfer ended without an outcome');
  const ended = endOf(outcome);
  context.report(ended);
  // The recipient, who said it, writes it into the task too; its words are the better ones.
  if (outcome.kind === 'failed' && outcome.code !== 'CANCELLED') {
    await delay(GRACE_MS, undefined, { signal: context.signal }).catch(() => undefined);
  }
  const written = await context.audit.step(`end of transfer ${record.transferId}`, async () => {
    const { client } = context.connection;
    if (record.taskId === undefined && record.posting === true) {
      const task = await findOfferTask(client, record);
      if (task !== undefined) await journal({ taskId: task.id });
    }
    if (outcome.kind === 'failed') {
      if (record.taskId === undefined) return;
      const task = await client.getTask(record.taskId);
      // The recipient may have said it before us.
      if (task.status === 'pending') await client.cancel(record.taskId);
      else if (task.status === 'in_progress') await client.fail(record.taskId, outcome.code);
    } else if (record.taskId === undefined) {
      const id = record.auditId ?? (await client.createTask(auditTask(record))).id;
      if (record.auditId === undefined) await journal({ auditId: id });
      context.posted(id);
      await completeTask(client, id, { transferId, fileSize: outcome.bytes }, outcome);
    }
  });
  if (written === 'stopped') throw new EngineStopped();
  return ended;
}

function endOf(outcome: Outcome): Ended {
  if (outcome.kind === 'failed') {
    const code = isErrorCode(outcome.code) ? outcome.code : 'INTERNAL';
    return { kind: 'failed', error: fromData({ code, message: outcome.message }).toData() };
  }
  const { bytes, sha256, receipt, durationMs, via } = outcome;
  return {
    kind: 'completed',
    result: {
      bytes,
      sha256,
      durationMs,
      // The receipt is proof; nobody else's word is needed.
      audit: 'confirmed',
      peerKey: 'paired',
      receipt,
      ...(via !== undefined && { via }),
    },
  };
}
