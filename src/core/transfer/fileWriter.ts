import type { IncomingFile } from '../receivefs/incomingFile';

/** Bytes gathered before the disk is asked: fewer, larger calls. */
const BATCH_BYTES = 1024 * 1024;
/** Bytes that may gather while the disk is busy, so that its hiccups do not reach the network. */
const MAX_GATHERED_BYTES = 4 * 1024 * 1024;
/** Pieces, so that a peer that sends byte by byte does not fill memory with their bookkeeping. */
const MAX_PIECES = 1024;

/**
 * Gathers bytes into batches and writes one while the next is gathered, so that the disk works
 * beside network and hash. The slower the disk answers, the larger the batch that waits for it.
 */
export class FileWriter {
  readonly #file: IncomingFile;
  #pieces: Buffer[] = [];
  #bytes = 0;
  /** Settles when nothing is being written; rejects with what went wrong. */
  #writing: Promise<void> | undefined;

  constructor(file: IncomingFile) {
    this.#file = file;
  }

  /** Takes the buffer. A returned promise asks the caller to wait; it rejects with what went wrong. */
  write(bytes: Buffer): Promise<void> | undefined {
    if (bytes.length === 0) return undefined;
    this.#pieces.push(bytes);
    this.#bytes += bytes.length;
    const isMany = this.#pieces.length >= MAX_PIECES;
    if (this.#writing === undefined) {
      if (isMany || this.#bytes >= BATCH_BYTES) this.#start();
      return undefined;
    }
    return isMany || this.#bytes >= MAX_GATHERED_BYTES ? this.#writing : undefined;
  }

  /** Resolves once everything was written. */
  async finish(): Promise<void> {
    await this.#writing;
    if (this.#pieces.length > 0) await this.#file.write(this.#take());
  }

  #start(): void {
    this.#writing = this.#writeOut();
    // Told at the next wait or at the end; it must not count as unhandled until then.
    this.#writing.catch(() => undefined);
  }

  async #writeOut(): Promise<void> {
    do await this.#file.write(this.#take());
    while (this.#bytes >= BATCH_BYTES);
    this.#writing = undefined;
  }

  #take(): Buffer[] {
    const pieces = this.#pieces;
    this.#pieces = [];
    this.#bytes = 0;
    return pieces;
  }
}
