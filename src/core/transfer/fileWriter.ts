import type { IncomingFile } from '../receivefs/incomingFile';

/** Bytes gathered before the disk is asked: fewer, larger calls. */
const BATCH_BYTES = 1024 * 1024;

/**
 * Gathers bytes into batches and writes one while the next is gathered, so that the disk works
 * beside network and hash. At most two batches are in memory.
 */
export class FileWriter {
  readonly #file: IncomingFile;
  #batch: Buffer[] = [];
  #batchBytes = 0;
  #writing: Promise<void> | undefined;

  constructor(file: IncomingFile) {
    this.#file = file;
  }

  /** Takes the buffer. A returned promise asks the caller to wait; it rejects with what went wrong. */
  write(bytes: Buffer): Promise<void> | undefined {
    this.#batch.push(bytes);
    this.#batchBytes += bytes.length;
    return this.#batchBytes >= BATCH_BYTES ? this.#turn() : undefined;
  }

  /** Resolves once everything was written. */
  async finish(): Promise<void> {
    await this.#turn();
    await this.#writing;
  }

  async #turn(): Promise<void> {
    await this.#writing;
    const batch = this.#batch;
    this.#batch = [];
    this.#batchBytes = 0;
    if (batch.length === 0) return;
    this.#writing = this.#file.write(batch);
    // Told at the next turn or at the end; it must not count as unhandled until then.
    this.#writing.catch(() => undefined);
  }
}
