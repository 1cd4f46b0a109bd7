import type { BeelineError, ErrorData } from '../core/errors';
import { isEnded, type Agent, type EngineEvent, type Transfer } from '../core/events';
import type { FollowState, TryAgain } from '../core/sync/folderSync';
import { displayText } from './output/displayText';
import type { WatchingReport } from './output/folderReport';
import type { Reporter } from './output/report';
import { TransferWatch } from './transferWatch';

/** Characters of an error or of a path. */
const MAX_MESSAGE = 600;

/** What a sync tells: how the first offer stands, then one line a round, and why it waits. */
export class SyncTeller {
  readonly #watch: TransferWatch;
  readonly #rounds = new Set<string>();
  #failure: ErrorData | undefined;
  /** The last remark, which is not made twice in a row. */
  #noted: string | undefined;
  #isWatching = false;
  #isAway = false;

  constructor(
    private readonly reporter: Reporter,
    private readonly agent: Agent,
    /** The folder as the person wrote it, and what `watching` says of it. */
    private readonly about: Omit<WatchingReport, 'event'>,
  ) {
    this.#watch = new TransferWatch(reporter);
  }

  /** Hears whether the agent is there. */
  hear(event: EngineEvent): void {
    const agents =
      event.type === 'agents'
        ? event.agents
        : event.type === 'moved'
          ? event.snapshot.agents
          : undefined;
    const agent = agents?.find(({ kid }) => kid === this.agent.kid);
    if (agent !== undefined) this.#isAway = agent.presence.kind === 'offline';
  }

  take(state: FollowState): void {
    switch (state.kind) {
      case 'round':
        this.round(state.transferId, state.transfer);
        break;
      case 'inStep':
        break;
      case 'failed':
        if (this.#failure?.message !== state.error.message) {
          this.reporter.tell({ event: 'failed', path: this.about.path, ...state.error });
        }
        this.#note(`It goes on ${this.#waitsFor(state.again)}.`);
        break;
      case 'gone':
        this.#note(
          `${displayText(state.path, MAX_MESSAGE)} is not there. Nothing is removed at ` +
            `${displayText(this.agent.name)}'s; it goes on when it is back.`,
        );
        break;
      case 'watching':
        if (state.by === 'polling') this.#note(displayText(state.error.message, MAX_MESSAGE));
        if (this.#isWatching || this.#failure !== undefined) break;
        this.#isWatching = true;
        this.reporter.tell({ event: 'watching', ...this.about });
        break;
    }
  }

  /** A round began or went a step further. */
  round(transferId: string, transfer: Transfer | undefined): void {
    if (!this.#rounds.has(transferId)) {
      this.#rounds.add(transferId);
      this.#failure = undefined;
      // The first offer waits for a person; the others are one line each, when they have arrived.
      const isFirst = this.#rounds.size === 1;
      void this.#watch.follow(transferId, this.about.path, { tellsOffer: isFirst });
      if (!isFirst && this.#isAway) {
        this.#note(`${displayText(this.agent.name)} is away. What changed goes when it is back.`);
      }
    }
    if (transfer === undefined) return;
    this.#watch.take({ type: 'transfer', transfer });
    if (transfer.state.kind === 'failed') this.#failure = transfer.state.error;
    if (isEnded(transfer)) this.#noted = undefined;
  }

  /** Whether this was told as the end of a round. */
  hasTold(error: BeelineError): boolean {
    return this.#failure?.message === error.message;
  }

  #waitsFor(again: TryAgain): string {
    switch (again) {
      case 'change':
        return 'when something in it changes';
      case 'agent':
        return `when ${displayText(this.agent.name)} is back`;
      case 'while':
        return 'after a while';
    }
  }

  #note(text: string): void {
    if (this.#noted === text) return;
    this.#noted = text;
    this.reporter.note(text);
  }
}
