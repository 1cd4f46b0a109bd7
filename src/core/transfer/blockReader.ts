import type { FileHandle } from 'node:fs/promises';
import { errors } from '../errors';
import { MAX_DATA_BYTES } from '../wire/v2';
import { type SourceStat, hasChanged, reopenSource, sourceError } from './sourceFile';

/** Bytes read by one call: after 1 MiB the calls do not count any more. */
export const BLOCK_BYTES = 1024 * 1024;

/** A block, and the pieces of it that messages are made of. */
export class Block {
  readonly bytes: Buffer;
  readonly #pieces: readonly Buffer[];

  constructor(bytes: number) {
    this.bytes = Buffer.allocUnsafeSlow(bytes);
    this.#pieces = pieces(this.bytes);
  }

  /** The first so many bytes, as pieces. Those of a full block are always the same. */
  filled(bytes: number): readonly Buffer[] {
    return bytes === this.bytes.length ? this.#pieces : pieces(this.bytes.subarray(0, bytes));
  }
}

/**
 * A file as pieces for `data` messages. Two blocks take turns: the disk fills one while the other is
 * sent. They belong to the transfer and are used for each of its files again.
 */
export class BlockReader {
  readonly #handle: FileHandle;
  readonly #source: SourceStat;
  #current: Block;
  #next: Block;
  #position = 0;
  /** The bytes that are being read into `#next`. */
  #ahead: Promise<number>;

  /** @throws SOURCE_CHANGED, PATH_UNREADABLE */
  static async open(source: SourceStat, blocks: readonly [Block, Block]): Promise<BlockReader> {
    return new BlockReader(await reopenSource(source), source, blocks);
  }

  private constructor(handle: FileHandle, source: SourceStat, [current, next]: readonly Block[]) {
    if (current === undefined || next === undefined) throw errors.internal('a block is missing');
    this.#handle = handle;
    this.#source = source;
    this.#current = current;
    this.#next = next;
    this.#ahead = this.#readAhead();
  }

  /**
   * What comes next, nothing at the end. The pieces are good until the following call.
   * @throws SOURCE_CHANGED, PATH_UNREADABLE
   */
  async read(): Promise<readonly Buffer[]> {
    const bytes = await this.#ahead;
    [this.#current, this.#next] = [this.#next, this.#current];
    this.#ahead = this.#readAhead();
    return this.#current.filled(bytes);
  }

  hasChanged(): Promise<boolean> {
    return hasChanged(this.#handle, this.#source);
  }

  async close(): Promise<void> {
    await this.#ahead.catch(ignore);
    await this.#handle.close();
  }

  #readAhead(): Promise<number> {
    const position = this.#position;
    const bytes = Math.min(this.#next.bytes.length, this.#source.size - position);
    this.#position += bytes;
    const reading = this.#fill(this.#next.bytes, bytes, position);
    // Told by the next call of `read`; it must not count as unhandled until then.
    reading.catch(ignore);
    return reading;
  }

  /** A short read is allowed to happen; one that gives nothing means the file was cut. */
  async #fill(block: Buffer, bytes: number, position: number): Promise<number> {
    try {
      for (let filled = 0; filled < bytes;) {
        const { bytesRead } = await this.#handle.read(
          block,
          filled,
          bytes - filled,
          position + filled,
        );
        if (bytesRead === 0) throw errors.sourceChanged(this.#source.path);
        filled += bytesRead;
      }
      return bytes;
    } catch (thrown) {
      throw sourceError(this.#source.path, thrown);
    }
  }
}

function pieces(bytes: Buffer): Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / MAX_DATA_BYTES) }, (_, index) =>
    bytes.subarray(index * MAX_DATA_BYTES, (index + 1) * MAX_DATA_BYTES),
  );
}

function ignore(): void {
  // It rejects again where it is awaited, or nobody needs it any more.
}
