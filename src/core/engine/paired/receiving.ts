import { setTimeout as delay } from 'node:timers/promises';
import { errors, toBeelineError, type BeelineError, type ErrorCode } from '../../errors';
import type { Link } from '../../swarm/links';
import { EngineStopped, type TransferContext } from '../transferContext';
import { Abandonment } from './abandonment';
import { clearStaging } from './clearStaging';
import { fetchOnce } from './fetchOnce';
import type { LinkKeeper } from './linkKeeper';
import type { PairedIncoming } from './pairedRecords';
import type { PlacedHere } from './placedHere';
import type { Resumption } from './resumption';
import type { PairedAgent } from './roster';
import type { Turnstile } from './turnstile';

/** Tries in a row that moved nothing on links that were up and fell silent, before it is given up. */
const MAX_SILENCES = 3;
/** Milliseconds before a channel that broke is opened again on a link that is still there. */
const AGAIN_MS = 500;
/** It is doubled with each try that moves nothing, up to this. */
const MAX_AGAIN_MS = 30_000;
/** Milliseconds without a link before what has not begun is said to wait for its agent. */
const LINK_SOON_MS = 5000;
/** Milliseconds before looking whether another process has let go of the folder. */
const BUSY_MS = 5000;

export interface ReceivingParts {
  readonly keeper: LinkKeeper;
  /** Transfers of one agent that may run at once. */
  readonly turnstile: Turnstile;
  /** One at a time for each folder that is brought up to date. */
  readonly targets: Turnstile;
  readonly agent: PairedAgent;
  readonly resumption: Resumption;
  readonly placed: PlacedHere;
}

export type ReceiveOutcome = NonNullable<PairedIncoming['outcome']>;
export type SavedOutcome = Extract<ReceiveOutcome, { kind: 'saved' }>;
/** Rejects when it cannot be written. */
export type JournalIncoming = (change: Partial<PairedIncoming>) => Promise<void>;

/** Mended by the person, who then says that it may go on; what has arrived stays. */
const ours = new Set<ErrorCode>(['DISK_FULL', 'FOLDER_UNUSABLE', 'HOME_UNUSABLE', 'JOURNAL_NEWER']);
/** Mended by the sender's person; either of the two says that it may go on. */
const theirs = new Set<ErrorCode>(['SOURCE_CHANGED', 'PATH_UNREADABLE']);
/** Over by itself after a while. */
const passing = new Set<ErrorCode>(['PEER_LOST', 'PEER_SILENT', 'TARGET_BUSY']);

/**
 * One accepted transfer until it is in place, or will never be. A lost link is an interruption, and
 * so is trouble with either disk: what has arrived stays, and it goes on from there.
 */
export class Receiving {
  private readonly startedAt = performance.now();
  private readonly abandoned = new AbortController();
  /** Aborted when the transfer ends from outside. */
  private readonly signal: AbortSignal;
  private outcome: ReceiveOutcome | undefined;
  private silences = 0;
  /** Tries in a row that moved nothing. */
  private fruitless = 0;

  constructor(
    private readonly context: TransferContext,
    private readonly record: PairedIncoming,
    private readonly parts: ReceivingParts,
    private readonly journal: JournalIncoming,
  ) {
    this.signal = AbortSignal.any([context.signal, this.abandoned.signal]);
  }

  /** @throws EngineStopped */
  async run(): Promise<ReceiveOutcome> {
    const { record } = this;
    const abandonment = new Abandonment(record.movedAt ?? record.startedAt, {
      note: (movedAt) => void this.journal({ movedAt }).catch(() => undefined),
      end: () => {
        this.abandoned.abort(errors.interrupted());
      },
    });
    let leave: (() => void) | undefined;
    try {
      leave = await this.enterTarget();
      return await this.untilDone(abandonment);
    } catch (thrown) {
      if (this.signal.reason instanceof EngineStopped) throw this.signal.reason;
      return await this.giveUp(toBeelineError(this.signal.aborted ? this.signal.reason : thrown));
    } finally {
      abandonment.stop();
      leave?.();
    }
  }

  private async untilDone(abandonment: Abandonment): Promise<ReceiveOutcome> {
    for (;;) {
      try {
        await this.once(abandonment);
        if (this.outcome === undefined) throw errors.internal('nothing was received');
        return this.outcome;
      } catch (thrown) {
        // It is in place, and only the sender has not heard of it.
        if (this.outcome !== undefined) return this.outcome;
        this.signal.throwIfAborted();
        await this.interrupted(toBeelineError(thrown));
      }
    }
  }

  /** Which turn it is does not matter to a new folder, whose name is found when it is placed. */
  private async enterTarget(): Promise<(() => void) | undefined> {
    const { update } = this.record;
    if (update === undefined) return undefined;
    const { targets } = this.parts;
    if (targets.isFull(update.target)) this.report(errors.targetBusy(update.target), 'agent');
    return targets.enter(update.target, this.signal);
  }

  private async once(abandonment: Abandonment): Promise<void> {
    const { context, record, parts } = this;
    const link = await this.onceOnline();
    const leave = await parts.turnstile.enter(record.agent.kid, this.signal);
    parts.resumption.begin();
    try {
      await fetchOnce({
        context,
        record,
        link,
        signal: this.signal,
        agent: parts.agent,
        placed: parts.placed,
        journal: this.journal,
        onMoved: () => {
          abandonment.moved();
          this.silences = 0;
          this.fruitless = 0;
        },
        saved: async (outcome) => {
          const durationMs = Math.round(performance.now() - this.startedAt);
          this.outcome = { ...outcome, durationMs };
          // Before the sender hears of it: a crash must not fetch a second time what is here.
          await this.journal({ outcome: this.outcome }).catch((thrown: unknown) => {
            context.log(toBeelineError(thrown).message);
          });
        },
      });
    } finally {
      leave();
    }
  }

  private async onceOnline(): Promise<Link> {
    const { keeper } = this.parts;
    const { agent, peerId, staging } = this.record;
    const here = keeper.find(agent.kid);
    if (here !== undefined) return here;
    const absent = (): void => {
      this.report(errors.agentOffline(peerId), 'agent');
    };
    if (staging !== undefined) absent();
    // A task is often faster than the link: what has not begun is not interrupted by that.
    const soon = staging === undefined ? setTimeout(absent, LINK_SOON_MS) : undefined;
    try {
      return await keeper.waitFor(agent.kid, this.signal);
    } finally {
      clearTimeout(soon);
    }
  }

  /** Resolves when it is to be tried again. @throws what is final */
  private async interrupted(error: BeelineError): Promise<void> {
    const { context, record, signal } = this;
    context.log(`transfer ${record.transferId}: ${error.message}`);
    if (ours.has(error.code)) {
      this.report(error, 'person');
      await this.parts.resumption.wait('ours', signal);
      return;
    }
    if (theirs.has(error.code)) {
      this.report(error, 'person');
      await this.parts.resumption.wait('theirs', signal);
      // A sender that says so without end keeps neither disk busy.
      await this.pause(AGAIN_MS);
      return;
    }
    if (error.code === 'PEER_SILENT') this.silences += 1;
    if (!passing.has(error.code) || this.silences >= MAX_SILENCES) throw meaning(error, record);
    const isBusy = error.code === 'TARGET_BUSY';
    this.fruitless += 1;
    this.report(isBusy ? error : errors.agentOffline(record.peerId), 'agent', error.code);
    await this.pause(isBusy ? BUSY_MS : againMs(this.fruitless));
  }

  private async pause(ms: number): Promise<void> {
    const { signal } = this;
    await delay(ms, undefined, { signal }).catch(() => undefined);
    signal.throwIfAborted();
  }

  private report(
    { code, message }: BeelineError,
    resumes: 'agent' | 'person',
    as: ErrorCode = code,
  ): void {
    this.context.report({ kind: 'interrupted', error: { code: as, message }, resumes });
  }

  /** Nobody will go on with what has arrived. */
  private async giveUp(error: BeelineError): Promise<ReceiveOutcome> {
    await clearStaging(this.record, this.context.log);
    return { kind: 'failed', ...error.toData() };
  }
}

/** Each try reads what is here again, so a sender that lets them all fail must not have many. */
function againMs(fruitless: number): number {
  return Math.min(AGAIN_MS * 2 ** (fruitless - 1), MAX_AGAIN_MS);
}

/** The sender does not know the transfer (any more): it has been withdrawn. */
function meaning(error: BeelineError, record: PairedIncoming): BeelineError {
  return error.code === 'OFFER_UNKNOWN' ? errors.offerWithdrawn(record.peerId) : error;
}
