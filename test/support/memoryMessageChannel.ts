import { errors } from '../../src/core/errors';
import type { ChannelMessage, MessageChannel } from '../../src/core/transfer/messageChannel';

export interface MemoryLineOptions {
  /** Bytes that one side has not taken yet before the other is asked to wait, as a link would. */
  readonly bufferBytes?: number;
  /** The link breaks, both ways, instead of the message with this number that goes this way. */
  readonly dropAt?: number;
  /** Changes a message on the way, or swallows it. */
  readonly alter?: (message: ChannelMessage, number: number) => ChannelMessage | undefined;
}

/** Two ends of one message channel in memory; `there` is what the first end's words go through. */
export function memoryMessageChannelPair(
  there: MemoryLineOptions = {},
  back: MemoryLineOptions = {},
): [MemoryMessageChannel, MemoryMessageChannel] {
  const out = new Line(there);
  const home = new Line(back);
  const cut = (): void => {
    out.cut();
    home.cut();
  };
  out.onDrop = cut;
  home.onDrop = cut;
  return [new MemoryMessageChannel(out, home, cut), new MemoryMessageChannel(home, out, cut)];
}

export class MemoryMessageChannel implements MessageChannel {
  constructor(
    private readonly outgoing: Line,
    private readonly incoming: Line,
    /** The link is gone, without a goodbye and with all that was on its way. */
    readonly cut: () => void,
  ) {}

  /** All that was sent from this end, by type and size. */
  get sent(): readonly { readonly type: number; readonly bytes: number }[] {
    return this.outgoing.sent;
  }

  /** Most bytes of payload that ever waited for the other end. */
  get peakBytes(): number {
    return this.outgoing.peakBytes;
  }

  send(type: number, payload: Uint8Array): Promise<void> | undefined {
    return this.outgoing.send({ type, payload: Buffer.from(payload) });
  }

  receive(): Promise<ChannelMessage | null> {
    return this.incoming.receive();
  }

  close(): void {
    this.outgoing.end();
    this.incoming.abandon();
  }
}

interface Writer {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

class Line {
  onDrop: () => void = () => undefined;
  readonly sent: { readonly type: number; readonly bytes: number }[] = [];
  peakBytes = 0;
  #queue: ChannelMessage[] = [];
  #queued = 0;
  #isClosed = false;
  #reader: ((message: ChannelMessage | null) => void) | undefined;
  #writers: Writer[] = [];

  constructor(private readonly options: MemoryLineOptions) {}

  send(message: ChannelMessage): Promise<void> | undefined {
    if (message.type < 0 || message.type > 16) throw new Error(`a message type ${message.type}`);
    if (this.#isClosed) return Promise.reject(errors.peerLost());
    const { alter, dropAt, bufferBytes = 256 * 1024 } = this.options;
    const number = this.sent.length;
    this.sent.push({ type: message.type, bytes: message.payload.length });
    if (number === dropAt) {
      this.onDrop();
      return Promise.reject(errors.peerLost());
    }
    const altered = alter === undefined ? message : alter(message, number);
    if (altered !== undefined) this.#push(altered);
    if (this.#queued < bufferBytes) return undefined;
    return new Promise((resolve, reject) => this.#writers.push({ resolve, reject }));
  }

  receive(): Promise<ChannelMessage | null> {
    if (this.#reader !== undefined) throw new Error('two readers at a time');
    const message = this.#queue.shift();
    if (message !== undefined) {
      this.#queued -= message.payload.length;
      const { bufferBytes = 256 * 1024 } = this.options;
      if (this.#queued < bufferBytes) for (const each of this.#writers.splice(0)) each.resolve();
      return Promise.resolve(message);
    }
    if (this.#isClosed) return Promise.resolve(null);
    return new Promise((resolve) => {
      this.#reader = resolve;
    });
  }

  /** What was sent before is still read. */
  end(): void {
    this.#isClosed = true;
    for (const writer of this.#writers.splice(0)) writer.resolve();
    if (this.#queue.length === 0) this.#deliver(null);
  }

  /** Nobody reads any more. */
  abandon(): void {
    this.cut();
  }

  cut(): void {
    this.#isClosed = true;
    this.#queue = [];
    this.#queued = 0;
    const lost = errors.peerLost();
    for (const writer of this.#writers.splice(0)) writer.reject(lost);
    this.#deliver(null);
  }

  #push(message: ChannelMessage): void {
    if (this.#reader !== undefined) {
      this.#deliver(message);
      return;
    }
    this.#queue.push(message);
    this.#queued += message.payload.length;
    this.peakBytes = Math.max(this.peakBytes, this.#queued);
  }

  #deliver(message: ChannelMessage | null): void {
    const reader = this.#reader;
    this.#reader = undefined;
    reader?.(message);
  }
}
