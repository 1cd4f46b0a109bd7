import { type BeelineError, errors, toBeelineError } from '../errors';
import { MessageType, type Want, WINDOW_BYTES, costOf, encodeCredit, encodeWant } from '../wire/v2';
import type { Manifest } from './manifest';
import { type ExpectedManifest, ManifestReader } from './manifestReader';
import type { ChannelMessage } from './messageChannel';
import { MessageTalk, type MessageTalkOptions } from './messageTalk';

/** Bytes dealt with before more are granted: often enough that a quick sender never stands still. */
const GRANT_BYTES = WINDOW_BYTES / 4;
/** Milliseconds after which also less is granted, so that on a slow line we do not seem silent. */
const GRANT_EVERY_MS = 1_000;

/**
 * The receiver's half of a talk: asks, grants what may come, and keeps that much at most until it is
 * dealt with. It listens all the while, so that it notices at once what was not granted, and a
 * cancel although our disk is busy.
 */
export class ReceiverTalk extends MessageTalk {
  readonly #arrived: ChannelMessage[] = [];
  /** Why nothing more comes after those that have arrived. */
  #over: BeelineError | undefined;
  #wake: (() => void) | undefined;
  /** Bytes that the sender may still send, and those for which it was not granted others yet. */
  #granted = WINDOW_BYTES;
  #dealtWith = 0;
  #grantedAt = performance.now();

  constructor(options: MessageTalkOptions, purpose: Want['purpose']) {
    super(options);
    this.say(MessageType.want, encodeWant({ purpose }));
    this.say(MessageType.credit, encodeCredit({ bytes: WINDOW_BYTES }));
    void this.#hear();
  }

  /** Why nothing more comes, once that is so; what has arrived before is still dealt with. */
  get over(): BeelineError | undefined {
    return this.stopped ?? this.#over;
  }

  /** Whether something is here that nobody has asked for yet. */
  get isAhead(): boolean {
    return this.#arrived.length > 0;
  }

  /** The next message that carries the transfer on. What was given before counts as dealt with. */
  async expect(): Promise<ChannelMessage> {
    this.#grantAgain();
    while (this.#arrived.length === 0) {
      if (this.over !== undefined) throw this.over;
      await this.until(
        new Promise<void>((resolve) => {
          this.#wake = resolve;
        }),
      );
    }
    if (this.stopped !== undefined) throw this.stopped;
    const message = this.#arrived.shift();
    if (message === undefined) throw errors.internal('a message went away');
    this.#dealtWith += costOf(message.type, message.payload);
    return message;
  }

  /** The whole list. @throws PROTOCOL, META_MISMATCH */
  async readManifest(expected?: ExpectedManifest): Promise<Manifest> {
    const reader = new ManifestReader(expected);
    for (;;) {
      const { type, payload } = await this.expect();
      if (type !== MessageType.manifest) {
        throw errors.protocol(`a message of type ${type} within the manifest`);
      }
      const manifest = reader.add(payload);
      if (manifest !== undefined) return manifest;
    }
  }

  /** Resolves when nothing more comes. */
  async heardAll(): Promise<void> {
    while (this.#over === undefined) await this.expect();
  }

  /** Never rejects. */
  async #hear(): Promise<void> {
    try {
      for (;;) this.#take(await this.next());
    } catch (thrown) {
      const error = toBeelineError(thrown);
      this.#over = error;
      // Before a sender left, or said why it stops, it may have sent whole files: those come first.
      if (error.code === 'CANCELLED_BY_PEER' || error.code === 'PROTOCOL') this.stop(error);
      this.giveUpWork();
      this.#wake?.();
    }
  }

  #take(message: ChannelMessage): void {
    const cost = costOf(message.type, message.payload);
    this.#granted -= cost;
    if (this.#granted < 0) throw errors.protocol('more than it was granted');
    if (message.type === MessageType.alive) {
      this.#dealtWith += cost;
      this.#grantAgain();
      return;
    }
    this.#arrived.push(message);
    this.#wake?.();
  }

  #grantAgain(): void {
    const bytes = this.#dealtWith;
    const now = performance.now();
    if (bytes < GRANT_BYTES && (bytes === 0 || now - this.#grantedAt < GRANT_EVERY_MS)) return;
    this.#granted += bytes;
    this.#dealtWith = 0;
    this.#grantedAt = now;
    this.say(MessageType.credit, encodeCredit({ bytes }));
  }
}
