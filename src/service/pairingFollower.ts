import type { Engine } from '../core/engine';
import { errors, fromData, toBeelineError } from '../core/errors';
import type { Agent, EngineEvent, EngineSnapshot, Pairing, PairingCard } from '../core/events';

/**
 * Asks the person about a card. The signal says that the question is over; what is answered after
 * that counts for nothing.
 */
export type ConfirmPairing = (card: PairingCard, signal: AbortSignal) => Promise<boolean>;

/**
 * A pairing, followed from the side of a shell: asks once, and knows the end also when the engine
 * moves to another process in between.
 */
export class PairingFollower {
  /** The agent, once both books are written; otherwise why not. */
  readonly ended: Promise<Agent>;
  #resolve: (agent: Agent) => void = () => undefined;
  #reject: (error: Error) => void = () => undefined;
  readonly #stopListening: () => void;
  readonly #over = new AbortController();
  #card: PairingCard | undefined;
  #begun = false;

  /** Made before the pairing begins, so that nothing of it is missed. */
  constructor(
    private readonly engine: Pick<Engine, 'onEvent' | 'answerPairing'>,
    private readonly pairingId: string,
    private readonly confirm: ConfirmPairing,
  ) {
    this.ended = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // Whoever made it awaits it a moment later.
    this.ended.catch(() => undefined);
    this.#stopListening = engine.onEvent((event) => {
      this.#take(event);
    });
  }

  /** Makes the invite, or uses somebody's; what that throws is this pairing's end as well. */
  async begin<T>(how: (pairingId: string) => Promise<T>): Promise<T> {
    try {
      const begun = await how(this.pairingId);
      this.#begun = true;
      return begun;
    } catch (thrown) {
      this.#fail(toBeelineError(thrown));
      throw thrown;
    }
  }

  /** Ends it on both sides, whatever it waits for. */
  async cancel(): Promise<void> {
    if (!this.#over.signal.aborted) await this.#refuse(errors.cancelled());
  }

  #take(event: EngineEvent): void {
    if (event.type === 'pairing' && event.pairing.pairingId === this.pairingId) {
      this.#see(event.pairing);
    }
    if (event.type === 'moved') this.#moved(event.snapshot);
  }

  #see({ state }: Pairing): void {
    switch (state.kind) {
      case 'waiting':
        break;
      case 'confirm':
        if (this.#card !== undefined) break;
        this.#card = state.card;
        void this.#ask(state.card);
        break;
      case 'confirmed':
        this.#card = state.card;
        break;
      case 'paired':
        this.#end();
        this.#resolve(state.agent);
        break;
      case 'failed':
        this.#fail(fromData(state.error));
        break;
    }
  }

  async #ask(card: PairingCard): Promise<void> {
    try {
      const accept = await this.confirm(card, this.#over.signal);
      if (this.#over.signal.aborted) return;
      if (accept) await this.engine.answerPairing(this.pairingId, true);
      else await this.#refuse(errors.declined('You', undefined));
    } catch (thrown) {
      // Whatever kept the person from answering, the other side must not wait for it.
      if (!this.#over.signal.aborted) await this.#refuse(toBeelineError(thrown));
    }
  }

  /** Tells the other side first: whoever waits for the end may end the process with it. */
  async #refuse(error: Error): Promise<void> {
    this.#end();
    await this.engine.answerPairing(this.pairingId, false).catch(() => undefined);
    this.#reject(error);
  }

  /** Invites end with the engine that holds them; what it had written is in the book. */
  #moved({ pairings, agents }: EngineSnapshot): void {
    const pairing = pairings.find((one) => one.pairingId === this.pairingId);
    if (pairing !== undefined) {
      this.#see(pairing);
      return;
    }
    if (!this.#begun) return;
    const card = this.#card;
    const written = card?.known === false && agents.find((agent) => agent.kid === card.kid);
    if (written === undefined || written === false) {
      this.#fail(errors.pairingLost());
      return;
    }
    this.#end();
    this.#resolve(written);
  }

  #fail(error: Error): void {
    this.#end();
    this.#reject(error);
  }

  #end(): void {
    this.#over.abort();
    this.#stopListening();
  }
}
