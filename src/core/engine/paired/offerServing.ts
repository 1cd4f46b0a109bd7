import { errors, toBeelineError, type BeelineError, type ErrorCode } from '../../errors';
import { receiptOf } from '../../identity/receipt';
import type { Link } from '../../swarm/links';
import type { MessageChannel } from '../../transfer/messageChannel';
import { readable } from '../../transfer/peerReason';
import type { SendingTree } from '../../transfer/sendingTree';
import { serveTransfer } from '../../transfer/serveTransfer';
import type { OfferAnswer } from '../../wire/v2Offer';
import { EngineStopped, type TransferContext } from '../transferContext';
import { Abandonment } from './abandonment';
import { deliveredCounts } from './deliveredCounts';
import type { PairedOutgoing } from './pairedRecords';
import { recipientTrouble } from './recipientTrouble';
import type { PairedAgent } from './roster';
import type { ServedOffers } from './servedOffers';
import { treeHashesOf } from './treeHashNow';

/** Channels of one offer at once: the one that fetches, its successor, and some that look. */
const MAX_CHANNELS = 4;
/** What a timer can count; an offer lives at most a week. */
const MAX_TIMER_MS = 2_147_483_647;

export interface PairedOutgoingParts {
  readonly served: ServedOffers;
  readonly agent: PairedAgent;
  /** What is sent; made when somebody first asks for it. */
  readonly tree: () => Promise<SendingTree>;
}

export type SendOutcome = NonNullable<PairedOutgoing['outcome']>;
type Journal = (change: Partial<PairedOutgoing>) => Promise<void>;

/** The link may come back. */
const passing = new Set<ErrorCode>(['PEER_LOST', 'PEER_SILENT', 'INTERRUPTED']);
/** Our own disk: the person sees to it, and says so here or there. */
const ours = new Set<ErrorCode>(['SOURCE_CHANGED', 'PATH_UNREADABLE']);

/** One offer while it stands: who asks for it, and what came of it. */
export class OfferServing {
  private readonly channels = new Set<{
    stop: (reason: BeelineError) => void;
    close: () => void;
  }>();
  private comparing: Promise<void> | undefined;
  private fetching: { stop: (reason: BeelineError) => void } | undefined;
  private abandonment: Abandonment | undefined;
  private readonly startedAt = performance.now();
  private settle: (outcome: SendOutcome) => void = () => undefined;
  private readonly settled = new Promise<SendOutcome>((resolve) => {
    this.settle = resolve;
  });

  constructor(
    private readonly context: TransferContext,
    private readonly record: PairedOutgoing,
    private readonly parts: PairedOutgoingParts,
    private readonly journal: Journal,
  ) {}

  /** @throws EngineStopped */
  async run(): Promise<SendOutcome> {
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
      this.abandonment?.stop();
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
      return;
    }
    this.begin();
    this.interrupted(errors.agentOffline(record.peerId));
  }

  /** From now on it does not expire, and stands for as long as somebody goes on with it. */
  private begin(): void {
    const { record } = this;
    this.abandonment ??= new Abandonment(record.movedAt ?? new Date().toISOString(), {
      note: (movedAt) => void this.journal({ movedAt }),
      end: () => {
        this.fail(errors.interrupted());
      },
    });
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
      const tree = await this.tree(channel);
      const result = await serveTransfer({
        channel,
        tree,
        receipt: (treeHash) => receiptOf(receiptKey, idOf(record), treeHash),
        signal: controller.signal,
        timeoutMs: context.timeoutMs,
        peerName: record.peerId,
        onStart: () => {
          // The recipient began anew, on another link or after a restart: its earlier try is over.
          this.fetching?.stop(errors.interrupted());
          this.fetching = self;
          this.begin();
          void this.journal({ began: true, movedAt: new Date().toISOString() });
          context.report({ kind: 'connecting', again: false });
        },
        onProgress: (progress) => {
          if (this.fetching !== self) return;
          this.abandonment?.moved();
          context.report({ kind: 'transferring', progress, via: link.path });
        },
      });
      if (result.kind === 'received') {
        const { treeHash, receipt, sha256 } = result;
        const durationMs = Math.round(performance.now() - this.startedAt);
        this.settle({
          kind: 'received',
          ...deliveredCounts(result),
          ...(sha256 !== undefined && { sha256 }),
          treeHash,
          receipt,
          durationMs,
          via: link.path,
        });
      }
    } catch (thrown) {
      if (this.fetching === self) this.broke(toBeelineError(thrown));
    } finally {
      this.channels.delete(self);
      if (this.fetching === self) this.fetching = undefined;
    }
  }

  /** A list that cannot be made any more ends the offer; a channel that waits for it is closed. */
  private async tree(channel: MessageChannel): Promise<SendingTree> {
    try {
      return await this.parts.tree();
    } catch (thrown) {
      this.fail(toBeelineError(thrown));
      channel.close();
      throw thrown;
    }
  }

  /** What a broken fetch means: the link may come back, and what is wrong with a disk be mended. */
  private broke(error: BeelineError): void {
    if (this.context.signal.aborted) return;
    this.context.log(`transfer ${this.record.transferId}: ${error.message}`);
    const theirs = recipientTrouble(error.code, this.record.peerId);
    if (passing.has(error.code)) {
      this.interrupted(errors.agentOffline(this.record.peerId), error.code);
    } else if (theirs !== undefined) this.interrupted(theirs);
    else if (ours.has(error.code)) this.interrupted(error, error.code, 'person');
    else this.fail(error);
  }

  private interrupted(
    { code, message }: BeelineError,
    as: ErrorCode = code,
    resumes: 'agent' | 'person' = 'agent',
  ): void {
    this.context.report({ kind: 'interrupted', error: { code: as, message }, resumes });
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
        // The first counts; reading the files takes a while, and it may be said again meanwhile.
        this.comparing ??= this.compareReceipt(answer.receipt)
          .catch((thrown: unknown) => failure(toBeelineError(thrown)))
          .then(this.settle);
    }
  }

  /** The link broke, or one of us died, just before the receipt came through: it is checked now. */
  private async compareReceipt(receipt: string): Promise<SendOutcome> {
    const { record, parts, context } = this;
    const tree = await parts.tree();
    const now = await treeHashesOf(tree, context.signal);
    const expected = receiptOf(parts.agent.keys.receiptKey, idOf(record), now.treeHash);
    if (expected.toString('hex') !== receipt) {
      // Other files by now say nothing about what was received.
      throw now.changed > 0
        ? errors.sourceChanged(record.source.paths[0] ?? record.fileName)
        : errors.receiptMismatch();
    }
    return {
      kind: 'received',
      ...deliveredCounts({ ...now, spared: 0 }),
      ...(now.sha256 !== undefined && { sha256: now.sha256 }),
      treeHash: now.treeHash.toString('hex'),
      receipt,
      durationMs: 0,
    };
  }

  private fail(error: BeelineError): void {
    this.settle(failure(error));
  }
}

function failure(error: BeelineError): SendOutcome {
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
