/** Where the blocks go, one batch after the other. Those of a batch are used again after it. */
export interface Sink {
  write(buffers: readonly Buffer[]): Promise<void>;
}

/** Bytes of one block: a small file should not cost more memory than it has to. */
const BLOCK_BYTES = 256 * 1024;
/** Full blocks before the disk is asked, one MiB: fewer, larger calls. */
const BATCH_BLOCKS = 4;
/** Full blocks that may wait while the disk is busy, so that its hiccups do not reach the network. */
const MAX_WAITING_BLOCKS = 16;

/**
 * Gathers bytes into blocks and writes some while the next are gathered, so that the disk works
 * beside network and hash. The slower the disk answers, the larger the batch that waits for it.
 *
 * The bytes are copied, and the blocks used again: buffers from the network that live until the disk
 * has answered outlive the collector's quick rounds, and pile up by the hundred megabytes before a
 * thorough one.
 */
export class BlockWriter {
  readonly #file: Sink;
  readonly #free: Buffer[] = [];
  #full: Buffer[] = [];
  #block: Buffer | undefined;
  #filled = 0;
  /** Settles when nothing is being written; rejects with what went wrong. */
  #writing: Promise<void> | undefined;

  constructor(file: Sink) {
    this.#file = file;
  }

  /** Copies the bytes. A returned promise asks the caller to wait; it rejects with what went wrong. */
  write(bytes: Buffer): Promise<void> | undefined {
    for (let copied = 0; copied < bytes.length;) {
      this.#block ??= this.#free.pop() ?? Buffer.allocUnsafeSlow(BLOCK_BYTES);
      const count = bytes.copy(this.#block, this.#filled, copied);
      copied += count;
      this.#filled += count;
      if (this.#filled === BLOCK_BYTES) {
        this.#full.push(this.#block);
        this.#block = undefined;
        this.#filled = 0;
      }
    }
    if (this.#writing === undefined) {
      if (this.#full.length >= BATCH_BLOCKS) this.#start();
      return undefined;
    }
    return this.#full.length >= MAX_WAITING_BLOCKS ? this.#writing : undefined;
  }

  /** Resolves once everything was written. Whatever comes of it, nothing is given a second time. */
  async finish(): Promise<void> {
    await this.#writing;
    const rest = this.#block?.subarray(0, this.#filled);
    const last = rest === undefined ? this.#full : [...this.#full, rest];
    this.#full = [];
    this.#block = undefined;
    this.#filled = 0;
    if (last.length > 0) await this.#file.write(last);
  }

  #start(): void {
    this.#writing = this.#writeOut();
    // Told at the next wait or at the end; it must not count as unhandled until then.
    this.#writing.catch(() => undefined);
  }

  async #writeOut(): Promise<void> {
    do {
      const batch = this.#full;
      this.#full = [];
      await this.#file.write(batch);
      this.#free.push(...batch);
    } while (this.#full.length >= BATCH_BLOCKS);
    this.#writing = undefined;
  }
}
