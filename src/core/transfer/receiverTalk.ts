import { errors } from '../errors';
import { MessageType, type Want, WINDOW_BYTES, costOf, encodeCredit, encodeWant } from '../wire/v2';
import type { Manifest } from './manifest';
import { type ExpectedManifest, ManifestReader } from './manifestReader';
import type { ChannelMessage } from './messageChannel';
import { MessageTalk, type MessageTalkOptions } from './messageTalk';

/** Bytes dealt with before more are granted: often enough that a quick sender never stands still. */
const GRANT_BYTES = WINDOW_BYTES / 4;
/** Milliseconds after which also less is granted, so that on a slow line we do not seem silent. */
const GRANT_EVERY_MS = 1_000;

/** The receiver's half of a talk: asks, grants what may come, and refuses what comes beyond. */
export class ReceiverTalk extends MessageTalk {
  /** Bytes that the sender may still send. */
  #granted = WINDOW_BYTES;
  #grantedAt = performance.now();
  #ahead: Promise<ChannelMessage> | undefined;
  #isEarly = false;

  constructor(options: MessageTalkOptions, purpose: Want['purpose']) {
    super(options);
    this.say(MessageType.want, encodeWant({ purpose }));
    this.say(MessageType.credit, encodeCredit({ bytes: WINDOW_BYTES }));
  }

  /**
   * The next message that carries the transfer on, by the sender's half. What was got before counts
   * as dealt with.
   */
  async expect(): Promise<ChannelMessage> {
    for (;;) {
      this.#grantAgain();
      const message = await this.until(this.#ahead ?? this.next());
      this.#ahead = undefined;
      this.#granted -= costOf(message.type, message.payload);
      if (this.#granted < 0) throw errors.protocol('more than it was granted');
      if (message.type !== MessageType.alive) return message;
    }
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

  /** Listens for what has no business to come before `refuseEarly` is called. */
  listenAhead(): void {
    this.#ahead = this.next();
    this.#ahead.then(
      ({ type }) => {
        this.#isEarly = type !== MessageType.alive;
      },
      () => undefined, // It rejects again at `expect`.
    );
  }

  /** @throws PROTOCOL */
  refuseEarly(): void {
    if (this.#isEarly) throw errors.protocol('a message before the list was accepted');
  }

  #grantAgain(): void {
    const bytes = WINDOW_BYTES - this.#granted;
    const now = performance.now();
    if (bytes < GRANT_BYTES && (bytes === 0 || now - this.#grantedAt < GRANT_EVERY_MS)) return;
    this.#granted = WINDOW_BYTES;
    this.#grantedAt = now;
    this.say(MessageType.credit, encodeCredit({ bytes }));
  }
}
