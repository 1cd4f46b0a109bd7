import { errors, toBeelineError } from '../errors';
import {
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

/** How far we are; what the receiver may say depends on it. */
type Phase = 'unasked' | 'listing' | 'looked' | 'listed' | 'streaming' | 'done' | 'received';

/**
 * The sender's half of a talk: hears the receiver all the while, holds it to the order of things,
 * and lets nothing go out that was not granted.
 */
export class SenderTalk extends MessageTalk {
  readonly wanted: Deferred<Want> = deferred();
  readonly accepted: Deferred<void> = deferred();
  readonly received: Deferred<Received> = deferred();
  /** Rejects with what ended it. */
  readonly hearing: Promise<never>;
  readonly #credit = new Credit();
  readonly #manifest: Manifest;
  #phase: Phase = 'unasked';
  /** Entries whose end we have said, and those that the receiver has confirmed. */
  #ended = 0;
  #got = 0;

  constructor(options: MessageTalkOptions, manifest: Manifest) {
    super(options);
    this.#manifest = manifest;
    this.sayAlive = () => {
      if (this.#credit.tryTake(costOf(MessageType.alive, NOTHING))) {
        this.say(MessageType.alive, NOTHING);
      }
    };
    this.hearing = this.#hear();
    this.hearing.catch(() => undefined); // It stops the talk, where it is heard of.
  }

  /** Sends once it is granted. One at a time. */
  async tell(type: MessageType, payload: Buffer): Promise<void> {
    const granted = this.#credit.take(costOf(type, payload));
    if (granted !== undefined) await this.until(granted);
    await this.send(type, payload);
  }

  /** The last page is about to go out: from here on `accept` makes sense, unless one only looks. */
  enterListed(): void {
    this.#phase = this.#phase === 'looked' ? 'looked' : 'listed';
  }

  /** The end of one more entry is about to go out. */
  enterFileEnd(): void {
    this.#ended++;
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
        if (!decodeAccept(payload).manifestDigest.equals(this.#manifest.digest)) {
          throw errors.protocol('it accepts another list');
        }
        this.#phase = 'streaming';
        this.accepted.resolve();
        return;
      case MessageType.got:
        if (decodeGot(payload).index !== this.#got || this.#got >= this.#ended) throw refused(type);
        this.#got++;
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
