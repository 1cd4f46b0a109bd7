import type { FileState } from '../sendingTree';

/** By number: some 30 MB of memory at most, and a tree of 100,000 files. */
const MAX_HASHES = 131_072;
/** Milliseconds in which two writes may get the same time: what a clock tick of a kernel takes. */
const TICK_MS = 20;
/** The same on a disk that keeps times in (pairs of) seconds only. */
const COARSE_TICK_MS = 2_000;

/**
 * SHA-256 of files in a certain state. A state has a stamp that no other content has, with one
 * exception: a write within the same tick of the clock as the one before. So nothing is remembered
 * about a file that was written a moment ago.
 */
export class HashCache {
  /** The least recently used first. */
  readonly #hashes = new Map<string, Buffer>();

  get({ stamp }: FileState): Buffer | undefined {
    const sha256 = this.#hashes.get(stamp);
    if (sha256 === undefined) return undefined;
    this.#hashes.delete(stamp);
    this.#hashes.set(stamp, sha256);
    return sha256;
  }

  /** @param readAt when the reading began, as `Date.now()` has it */
  set(state: FileState, sha256: Buffer, readAt: number): void {
    const tick = state.mtime % 1000 === 0 ? COARSE_TICK_MS : TICK_MS;
    if (readAt - state.mtime < tick && readAt - state.mtime > -COARSE_TICK_MS) return;
    this.#hashes.delete(state.stamp);
    this.#hashes.set(state.stamp, sha256);
    for (const oldest of this.#hashes.keys()) {
      if (this.#hashes.size <= MAX_HASHES) break;
      this.#hashes.delete(oldest);
    }
  }
}

/** One for all trees of this process: stamps mean the same in each of them. */
export const sharedHashes = new HashCache();
