import { createHash, hash as sha256Of } from 'node:crypto';
import { BLOCK_HASH_BYTES, MAX_BLOCKS, MAX_BLOCK_BYTES, MIN_BLOCK_BYTES } from '../../wire/v2Plan';

/** Hashes of blocks in one plan, which is 16 MiB of it: beyond, blocks become larger. */
const MAX_PLAN_BLOCKS = 1024 * 1024;

/** Cuts what goes through it into blocks. */
export class BlockHashes {
  /** One piece of memory: a buffer for each of 262,144 hashes would take a hundred times as much. */
  readonly #hashes: Buffer;
  #bytes = 0;
  #hash = createHash('sha256');
  #filled = 0;

  /** @param size bytes that are expected */
  constructor(
    readonly blockBytes: number,
    size: number,
  ) {
    this.#hashes = Buffer.alloc(Math.ceil(size / blockBytes) * BLOCK_HASH_BYTES);
  }

  add(bytes: Buffer): void {
    for (let from = 0; from < bytes.length;) {
      const piece = bytes.subarray(from, from + this.blockBytes - this.#filled);
      if (piece.length === this.blockBytes) {
        // Most blocks lie whole in what is read; those need no hash that waits for more.
        this.#keep(sha256Of('sha256', piece, 'buffer'));
        from += piece.length;
        continue;
      }
      this.#hash.update(piece);
      this.#filled += piece.length;
      from += piece.length;
      if (this.#filled === this.blockBytes) this.#end();
    }
  }

  finish(): Buffer {
    if (this.#filled > 0) this.#end();
    return this.#hashes.subarray(0, this.#bytes);
  }

  #keep(sha256: Buffer): void {
    // What does not fit is of a file that grew meanwhile, about which nothing is said in the end.
    this.#bytes += sha256.copy(this.#hashes, this.#bytes, 0, BLOCK_HASH_BYTES);
  }

  #end(): void {
    this.#keep(this.#hash.digest());
    this.#hash = createHash('sha256');
    this.#filled = 0;
  }
}

/** So that all files by blocks together fit into a plan. */
export function leastBlockBytes(sizes: readonly number[]): number {
  let least = MIN_BLOCK_BYTES;
  const blocks = (): number => sizes.reduce((sum, size) => sum + Math.ceil(size / least), 0);
  while (least < MAX_BLOCK_BYTES && blocks() > MAX_PLAN_BLOCKS) least *= 2;
  return least;
}

export function blockBytesFor(size: number, least: number): number {
  let bytes = least;
  while (bytes < MAX_BLOCK_BYTES && Math.ceil(size / bytes) > MAX_BLOCKS) bytes *= 2;
  return bytes;
}
