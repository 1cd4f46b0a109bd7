import type { BeelineError } from '../errors';
import { errors } from '../errors';
import { type Frame, FrameReader, FrameType, encodeReason } from '../wire/v1';
import type { ByteChannel } from './byteChannel';
import { peerSaid, reasonFor } from './peerReason';
import { Waits } from './waits';

export interface ConversationOptions {
  readonly channel: ByteChannel;
  /** Milliseconds that the other side may let us wait. */
  readonly inactivityMs: number;
  /** For sentences. */
  readonly peerName?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Looks at the clock within the time that silence may last: what it may last longer is a tenth. */
const CHECKS = 10;
/** Milliseconds for a last word to reach the other side before the connection is dropped. */
const FAREWELL_MS = 1_000;

/**
 * One transfer's talk with a peer: frames in, frames out, and whatever may end it from outside its
 * own course, which is cancelling, silence, and what the other side says meanwhile.
 */
export class Conversation {
  readonly #channel: ByteChannel;
  readonly #peerName: string | undefined;
  readonly #waits: Waits;
  readonly #frames = new FrameReader();
  readonly #clock: NodeJS.Timeout;
  #reading: Promise<Buffer | null> | undefined;
  #lastHeard: FrameType | undefined;
  /** From here on there is one reader only, which drops what it reads. */
  #ending = false;

  constructor({ channel, inactivityMs, peerName, signal }: ConversationOptions) {
    this.#channel = channel;
    this.#peerName = peerName;
    this.#waits = new Waits(signal);
    // One clock for the whole talk. It counts only while we wait for the other side: our own slow
    // disk is not its silence.
    this.#clock = setInterval(() => {
      this.#waits.checkSilence(inactivityMs);
    }, inactivityMs / CHECKS);
  }

  /** Why this ended early, once it has. */
  get stopped(): BeelineError | undefined {
    return this.#waits.stopped;
  }

  /** Ends whatever is waited for, now and from now on. The first reason counts. */
  stop(error: BeelineError): void {
    this.#waits.stop(error);
  }

  /** Waits for the other side. One wait at a time. @throws why it was stopped */
  until<T>(answer: Promise<T>): Promise<T> {
    return this.#waits.until(answer);
  }

  /** Sends bytes, as fast as the other side takes them. Takes ownership of the buffer. */
  async send(frame: Buffer): Promise<void> {
    if (this.stopped !== undefined) throw this.stopped;
    const room = this.#channel.write(frame);
    if (room !== undefined) await this.until(room);
  }

  /**
   * The next frame of those that carry a transfer on.
   * @throws what the other side gave as its reason in a NACK or ERROR, PEER_LOST when it ended,
   * PROTOCOL
   */
  async nextFrame(): Promise<Frame> {
    for (;;) {
      const frame = this.#frames.next();
      if (frame !== undefined) {
        this.#lastHeard = frame.type;
        if (endsTalk(frame.type)) throw peerSaid(frame.payload, this.#peerName);
        return frame;
      }
      const chunk = await this.#read();
      if (chunk === null || this.#ending) throw errors.peerLost();
      this.#frames.feed(chunk);
    }
  }

  /** Tells the other side why, as far as that makes sense, within a short time. Never rejects. */
  async farewell(error: BeelineError, role: 'sender' | 'recipient'): Promise<void> {
    // Who ended the talk itself needs no answer.
    if (this.#lastHeard !== undefined && endsTalk(this.#lastHeard)) return;
    const reason = reasonFor(error, role, this.#lastHeard === FrameType.done);
    if (reason === undefined) return;
    // Nobody waits for room here: `end` sends what is queued.
    this.#channel.write(encodeReason(FrameType[reason.type], reason.text))?.catch(ignore);
    await this.end(FAREWELL_MS);
  }

  /**
   * Sends what is queued and says goodbye, within so many milliseconds. Never rejects.
   * What still comes in is read and dropped, else the other side could not come to its end.
   */
  async end(withinMs: number): Promise<void> {
    this.#ending = true;
    this.#drain().catch(ignore);
    await within(withinMs, this.#channel.end());
  }

  async #drain(): Promise<void> {
    await this.#reading;
    while ((await this.#read()) !== null);
  }

  #read(): Promise<Buffer | null> {
    this.#reading = this.#channel.read();
    return this.#reading;
  }

  /** Drops the connection and whatever is left of this. */
  close(): void {
    clearInterval(this.#clock);
    this.#waits.close();
    this.#channel.destroy();
  }
}

function endsTalk(type: FrameType): boolean {
  return type === FrameType.nack || type === FrameType.error;
}

/** Waits for something, but not longer. Never rejects. */
export async function within(milliseconds: number, done: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([done.catch(ignore), late]);
  clearTimeout(timer);
}

function ignore(): void {
  // The reason is known already, or nobody needs it any more.
}
