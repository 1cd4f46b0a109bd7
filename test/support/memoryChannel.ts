import { errors } from '../../src/core/errors';
import type { ByteChannel } from '../../src/core/transfer/byteChannel';

export interface MemoryChannelOptions {
  /** Bytes in flight before the writer is asked to wait. */
  readonly bufferBytes?: number;
  /** Cuts what one side writes into the chunks that the other reads. */
  readonly split?: (bytes: Buffer) => readonly Buffer[];
  /** The connection breaks, both ways, once so many bytes went this way. */
  readonly dropAfter?: number;
  /** Changes bytes on the way; `offset` is the position of the chunk in the stream. */
  readonly corrupt?: (bytes: Buffer, offset: number) => Buffer;
}

/** Two ends of one connection in memory; `there` is what the first end's words go through. */
export function memoryChannelPair(
  there: MemoryChannelOptions = {},
  back: MemoryChannelOptions = {},
): [MemoryChannel, MemoryChannel] {
  const line = { broken: false };
  const out = new Pipe(there, line);
  const home = new Pipe(back, line);
  const drop = (): void => {
    line.broken = true;
    out.breakOff();
    home.breakOff();
  };
  out.onDrop = drop;
  home.onDrop = drop;
  return [new MemoryChannel(out, home, drop, 'a'), new MemoryChannel(home, out, drop, 'b')];
}

export class MemoryChannel implements ByteChannel {
  readonly remoteKeyHash: string;

  constructor(
    private readonly outgoing: Pipe,
    private readonly incoming: Pipe,
    private readonly drop: () => void,
    remote: string,
  ) {
    this.remoteKeyHash = remote.repeat(64);
  }

  /** Most bytes that were ever in flight from this end. */
  get peakBytes(): number {
    return this.outgoing.peakBytes;
  }

  write(bytes: Buffer): Promise<void> | undefined {
    return this.outgoing.write(bytes);
  }

  read(): Promise<Buffer | null> {
    return this.incoming.read();
  }

  end(): Promise<void> {
    return this.outgoing.end();
  }

  destroy(): void {
    this.drop();
  }
}

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

class Pipe {
  onDrop: () => void = () => undefined;
  peakBytes = 0;
  #chunks: Buffer[] = [];
  #queued = 0;
  #passed = 0;
  #ended = false;
  #reader: ((chunk: Buffer | null) => void) | undefined;
  #writers: Waiter[] = [];
  #enders: (() => void)[] = [];

  constructor(
    private readonly options: MemoryChannelOptions,
    private readonly line: { readonly broken: boolean },
  ) {}

  write(bytes: Buffer): Promise<void> | undefined {
    if (this.line.broken || this.#ended) return Promise.reject(errors.peerLost());
    const { split, corrupt, dropAfter = Infinity, bufferBytes = 256 * 1024 } = this.options;
    const left = dropAfter - this.#passed;
    const changed = (corrupt?.(bytes, this.#passed) ?? bytes).subarray(0, left);
    this.#passed += changed.length;
    for (const chunk of split?.(changed) ?? [changed]) this.#push(chunk);
    if (bytes.length > left) {
      this.#ended = true;
      // What went through before the break is still read; then both ends find the line dead.
      if (this.#queued === 0) this.onDrop();
      return Promise.reject(errors.peerLost());
    }
    if (this.#queued < bufferBytes) return undefined;
    return new Promise((resolve, reject) => this.#writers.push({ resolve, reject }));
  }

  read(): Promise<Buffer | null> {
    if (this.#reader !== undefined) throw new Error('two readers at a time');
    const chunk = this.#chunks.shift();
    if (chunk !== undefined) {
      this.#queued -= chunk.length;
      this.#drained();
      return Promise.resolve(chunk);
    }
    if (this.#ended || this.line.broken) {
      this.#settleEnders();
      return Promise.resolve(null);
    }
    return new Promise((resolve) => {
      this.#reader = resolve;
    });
  }

  end(): Promise<void> {
    if (this.line.broken) return Promise.resolve();
    this.#ended = true;
    return new Promise((resolve) => {
      this.#enders.push(resolve);
      if (this.#chunks.length === 0 && this.#reader !== undefined) this.#deliver(null);
    });
  }

  breakOff(): void {
    this.#chunks = [];
    this.#queued = 0;
    const lost = errors.peerLost();
    for (const writer of this.#writers.splice(0)) writer.reject(lost);
    this.#deliver(null);
  }

  #push(chunk: Buffer): void {
    if (chunk.length === 0) return;
    if (this.#reader !== undefined) {
      this.#deliver(chunk);
      return;
    }
    this.#chunks.push(chunk);
    this.#queued += chunk.length;
    this.peakBytes = Math.max(this.peakBytes, this.#queued);
  }

  #deliver(chunk: Buffer | null): void {
    const reader = this.#reader;
    this.#reader = undefined;
    reader?.(chunk);
    if (chunk === null) this.#settleEnders();
  }

  #drained(): void {
    const { bufferBytes = 256 * 1024, dropAfter = Infinity } = this.options;
    if (this.#queued < bufferBytes) for (const each of this.#writers.splice(0)) each.resolve();
    if (this.#queued === 0 && this.#ended && this.#passed >= dropAfter) queueMicrotask(this.onDrop);
  }

  #settleEnders(): void {
    for (const ender of this.#enders.splice(0)) ender();
  }
}
