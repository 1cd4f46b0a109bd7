import type NoiseStream from '@hyperswarm/secret-stream';
import type Protomux from 'protomux';
import { errors } from '../errors';
import type { LinkPath } from '../events';
import type { MessageChannel } from '../transfer/messageChannel';
import { gated, ID_BYTES } from './frameGate';
import { decodeHello, encodeHello, type Hello } from './hello';
import type { ChannelProtocol, Link } from './links';
import { muxChannel } from './muxChannel';
import { Turns } from './turns';

/** Channels of one link that each side opens. */
const MAX_CHANNELS = 64;

/** Bytes received on a link that nobody has read: more than the credit of any protocol above. */
const BACKLOG_BYTES = 64 * 1024 * 1024;

/** Refused channels in a row without the other side reading our refusals. */
const MAX_REFUSALS = 1024;

const PROTOCOLS = [
  'beeline/offer',
  'beeline/transfer',
  'beeline/session',
] as const satisfies readonly ChannelProtocol[];

/** Message types of `beeline/hello`. */
const HELLO = 0;
const PING = 1;
const PONG = 2;

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
  #refusals = 0;
  #pongs: (() => void)[] = [];

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
      this.#refusals = 0;
      this.#turns.go();
    });
    for (const protocol of PROTOCOLS) {
      this.#mux.pair({ protocol, id: null }, (id) => {
        this.#asked(protocol, Buffer.from(id ?? []));
      });
    }
    this.#hello = this.#channel('beeline/hello', Buffer.alloc(0), () => {
      this.close();
    });
    void this.#listen();
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

  isSameProcess(other: LinkConnection): boolean {
    return this.#parts.stream.remotePublicKey.equals(other.#parts.stream.remotePublicKey);
  }

  /** Low: makes this connection the link, once the other side answers. */
  choose(): void {
    if (this.#state.kind !== 'spare') return;
    this.#state = { kind: 'asked' };
    this.#say(HELLO, encodeHello(this.#parts.own));
  }

  /** Whether the other side answers within `ms`. */
  async isAlive(ms: number): Promise<boolean> {
    if (this.#state.kind === 'closed') return false;
    let timer: NodeJS.Timeout | undefined;
    const answered = new Promise<boolean>((resolve) => {
      this.#pongs.push(() => {
        resolve(true);
      });
      timer = setTimeout(resolve, ms, false);
      void this.closed.then(() => {
        resolve(false);
      });
    });
    this.#say(PING, Buffer.alloc(0));
    const alive = await answered;
    clearTimeout(timer);
    return alive;
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

  async #listen(): Promise<void> {
    for (;;) {
      const message = await this.#hello?.receive();
      if (!message) break;
      try {
        if (message.type === PING) this.#say(PONG, Buffer.alloc(0));
        else if (message.type === PONG) for (const heard of this.#pongs.splice(0)) heard();
        else if (message.type === HELLO) await this.#greeted(decodeHello(message.payload));
      } catch {
        this.#violated('its hello');
      }
    }
    this.close();
  }

  async #greeted(remote: Hello): Promise<void> {
    const { isLow, own, hooks } = this.#parts;
    // Low answers nobody, and is answered once.
    if (this.#state.kind !== (isLow ? 'asked' : 'spare')) {
      this.#violated('a hello that nobody asked for');
      return;
    }
    if (!isLow) {
      this.#state = { kind: 'asked' };
      const isFollowed = await hooks.mayFollow(this);
      if (this.kind === 'closed') return;
      if (!isFollowed) {
        this.close();
        return;
      }
      this.#say(HELLO, encodeHello(own));
    }
    this.#state = { kind: 'online', remote };
    hooks.onChosen(this);
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
      this.#refused();
      return;
    }
    const channel = this.#register(protocol, id, true);
    if (channel === null) {
      this.#refused();
      return;
    }
    if (this.#parts.hooks.onChannel(this, protocol, id, channel)) return;
    channel.close();
    this.#refused();
  }

  /** Each refusal is written to the other side, which may read none of them. */
  #refused(): void {
    this.#refusals = this.#mux.drained ? 0 : this.#refusals + 1;
    if (this.#refusals > MAX_REFUSALS) this.#violated('too many channels at once');
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

  #channel(protocol: string, id: Buffer, onClose: () => void): MessageChannel | null {
    return muxChannel({
      mux: this.#mux,
      protocol,
      id,
      turns: this.#turns,
      onClose,
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
