import { type Codec, type State, bytes32, uint, uint8 } from './v2Fields';
import {
  BLOCK_HASH_BYTES,
  type BlocksItem,
  type HaveItem,
  MAX_BLOCKS,
  MAX_BLOCK_BYTES,
  MAX_MARKS,
  MIN_BLOCK_BYTES,
  type PrefixItem,
  blocksOf,
} from './v2Plan';
import { flag, items, record } from './v2Record';

/** A page of a plan, as the manifest has pages. */
export interface PlanPage {
  /** From 0, without gaps. */
  readonly number: number;
  readonly isLast: boolean;
  /** At least one; ascending by index, also from page to page. */
  readonly parts: readonly PlanPart[];
}

/** An item of a plan, or of one by blocks as many of its hashes as fit into the page. */
export type PlanPart = HaveItem | PrefixItem | BlocksPart;

export interface BlocksPart extends BlocksItem {
  /** The block whose hash comes first; the parts of one item follow each other without gaps. */
  readonly first: number;
}

/** Zero is none, so that wiped memory means nothing. */
const kindNumbers = { have: 1, prefix: 2, blocks: 3 } as const;

/**
 * `kind u8, index uint`, then of have `sha256`, of prefix `count uint` and as often `offset uint,
 * sha256`, of blocks `blockBytes, size, first, count uint` and as many hashes of 16 bytes.
 */
const partCodec: Codec<PlanPart> = {
  preencode(state, part) {
    uint8.preencode(state, kindNumbers[part.kind]);
    uint.preencode(state, part.index);
    if (part.kind === 'have') bytes32.preencode(state, part.sha256);
    else if (part.kind === 'prefix') marks.preencode(state, part.marks);
    else blocks.preencode(state, part);
  },
  encode(state, part) {
    uint8.encode(state, kindNumbers[part.kind]);
    uint.encode(state, part.index);
    if (part.kind === 'have') bytes32.encode(state, part.sha256);
    else if (part.kind === 'prefix') marks.encode(state, part.marks);
    else blocks.encode(state, part);
  },
  decode(state) {
    const kind = uint8.decode(state);
    const index = uint.decode(state);
    switch (kind) {
      case kindNumbers.have:
        return { kind: 'have', index, sha256: bytes32.decode(state) };
      case kindNumbers.prefix:
        return { kind: 'prefix', index, marks: marks.decode(state) };
      case kindNumbers.blocks:
        return { kind: 'blocks', index, ...blocks.decode(state) };
      default:
        throw new Error(`an item of kind ${kind}`);
    }
  },
};

/** Bytes of a part as it is encoded. */
export function partBytes(part: PlanPart): number {
  const state: State = { start: 0, end: 0, buffer: null };
  partCodec.preencode(state, part);
  return state.end;
}

const marks: Codec<PrefixItem['marks']> = {
  preencode(state, value) {
    uint.preencode(state, value.length);
    for (const { offset, sha256 } of value) {
      uint.preencode(state, offset);
      bytes32.preencode(state, sha256);
    }
  },
  encode(state, value) {
    uint.encode(state, value.length);
    for (const { offset, sha256 } of value) {
      uint.encode(state, offset);
      bytes32.encode(state, sha256);
    }
  },
  decode(state) {
    const count = uint.decode(state);
    if (count === 0 || count > MAX_MARKS) throw new Error(`${count} marks`);
    let last = 0;
    return Array.from({ length: count }, () => {
      const offset = uint.decode(state);
      if (offset <= last) throw new Error('marks that do not ascend');
      last = offset;
      return { offset, sha256: bytes32.decode(state) };
    });
  },
};

type BlocksFields = Omit<BlocksPart, 'kind' | 'index'>;

const blocks: Codec<BlocksFields> = {
  preencode(state, { blockBytes, size, first, hashes }) {
    uint.preencode(state, blockBytes);
    uint.preencode(state, size);
    uint.preencode(state, first);
    uint.preencode(state, hashes.length / BLOCK_HASH_BYTES);
    state.end += hashes.length;
  },
  encode(state, { blockBytes, size, first, hashes }) {
    uint.encode(state, blockBytes);
    uint.encode(state, size);
    uint.encode(state, first);
    uint.encode(state, hashes.length / BLOCK_HASH_BYTES);
    state.buffer?.set(hashes, state.start);
    state.start += hashes.length;
  },
  decode(state) {
    const blockBytes = uint.decode(state);
    const size = uint.decode(state);
    const first = uint.decode(state);
    const count = uint.decode(state);
    if (!isBlockSize(blockBytes)) throw new Error(`blocks of ${blockBytes} bytes`);
    const all = blocksOf({ size, blockBytes });
    if (all > MAX_BLOCKS) throw new Error(`${all} blocks`);
    // Which also refuses an empty file: of that there is nothing to compare.
    if (count === 0 || first >= all || count > all - first) {
      throw new Error(`${count} blocks from ${first} on, of ${all}`);
    }
    const bytes = count * BLOCK_HASH_BYTES;
    if (bytes > state.end - state.start) throw new Error('hashes beyond the end');
    const found = state.buffer?.subarray(state.start, state.start + bytes) ?? [];
    state.start += bytes;
    // A copy, since it outlives its message.
    return { blockBytes, size, first, hashes: Buffer.from(found) };
  },
};

function isBlockSize(bytes: number): boolean {
  return bytes >= MIN_BLOCK_BYTES && bytes <= MAX_BLOCK_BYTES && Number.isInteger(Math.log2(bytes));
}

export const planPageCodec = record<PlanPage>({
  isLast: flag,
  number: uint,
  parts: items('items', partCodec, (before, next) => {
    if (before.index >= next.index) throw new Error('items that do not ascend');
  }),
});
