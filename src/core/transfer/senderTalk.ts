import { errors, toBeelineError } from '../errors';
import {
  type Accept,
  MessageType,
  type Received,
  type Want,
  costOf,
  decodeAccept,
  decodeCredit,
  decodeGot,
  decodeReceived,
  decodeWant,
} from '../wire/v2';
import type { Manifest } from './manifest';
import type { ChannelMessage } from './messageChannel';
import { MessageTalk, type MessageTalkOptions } from './messageTalk';
import { Credit } from './credit';
import { type Deferred, deferred } from './deferred';
import { type Plan, PlanReader } from './planReader';

/** How far we are; what the receiver may say depends on it. */
type Phase =
  'unasked' | 'listing' | 'looked' | 'listed' | 'planning' | 'streaming' | 'done' | 'received';

/**
 * The sender's half of a talk: hears the receiver all the while, holds it to the order of things,
 * and lets nothing go out that was not granted.
 */
export class SenderTalk extends MessageTalk {
  readonly wanted: Deferred<Want> = deferred();
  /** With what the receiver has already. */
  readonly accepted: Deferred<Plan> = deferred();
  readonly received: Deferred<Received> = deferred();
  /** Rejects with what ended it. */
  readonly hearing: Promise<never>;
  readonly #credit = new Credit();
  readonly #manifest: Manifest;
  readonly #plan: PlanReader;
  #phase: Phase = 'unasked';
  /** The last entry whose end we have said, and the last that the receiver has confirmed. */
  #ended = -1;
  #got = -1;

  constructor(options: MessageTalkOptions, manifest: Manifest) {
    super(options);
    this.#manifest = manifest;
    this.#plan = new PlanReader(manifest);
    this.sayAlive = () => {
      if (this.#credit.tryTake(costOf(MessageType.alive, NOTHING))) {
        this.say(MessageType.alive, NOTHING);
      }
    };
    this.hearing = this.#hear();
    this.hearing.catch(() => undefined); // It stops the talk, where it is heard of.
  }

  /**
   * Sends once it is granted. Undefined when more may follow at once, else to be awaited; one at a
   * time. @throws why it was stopped
   */
  tell(type: MessageType, payload: Buffer): Promise<void> | undefined {
    const granted = this.#credit.take(costOf(type, payload));
    return granted === undefined
      ? this.send(type, payload)
      : this.#tellOnce(granted, type, payload);
  }

  async #tellOnce(granted: Promise<void>, type: MessageType, payload: Buffer): Promise<void> {
    await this.until(granted);
    await this.send(type, payload);
  }

  /** The last page is about to go out: from here on `accept` makes sense, unless one only looks. */
  enterListed(): void {
    this.#phase = this.#phase === 'looked' ? 'looked' : 'listed';
  }

  /** The end of this file is about to go out. */
  enterFileEnd(index: number): void {
    this.#ended = index;
  }

  enterDone(): void {
    this.#phase = 'done';
  }

  async #hear(): Promise<never> {
    try {
      for (;;) this.#take(await this.next());
    } catch (thrown) {
      const error = toBeelineError(thrown);
      this.stop(error);
      throw error;
    }
  }

  #take({ type, payload }: ChannelMessage): void {
    switch (type) {
      case MessageType.want:
        this.#refuseUnless('unasked', type);
        this.#takeWant(decodeWant(payload));
        return;
      case MessageType.credit:
        if (this.#phase === 'unasked') throw refused(type);
        this.#credit.grant(decodeCredit(payload).bytes);
        return;
      case MessageType.accept:
        this.#refuseUnless('listed', type);
        this.#takeAccept(decodeAccept(payload));
        return;
      case MessageType.plan: {
        this.#refuseUnless('planning', type);
        const plan = this.#plan.add(payload);
        if (plan !== undefined) this.#begin(plan);
        return;
      }
      case MessageType.got:
        this.#takeGot(decodeGot(payload).index);
        return;
      case MessageType.received:
        this.#refuseUnless('done', type);
        if (this.#got < this.#ended) throw refused(type);
        this.#phase = 'received';
        this.received.resolve(decodeReceived(payload));
        return;
      case MessageType.alive:
        return;
      default:
        throw refused(type);
    }
  }

  #takeAccept({ manifestDigest, plan }: Accept): void {
    if (!manifestDigest.equals(this.#manifest.digest)) {
      throw errors.protocol('it accepts another list');
    }
    if (plan === 'all') this.#begin(new Map());
    else this.#phase = 'planning';
  }

  #begin(plan: Plan): void {
    this.#phase = 'streaming';
    this.accepted.resolve(plan);
  }

  #takeGot(index: number): void {
    const isAhead = index > this.#got && index <= this.#ended;
    if (!isAhead || this.#manifest.entries[index]?.kind !== 'file') throw refused(MessageType.got);
    this.#got = index;
  }

  #takeWant(want: Want): void {
    this.#phase = want.purpose === 'look' ? 'looked' : 'listing';
    this.wanted.resolve(want);
  }

  #refuseUnless(phase: Phase, type: number): void {
    if (this.#phase !== phase) throw refused(type);
  }
}

const NOTHING = Buffer.alloc(0);

function refused(type: number): Error {
  return errors.protocol(`a message of type ${type} out of turn`);
}
