import type { SourceReader } from './sendingTree';

/** Bytes read by one call: after 1 MiB the calls do not count any more. */
export const BLOCK_BYTES = 1024 * 1024;

/** Two blocks of a size, made once for all files of a transfer that want no larger ones. */
export class BlockPair {
  #blocks: readonly [Buffer, Buffer] | undefined;

  ofBytes(bytes: number): readonly [Buffer, Buffer] {
    if (this.#blocks?.[0].length !== bytes) {
      this.#blocks = [Buffer.allocUnsafeSlow(bytes), Buffer.allocUnsafeSlow(bytes)];
    }
    return this.#blocks;
  }
}

/** A file block by block. Two take turns: the disk fills one while the other is sent. */
export class BlockReader {
  readonly #reader: SourceReader;
  #current: Buffer;
  #next: Buffer;
  #position: number;
  /** What is being read into `#next`. */
  #ahead: Promise<Buffer | undefined>;

  constructor(reader: SourceReader, [current, next]: readonly [Buffer, Buffer], from = 0) {
    this.#reader = reader;
    this.#current = current;
    this.#next = next;
    this.#position = from;
    this.#ahead = this.#readAhead();
  }

  /**
   * What comes next, nothing at the end, undefined when the file became shorter. Good until the
   * following call. @throws PATH_UNREADABLE
   */
  async read(): Promise<Buffer | undefined> {
    const bytes = await this.#ahead;
    [this.#current, this.#next] = [this.#next, this.#current];
    this.#ahead = this.#readAhead();
    return bytes;
  }

  /** Waits until nothing is read any more: only then the file may be closed. Never rejects. */
  async settle(): Promise<void> {
    await this.#ahead.catch(ignore);
  }

  #readAhead(): Promise<Buffer | undefined> {
    const position = this.#position;
    const bytes = Math.min(this.#next.length, this.#reader.state.size - position);
    this.#position += bytes;
    const reading = this.#fill(this.#next.subarray(0, bytes), position);
    // Told by the next call of `read`; it must not count as unhandled until then.
    reading.catch(ignore);
    return reading;
  }

  async #fill(target: Buffer, position: number): Promise<Buffer | undefined> {
    if (target.length === 0) return target;
    return (await this.#reader.read(target, position)) === target.length ? target : undefined;
  }
}

function ignore(): void {
  // It rejects again where it is awaited, or nobody needs it any more.
}
