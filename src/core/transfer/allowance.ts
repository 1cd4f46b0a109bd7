import type { FileEntry } from '../wire/v2Entry';
import type { SentState } from '../wire/v2File';
import type { Manifest } from './manifest';

/** Bytes by which files may have grown since they were offered, however little was offered. */
const MIN_GROWTH_BYTES = 16 * 1024 * 1024;

/**
 * Bytes by which all that comes may exceed what was offered and accepted: files are sent as they
 * are when their turn comes, and a quarter more is a log that went on, not another transfer.
 */
export function growthOf({ bytes }: Manifest): number {
  return Math.max(Math.floor(bytes / 4), MIN_GROWTH_BYTES);
}

/** Counts what has come so far. */
export class Allowance {
  readonly #most: number;
  #bytes = 0;

  constructor(manifest: Manifest) {
    this.#most = manifest.bytes + growthOf(manifest);
  }

  /** Whether one more file of this size may come. */
  admits(size: number): boolean {
    return size <= this.#most - this.#bytes;
  }

  /** One more file of this size has come. */
  take(size: number): void {
    this.#bytes += size;
  }
}

/** Whether a file is as the manifest has it, as far as both sides can see. */
export function isAsListed(entry: FileEntry, state: SentState): boolean {
  return state.size === entry.size && state.mode === entry.mode && state.mtime === entry.mtime;
}
