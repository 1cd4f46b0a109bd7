import { type BeelineError, errors } from '../errors';
import { MessageType, decodeEmpty, decodeFail, encodeFail } from '../wire/v2';
import { failFor, failed } from './failReason';
import type { ChannelMessage, MessageChannel } from './messageChannel';
import { Waits } from './waits';

export interface MessageTalkOptions {
  readonly channel: MessageChannel;
  /** Milliseconds that the other side may let us wait. */
  readonly timeoutMs: number;
  /** For sentences. */
  readonly peerName?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Milliseconds between two signs of life of one who waits for its disk; a third of most patience. */
const ALIVE_EVERY_MS = 5_000;

/**
 * One talk by wire version 2: messages in, messages out, and whatever may end it from outside its
 * own course, which is cancelling, silence, and what the other side says meanwhile.
 */
export class MessageTalk {
  readonly #channel: MessageChannel;
  readonly #peerName: string | undefined;
  readonly #waits: Waits;
  readonly #clock: NodeJS.Timeout;
  /** Called while our own disk lets the other side wait. */
  sayAlive: () => void = () => {
    this.#say(MessageType.alive);
  };
  #heardLastWord = false;
  #working = 0;

  constructor({ channel, timeoutMs, peerName, signal }: MessageTalkOptions) {
    this.#channel = channel;
    this.#peerName = peerName;
    this.#waits = new Waits(signal);
    // One clock for the whole talk, since a timer per message would cost more than the message.
    // Only waiting for the other side counts: our own slow disk is not its silence.
    this.#clock = setInterval(
      () => {
        if (this.#working > 0) this.sayAlive();
        else this.#waits.checkSilence(timeoutMs);
      },
      Math.min(ALIVE_EVERY_MS, timeoutMs / 4),
    );
  }

  /** Why this ended early, once it has. */
  get stopped(): BeelineError | undefined {
    return this.#waits.stopped;
  }

  /** Aborts once nothing more comes of this, for work of our own that then is in vain. */
  get ending(): AbortSignal {
    return this.#waits.ending;
  }

  /** Ends whatever is waited for, now and from now on. The first reason counts. */
  stop(error: BeelineError): void {
    this.#waits.stop(error);
  }

  /** Aborts `ending`, though what has arrived is still dealt with. */
  protected giveUpWork(): void {
    this.#waits.giveUpWork();
  }

  /** Waits for the other side. One wait at a time. @throws why it was stopped */
  until<T>(answer: Promise<T>): Promise<T> {
    return this.#waits.until(answer);
  }

  /** Waits for our own disk, and lets the other side know that we are still there. */
  async working<T>(own: Promise<T>): Promise<T> {
    this.#working++;
    try {
      return await own;
    } finally {
      this.#working--;
    }
  }

  /**
   * Sends one message. Undefined when more may follow at once, else to be awaited. The payload may be
   * used again at once. @throws why it was stopped
   */
  send(type: MessageType, payload: Buffer): Promise<void> | undefined {
    if (this.stopped !== undefined) throw this.stopped;
    const room = this.#channel.send(type, payload);
    return room === undefined ? undefined : this.until(room);
  }

  /** Sends a small message without waiting for room; that the other side is gone shows elsewhere. */
  say(type: MessageType, payload: Buffer): void {
    if (this.stopped === undefined) this.#say(type, payload);
  }

  /**
   * The next message of those that carry a transfer on; not a wait by itself.
   * @throws what the other side gave as its reason, CANCELLED_BY_PEER, PEER_LOST, PROTOCOL
   */
  async next(): Promise<ChannelMessage> {
    const message = await this.#channel.receive();
    if (message === null) throw errors.peerLost();
    this.#waits.hear();
    if (message.type === MessageType.cancel) {
      this.#heardLastWord = true;
      decodeEmpty(message.payload);
      throw errors.cancelledByPeer(this.#peerName ?? 'The other side');
    }
    if (message.type === MessageType.fail) {
      this.#heardLastWord = true;
      throw failed(decodeFail(message.payload));
    }
    if (message.type === MessageType.alive) decodeEmpty(message.payload);
    return message;
  }

  /** Tells the other side why, as far as that makes sense. Never throws. */
  farewell(error: BeelineError): void {
    // Who ended the talk itself needs no answer.
    if (this.#heardLastWord) return;
    if (error.code === 'CANCELLED') {
      this.#say(MessageType.cancel);
      return;
    }
    const reason = failFor(error);
    if (reason !== undefined) this.#say(MessageType.fail, encodeFail(reason));
  }

  /** Closes the channel, behind what was sent, and drops whatever is left of this. */
  close(): void {
    clearInterval(this.#clock);
    this.#waits.close();
    this.#channel.close();
  }

  #say(type: MessageType, payload: Buffer = NOTHING): void {
    this.#channel.send(type, payload)?.catch(ignore);
  }
}

const NOTHING = Buffer.alloc(0);

function ignore(): void {
  // The reason is known already, or nobody needs it any more.
}
