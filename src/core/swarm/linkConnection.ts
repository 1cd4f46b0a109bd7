import { setTimeout as delay } from 'node:timers/promises';
import type NoiseStream from '@hyperswarm/secret-stream';
import type Protomux from 'protomux';
import { errors } from '../errors';
import type { LinkPath } from '../events';
import type { ChannelMessage, MessageChannel } from '../transfer/messageChannel';
import { gated, ID_BYTES } from '../wire/frameGate';
import { decodeHello, encodeHello, type Hello } from './hello';
import type { ChannelProtocol, Link } from './links';
import { muxChannel } from './muxChannel';
import { Turns } from './turns';

/** Channels of one link that each side opens. */
const MAX_CHANNELS = 64;

/** Bytes received on a link that nobody has read: more than the credit of any protocol above. */
const BACKLOG_BYTES = 64 * 1024 * 1024;

/** Refusals and signs of life in a row that are written without the other side reading them. */
const MAX_ANSWERS = 1024;

const PROTOCOLS = [
  'beeline/offer',
  'beeline/transfer',
  'beeline/session',
] as const satisfies readonly ChannelProtocol[];

/** Message types of `beeline/hello`. */
const HELLO = 0;
const PING = 1;
const PONG = 2;

/** Milliseconds between two looks whether the other side was heard. */
const ALIVE_POLL_MS = 20;

export interface LinkConnectionParts {
  readonly stream: NoiseStream;
  readonly Protomux: typeof Protomux;
  readonly kid: string;
  /** Only the low side says hello by itself, on the connection that it chooses as the link. */
  readonly isLow: boolean;
  readonly own: Hello;
  readonly pathNow: () => LinkPath;
  readonly hooks: ConnectionHooks;
}

export interface ConnectionHooks {
  /** High: low chose this connection. False closes it. */
  mayFollow(connection: LinkConnection): Promise<boolean>;
  /** The hello was answered, by us or by the other side. */
  onChosen(connection: LinkConnection): void;
  onClosed(connection: LinkConnection): void;
  /** The last channel that may carry file data was closed. */
  onIdle(connection: LinkConnection): void;
  onViolation(connection: LinkConnection, what: string): void;
  onChannel(
    connection: LinkConnection,
    protocol: ChannelProtocol,
    id: Buffer,
    channel: MessageChannel,
  ): boolean;
}

type State =
  | { readonly kind: 'spare' | 'asked' }
  | { readonly kind: 'online'; readonly remote: Hello }
  | { readonly kind: 'closed'; readonly remote?: Hello };

/** One connection to a paired agent that has proven who it is: the link, or one that may become it. */
export class LinkConnection implements Link {
  readonly kid: string;
  readonly closed: Promise<void>;
  // Private also at run time: whoever prints a link must not print the keys of its stream.
  readonly #parts: LinkConnectionParts;
  #state: State = { kind: 'spare' };
  #resolveClosed: () => void = () => undefined;
  #mux: Protomux;
  #turns: Turns;
  #hello: MessageChannel | null;
  #channels = new Map<string, MessageChannel>();
  #theirs = 0;
  #backlog = 0;
  #answers = 0;

  constructor(parts: LinkConnectionParts) {
    const { stream, Protomux } = parts;
    this.#parts = parts;
    this.kid = parts.kid;
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
    stream.on('error', () => undefined);
    stream.on('close', () => {
      this.close();
    });
    const gate = gated(stream, (what) => {
      this.#violated(what);
    });
    this.#mux = new Protomux(gate);
    this.#turns = new Turns(() => this.#mux.drained);
    stream.on('drain', () => {
      this.#answers = 0;
      this.#turns.go();
    });
    for (const protocol of PROTOCOLS) {
      this.#mux.pair({ protocol, id: null }, (id) => {
        this.#asked(protocol, Buffer.from(id ?? []));
      });
    }
    this.#hello = this.#channel(
      'beeline/hello',
      Buffer.alloc(0),
      () => {
        this.close();
      },
      (message) => {
        this.#heard(message);
      },
    );
  }

  get path(): LinkPath {
    return this.#parts.pathNow();
  }

  get remote(): Hello {
    return 'remote' in this.#state ? this.#state.remote : { version: '', features: [] };
  }

  get kind(): State['kind'] {
    return this.#state.kind;
  }

  /** Whether no file is being moved over it. */
  get isIdle(): boolean {
    return ![...this.#channels.keys()].some((key) => key.startsWith('beeline/transfer'));
  }

  /** Of the process on the other side: the same for all of its connections. */
  get noiseKey(): Buffer {
    return this.#parts.stream.remotePublicKey;
  }

  isOf(noiseKey: Buffer): boolean {
    return this.noiseKey.equals(noiseKey);
  }

  /** Low: makes this connection the link, once the other side answers. */
  choose(): void {
    if (this.#state.kind !== 'spare') return;
    this.#state = { kind: 'asked' };
    this.#say(HELLO, encodeHello(this.#parts.own));
  }

  /**
   * Whether anything is heard from the other side within `ms`. It is asked to answer, but while a
   * file moves over a slow network its answer stands in line; the packets that acknowledge do not.
   */
  async isAlive(ms: number): Promise<boolean> {
    if (this.#state.kind === 'closed') return false;
    const before = this.#heardSoFar();
    this.#say(PING, Buffer.alloc(0));
    const isOver = (): boolean => this.#state.kind === 'closed';
    const deadline = performance.now() + ms;
    while (performance.now() < deadline) {
      await delay(ALIVE_POLL_MS);
      if (isOver()) return false;
      if (this.#heardSoFar() !== before) return true;
    }
    return false;
  }

  /** Grows with everything that arrives, however small. */
  #heardSoFar(): number {
    const { rawBytesRead, rawStream } = this.#parts.stream;
    return rawBytesRead + (rawStream.packetsReceived ?? 0);
  }

  open(protocol: ChannelProtocol, id: Buffer): MessageChannel {
    if (this.#state.kind !== 'online') throw errors.peerLost();
    const known = this.#channels.get(keyOf(protocol, id));
    if (known !== undefined) return known;
    if (this.#channels.size >= MAX_CHANNELS) throw errors.protocol('too many channels at once');
    if (id.length > ID_BYTES) throw errors.internal('the id of a channel is too long');
    const channel = this.#register(protocol, id, false);
    if (channel === null) throw errors.peerLost();
    return channel;
  }

  close(): void {
    if (this.#state.kind === 'closed') return;
    this.#state = {
      kind: 'closed',
      ...('remote' in this.#state && { remote: this.#state.remote }),
    };
    this.#parts.stream.destroy();
    this.#turns.end();
    for (const channel of [...this.#channels.values()]) channel.close();
    this.#resolveClosed();
    this.#parts.hooks.onClosed(this);
  }

  /** In the turn in which it comes: a channel that is opened behind the hello may follow at once. */
  #heard({ type, payload }: ChannelMessage): void {
    try {
      if (type === HELLO) this.#greeted(decodeHello(payload));
      if (type !== PING) return;
      this.#say(PONG, Buffer.alloc(0));
      this.#answered();
    } catch {
      this.#violated('its hello');
    }
  }

  #greeted(remote: Hello): void {
    const { isLow } = this.#parts;
    // Low answers nobody, and is answered once.
    if (this.#state.kind !== (isLow ? 'asked' : 'spare')) {
      this.#violated('a hello that nobody asked for');
      return;
    }
    if (isLow) {
      this.#goOnline(remote);
      return;
    }
    this.#state = { kind: 'asked' };
    void this.#follow(remote);
  }

  async #follow(remote: Hello): Promise<void> {
    const isFollowed = await this.#parts.hooks.mayFollow(this);
    if (this.#state.kind === 'closed') return;
    if (!isFollowed) {
      this.close();
      return;
    }
    this.#say(HELLO, encodeHello(this.#parts.own));
    this.#goOnline(remote);
  }

  #goOnline(remote: Hello): void {
    this.#state = { kind: 'online', remote };
    this.#parts.hooks.onChosen(this);
  }

  #say(type: number, payload: Uint8Array): void {
    this.#hello?.send(type, payload)?.catch(() => undefined);
  }

  /** The other side opens a channel. */
  #asked(protocol: ChannelProtocol, id: Buffer): void {
    if (this.#state.kind === 'closed') return;
    if (this.#theirs >= MAX_CHANNELS) {
      this.#violated('too many channels at once');
      return;
    }
    // What is not taken is refused by Protomux.
    if (this.#state.kind !== 'online') {
      this.#answered();
      return;
    }
    const channel = this.#register(protocol, id, true);
    if (channel === null) {
      this.#answered();
      return;
    }
    if (this.#parts.hooks.onChannel(this, protocol, id, channel)) return;
    channel.close();
    this.#answered();
  }

  /** Something was written that the other side brought about, which may read none of it. */
  #answered(): void {
    this.#answers = this.#mux.drained ? 0 : this.#answers + 1;
    if (this.#answers > MAX_ANSWERS) this.#violated('questions without reading the answers');
  }

  #register(protocol: ChannelProtocol, id: Buffer, isTheirs: boolean): MessageChannel | null {
    const key = keyOf(protocol, id);
    const channel = this.#channel(protocol, id, () => {
      this.#channels.delete(key);
      if (isTheirs) this.#theirs -= 1;
      if (this.#state.kind === 'online' && this.isIdle) this.#parts.hooks.onIdle(this);
    });
    if (channel === null) return null;
    this.#channels.set(key, channel);
    if (isTheirs) this.#theirs += 1;
    return channel;
  }

  #channel(
    protocol: string,
    id: Buffer,
    onClose: () => void,
    onMessage?: (message: ChannelMessage) => void,
  ): MessageChannel | null {
    return muxChannel({
      mux: this.#mux,
      protocol,
      id,
      turns: this.#turns,
      onClose,
      onMessage,
      onBacklog: (bytes) => {
        this.#backlog += bytes;
        if (this.#backlog > BACKLOG_BYTES) this.#violated('more messages than were asked for');
      },
    });
  }

  #violated(what: string): void {
    if (this.#state.kind === 'closed') return;
    this.#parts.hooks.onViolation(this, what);
    this.close();
  }
}

const keyOf = (protocol: ChannelProtocol, id: Buffer): string =>
  `${protocol} ${id.toString('hex')}`;
