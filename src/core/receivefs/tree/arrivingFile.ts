import { type Hash, createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { errors } from '../../errors';
import type { ArrivingFile, ArrivingState } from '../../transfer/receivingTree';
import { BlockWriter } from '../blockWriter';
import { writeAll } from '../writeAll';
import type { ShownContent } from './shownContent';

/** Bytes copied at once from the earlier version. */
const COPY_BYTES = 256 * 1024;
/**
 * Bytes after which the disk is asked, in the background, to take what it has been given. So the
 * flush at the end is short, and after a power failure no more than this has to come again.
 */
export const MARK_EVERY_BYTES = 32 * 1024 * 1024;

export interface ArrivingParts {
  readonly handle: FileHandle;
  readonly state: ArrivingState;
  /** What is there already, and its hash so far. */
  readonly from?: { readonly offset: number; readonly hash: Hash };
  readonly shown?: ShownContent | undefined;
  /** So many bytes are durable. */
  readonly onDurable: (offset: number) => void;
  /** All of it is written and has this SHA-256. The handle is its own from here on. */
  readonly onWhole: (sha256: Buffer) => Promise<void>;
  /** It turned out to be something else, and is of no use. */
  readonly onWrong: () => Promise<void>;
  /** What the disk threw, as one of ours. */
  readonly toError: (thrown: unknown) => Error;
}

/** A file on its way to the disk. */
export class ArrivingOnDisk implements ArrivingFile {
  readonly #parts: ArrivingParts;
  readonly #hash: Hash;
  readonly #writer: BlockWriter;
  /** What is read from the earlier version, on its way into a block. */
  #copied: Buffer | undefined;
  /** Bytes that have come, and those that the system has. */
  #come: number;
  #written: number;
  #markedAt: number;
  #marking: Promise<void> | undefined;
  #isOver = false;

  constructor(parts: ArrivingParts) {
    this.#parts = parts;
    const { offset, hash } = parts.from ?? { offset: 0, hash: createHash('sha256') };
    this.#hash = hash;
    this.#come = offset;
    this.#written = offset;
    this.#markedAt = offset;
    this.#writer = new BlockWriter({ write: (batch) => this.#guard(this.#writeOut(batch)) });
  }

  write(bytes: Buffer): Promise<void> | undefined {
    if (this.#isOver) throw errors.internal('bytes for a file that is over');
    this.#hash.update(bytes);
    this.#come += bytes.length;
    this.#markInBackground();
    return this.#writer.write(bytes);
  }

  async copy(bytes: number): Promise<void> {
    const { shown } = this.#parts;
    if (shown === undefined || this.#come + bytes > shown.size) {
      throw errors.protocol('a copy of what is not there');
    }
    // One for all copies of a file: where every other block changed, they are many.
    const block = (this.#copied ??= Buffer.allocUnsafeSlow(COPY_BYTES));
    for (let left = bytes; left > 0;) {
      const piece = block.subarray(0, Math.min(left, block.length));
      await this.#guard(shown.read(piece, this.#come));
      const room = this.write(piece);
      if (room !== undefined) await room;
      left -= piece.length;
    }
  }

  async finish(sha256: Buffer): Promise<void> {
    const { state, shown, onWhole, onWrong } = this.#parts;
    if (this.#come !== state.size) {
      throw errors.protocol(`${this.#come} bytes instead of ${state.size}`);
    }
    await this.#guard(this.#drain());
    this.#isOver = true;
    if (!this.#hash.digest().equals(sha256)) {
      // A file here that changed in between is our own trouble, not the sender's lie.
      await this.#guard(shown?.demandUnchanged() ?? Promise.resolve());
      await onWrong();
      throw errors.hashMismatch();
    }
    await shown?.close();
    await this.#guard(onWhole(sha256));
  }

  /** Leaves on disk what has come so far. Never rejects. */
  async letGo(): Promise<void> {
    if (this.#isOver) return;
    await this.#drain().catch(() => undefined);
    this.#isOver = true;
    await this.#parts.shown?.close().catch(() => undefined);
    await this.#parts.handle.close().catch(() => undefined);
  }

  async #drain(): Promise<void> {
    await this.#writer.finish();
    await this.#marking;
  }

  async #writeOut(batch: readonly Buffer[]): Promise<void> {
    this.#written += await writeAll(this.#parts.handle, batch, this.#written);
  }

  #markInBackground(): void {
    if (this.#marking !== undefined || this.#written - this.#markedAt < MARK_EVERY_BYTES) return;
    const offset = this.#written;
    this.#markedAt = offset;
    // A disk that fails here fails again at the flush that counts.
    this.#marking = this.#parts.handle
      .datasync()
      .then(() => {
        this.#parts.onDurable(offset);
      })
      .catch(() => undefined)
      .finally(() => {
        this.#marking = undefined;
      });
  }

  async #guard<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (thrown) {
      throw this.#parts.toError(thrown);
    }
  }
}
