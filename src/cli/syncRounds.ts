import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Engine, SourceRequest } from '../core/engine';
import { toBeelineError, type ErrorCode } from '../core/errors';
import type { Agent, EngineEvent } from '../core/events';
import { displayText } from './output/displayText';
import type { Reporter } from './output/report';
import type { Outcome, TransferWatch } from './transferWatch';

/** Bytes of a transfer id. */
const TRANSFER_ID_BYTES = 16;
/** Milliseconds until a round that failed for the moment is tried again. */
const RETRY_MS = 5000;

/** After these, another round would end in the same way until somebody has decided otherwise. */
const final: readonly ErrorCode[] = [
  'DECLINED',
  'NOT_ALLOWED',
  'CANCELLED',
  'CANCELLED_BY_PEER',
  'AGENT_UNKNOWN',
  'AGENT_BLOCKED',
  'IDENTITY_CHANGED',
  'IDENTITY_EXPOSED',
  'IDENTITY_MISSING',
  'IDENTITY_DAMAGED',
  'PATH_NOT_FOUND',
  'NOT_A_FILE',
  'CONFIG_INVALID',
  'TOO_LARGE',
];

/** A round ended for good; why was told as it happened. */
export class RoundFailed extends Error {
  constructor(readonly code: ErrorCode) {
    super(code);
  }
}

export interface SyncAbout {
  readonly source: SourceRequest;
  readonly agent: Agent;
  /** The folder as the person wrote it. */
  readonly typed: string;
  readonly removes: boolean;
  readonly channel: string;
  /** What fails once is not tried again. */
  readonly once: boolean;
}

/** Offers the same folder again and again, and follows each offer to its end. */
export class SyncRounds {
  #count = 0;
  #isAway = false;

  constructor(
    private readonly engine: Engine,
    private readonly watch: TransferWatch,
    private readonly reporter: Reporter,
    private readonly about: SyncAbout,
  ) {}

  /** Hears whether the agent is there. */
  take(event: EngineEvent): void {
    const agents =
      event.type === 'agents'
        ? event.agents
        : event.type === 'moved'
          ? event.snapshot.agents
          : undefined;
    const agent = agents?.find(({ kid }) => kid === this.about.agent.kid);
    if (agent !== undefined) this.#isAway = agent.presence.kind === 'offline';
  }

  /** Resolves once what there is now has been delivered. @throws RoundFailed */
  async next(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const outcome = await this.#offer();
      if (outcome.kind === 'completed') return;
      const { code } = outcome.error;
      if (this.about.once || final.includes(code)) throw new RoundFailed(code);
      // The person who ends it does not wait for the next try.
      await delay(RETRY_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  async #offer(): Promise<Outcome> {
    const { source, agent, typed, removes, channel } = this.about;
    const transferId = randomBytes(TRANSFER_ID_BYTES).toString('hex');
    // The first offer waits for a person; the others are one line each, when they have arrived.
    this.#count += 1;
    const outcome = this.watch.follow(transferId, typed, { tellsOffer: this.#count === 1 });
    if (this.#count > 1 && this.#isAway) {
      this.reporter.note(
        `${displayText(agent.name)} is away. What changed here goes when it is back.`,
      );
    }
    try {
      await this.engine.offer({
        transferId,
        ...source,
        recipientId: agent.actorId,
        agent: agent.kid,
        channel,
        sync: { delete: removes },
      });
    } catch (thrown) {
      this.watch.fail(transferId, toBeelineError(thrown).toData());
    }
    return outcome;
  }
}
