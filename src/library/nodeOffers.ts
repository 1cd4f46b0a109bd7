import path from 'node:path';
import type { Engine } from '../core/engine';
import type { EngineConfig } from '../core/engineConfig';
import { errors, toBeelineError } from '../core/errors';
import type { EngineEvent, EngineSnapshot, IncomingOffer } from '../core/events';
import { acceptDecision } from './acceptDecision';
import { fileOffer } from './fileOffer';
import { isWelcome } from './isWelcome';
import type { NodeEmitter } from './nodeEmitter';
import type { TransferFollower } from './transferFollower';
import type { AcceptOptions, ReceiveResult, WatchOptions } from './types';

export interface NodeOffersParts {
  readonly engine: Engine;
  /** Whether this process may put another configuration in force. */
  readonly isOurs: () => boolean;
  readonly config: EngineConfig;
  readonly emitter: NodeEmitter;
  readonly transfers: TransferFollower;
}

type Watching = { readonly channel: string; readonly saveDir: string | undefined } | undefined;

/** Offers to a node: each is told once to whoever listens, or saved without a word. */
export class NodeOffers {
  readonly #open = new Map<string, IncomingOffer>();
  readonly #asked = new Set<string>();
  #watching: Watching;
  #configuring: Promise<unknown> = Promise.resolve();
  #isEnded = false;

  constructor(private readonly parts: NodeOffersParts) {}

  watch(options: WatchOptions): void {
    const { config, emitter } = this.parts;
    const channel = options.channel ?? this.#watching?.channel ?? config.channel;
    if (this.#watching !== undefined && this.#watching.channel !== channel) {
      throw errors.configInvalid(
        `This node already watches ${this.#watching.channel}. Create another node for ${channel}.`,
      );
    }
    const before = this.#watching;
    const typed = options.saveDir ?? before?.saveDir;
    const saveDir = typed === undefined ? undefined : path.resolve(typed);
    const isChanged = before === undefined || before.saveDir !== saveDir;
    this.#watching = { channel, saveDir };
    this.#configuring = this.#configuring
      .then(() => (isChanged ? this.#listenOn(channel, saveDir) : undefined))
      .then(() => {
        this.#considerAll();
      })
      .catch((thrown: unknown) => {
        emitter.report(thrown);
      });
  }

  take(event: EngineEvent): void {
    if (event.type === 'offer') {
      this.#open.set(event.offer.transferId, event.offer);
      this.#consider(event.offer);
    } else if (event.type === 'offerClosed') this.#open.delete(event.transferId);
    else if (event.type === 'moved') {
      this.#open.clear();
      this.#learn(event.snapshot);
      this.#considerAll();
    }
  }

  /** Offers that came before anybody listened are told to the first who does. */
  heard(): void {
    queueMicrotask(() => {
      this.#considerAll();
    });
  }

  /** Nothing is told any more. Resolves when what was asked for is in force. */
  async end(): Promise<void> {
    this.#isEnded = true;
    await this.#configuring;
  }

  async #listenOn(channel: string, saveDir: string | undefined): Promise<void> {
    const { engine, isOurs, config } = this.parts;
    const running = await engine.config();
    if (isOurs()) {
      // There it is looked for what an agent sent before.
      const saveDirectory = saveDir ?? config.saveDirectory;
      await engine.configure({ ...config, channel, saveDirectory });
    } else if (running.channel !== channel) {
      throw errors.homeBusy(
        `The engine of this home listens on ${running.channel}, not ${channel}. Use another home.`,
      );
    }
    this.#learn(await engine.snapshot());
  }

  #learn({ offers }: EngineSnapshot): void {
    for (const offer of offers) this.#open.set(offer.transferId, offer);
  }

  #considerAll(): void {
    for (const offer of [...this.#open.values()]) this.#consider(offer);
  }

  #consider(offer: IncomingOffer): void {
    const { engine, config, emitter } = this.parts;
    const saveDir = this.#watching?.saveDir;
    const anyone = saveDir !== undefined || emitter.hears('file');
    if (this.#watching === undefined || this.#isEnded || !anyone) return;
    if (offer.channel !== this.#watching.channel || this.#asked.has(offer.transferId)) return;
    if (!isWelcome(offer, config)) return;
    this.#asked.add(offer.transferId);
    const answer = { given: false };
    const file = fileOffer(offer, config.actorId, {
      preview: () => engine.preview(offer.transferId),
      accept: (target, how) => {
        answer.given = true;
        return this.#accept(offer, target, how);
      },
      reject: (reason) => {
        answer.given = true;
        return engine.answer(offer.transferId, {
          kind: 'decline',
          ...(reason === undefined ? {} : { reason }),
        });
      },
    });
    emitter.emit('file', file);
    // Who only bears the name of a paired agent is never welcome without a word.
    if (answer.given || saveDir === undefined || offer.trust === 'claims') return;
    this.#accept(offer, undefined).catch((thrown: unknown) => {
      emitter.report(thrown);
    });
  }

  async #accept(
    offer: IncomingOffer,
    target: string | undefined,
    { update, mayDelete }: AcceptOptions = {},
  ): Promise<ReceiveResult> {
    const { engine, config, transfers } = this.parts;
    const ended = transfers.follow(offer.transferId, offer.trust === 'verified');
    const saveDirectory = this.#watching?.saveDir ?? config.saveDirectory;
    try {
      await engine.answer(offer.transferId, {
        ...(await acceptDecision(offer, target, saveDirectory)),
        ...(update === true && offer.updates !== undefined && { update }),
        ...(mayDelete === undefined ? {} : { mayDelete }),
      });
    } catch (thrown) {
      transfers.fail(offer.transferId, toBeelineError(thrown), offer.taskId);
    }
    const { filePath, hash, moved } = await ended;
    return { success: true, filePath, hash, ...(moved === undefined ? {} : { moved }) };
  }
}
