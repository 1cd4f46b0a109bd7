import type { Engine } from '../core/engine';
import { errors, fromData } from '../core/errors';
import type { Agent, PairingCard } from '../core/events';
import { newId } from '../core/newId';
import { PairingFollower } from '../service/pairingFollower';
import type { NodeEmitter } from './nodeEmitter';
import type { NodeInvite, PairOptions } from './types';

/** The pairings that a node has begun; they end with it. */
export class NodePairings {
  readonly #running = new Set<PairingFollower>();

  constructor(
    private readonly engine: Engine,
    private readonly emitter: NodeEmitter,
  ) {}

  async invite(options: PairOptions = {}): Promise<NodeInvite> {
    const talk = this.#talk(options);
    const { code, link, expiresAt } = await talk.begin((id) => this.engine.invite(id));
    return { code, link, expiresAt, paired: talk.ended, cancel: () => talk.cancel() };
  }

  async join(code: string, options: PairOptions = {}): Promise<Agent> {
    const talk = this.#talk(options);
    await talk.begin((id) => this.engine.join(id, code));
    return talk.ended;
  }

  async end(): Promise<void> {
    await Promise.allSettled([...this.#running].map((talk) => talk.cancel()));
  }

  #talk({ confirm }: PairOptions): PairingFollower {
    const pairingId = newId();
    const talk = new PairingFollower(this.engine, pairingId, async (card, signal) =>
      confirm === undefined ? this.#ask(card, signal) : confirm(card),
    );
    this.#running.add(talk);
    const forget = (): void => {
      this.#running.delete(talk);
    };
    talk.ended.then(forget, forget);
    return talk;
  }

  async #ask(card: PairingCard, signal: AbortSignal): Promise<boolean> {
    if (!this.emitter.hears('pairing')) {
      throw errors.configInvalid(
        "Nobody could confirm the pairing: give `confirm`, or listen to 'pairing'.",
      );
    }
    const { self } = await this.engine.snapshot();
    if (self.kind === 'unavailable') throw fromData(self.error);
    return new Promise((resolve) => {
      signal.addEventListener(
        'abort',
        () => {
          resolve(false);
        },
        { once: true },
      );
      this.emitter.emit('pairing', {
        card,
        ownFingerprint: self.fingerprint,
        accept: () => {
          resolve(true);
        },
        decline: () => {
          resolve(false);
        },
      });
    });
  }
}
