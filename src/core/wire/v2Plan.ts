/**
 * What a receiver has already of what it accepts. A plan goes out in pages behind `accept`, ascending
 * by index; entries that it does not name come whole.
 *
 * It names only what came from this very sender before: what is here of this transfer, or what was
 * received into the same target and has not changed since. So nothing is told that the sender did
 * not send itself (keys.md, *Delta and resume are no oracle*).
 */
export type PlanItem = HaveItem | PrefixItem | BlocksItem;

/** The whole file is here, with this SHA-256. */
export interface HaveItem {
  readonly kind: 'have';
  readonly index: number;
  readonly sha256: Buffer;
}

/** The beginning of the file is here. */
export interface PrefixItem {
  readonly kind: 'prefix';
  readonly index: number;
  /**
   * SHA-256 of everything before each offset, ascending: when the last bytes were lost with the
   * power, an earlier mark may still be right. At most `MAX_MARKS`.
   */
  readonly marks: readonly { readonly offset: number; readonly sha256: Buffer }[];
}

/** An earlier version of the file is here. */
export interface BlocksItem {
  readonly kind: 'blocks';
  readonly index: number;
  /** Bytes of a block, a power of two; the last one is shorter. */
  readonly blockBytes: number;
  /** Bytes of the earlier version. */
  readonly size: number;
  /** The first `BLOCK_HASH_BYTES` of each block's SHA-256, one after the other. */
  readonly hashes: Buffer;
}

export const MAX_MARKS = 8;
/** The final SHA-256 covers the whole file; these only have to tell blocks apart. */
export const BLOCK_HASH_BYTES = 16;
/** What databases write at once, so that one page that changed costs one page. */
export const MIN_BLOCK_BYTES = 4096;
export const MAX_BLOCK_BYTES = 16 * 1024 * 1024;
/** Blocks of one file: 1 GiB in blocks of 4 KiB. Larger files have larger blocks. */
export const MAX_BLOCKS = 262_144;
/** Bytes of all pages of a plan: what it may cost the sender in memory. */
export const MAX_PLAN_BYTES = 64 * 1024 * 1024;

/** Blocks of a file, by number. */
export function blocksOf({ size, blockBytes }: Pick<BlocksItem, 'size' | 'blockBytes'>): number {
  return Math.ceil(size / blockBytes);
}
