import { MAX_PAGE_BYTES, encodePlanPage } from '../wire/v2';
import { BLOCK_HASH_BYTES, type BlocksItem, MAX_PLAN_BYTES, type PlanItem } from '../wire/v2Plan';
import { type PlanPart, partBytes } from '../wire/v2PlanPage';

/** Bytes of a page beside its parts: version, flags, page number and count at their longest. */
const PAGE_HEAD_BYTES = 2 + 5 + 5;
/** Bytes of a part by blocks beside its hashes: kind and five numbers at their longest. */
const BLOCKS_HEAD_BYTES = 1 + 5 * 9;
/** Bytes that a page of many must have left for a part by blocks to begin there. */
const WORTH_BEGINNING_BYTES = BLOCKS_HEAD_BYTES + 64 * BLOCK_HASH_BYTES;

/** The payloads of a plan's pages. There has to be something in it. */
export function* planPages(items: readonly PlanItem[]): Generator<Buffer> {
  let number = 0;
  let parts: PlanPart[] = [];
  let room = MAX_PAGE_BYTES - PAGE_HEAD_BYTES;
  for (const item of items) {
    for (const part of partsOf(item, () => room)) {
      const bytes = partBytes(part);
      if (bytes > room) {
        yield encodePlanPage({ number: number++, isLast: false, parts });
        parts = [];
        room = MAX_PAGE_BYTES - PAGE_HEAD_BYTES;
      }
      parts.push(part);
      room -= bytes;
    }
  }
  yield encodePlanPage({ number, isLast: true, parts });
}

/** Those items that fit into a plan; files whose item does not come whole. */
export function itemsThatFit(items: readonly PlanItem[]): readonly PlanItem[] {
  let room = MAX_PLAN_BYTES;
  return items.filter((item) => {
    const bytes = bytesAtMost(item);
    if (bytes > room) return false;
    room -= bytes;
    return true;
  });
}

/** Bytes that an item takes, with its share of the pages that it is spread over. */
function bytesAtMost(item: PlanItem): number {
  if (item.kind !== 'blocks') return partBytes(item) + 1;
  return Math.ceil(item.hashes.length * 1.02) + WORTH_BEGINNING_BYTES + PAGE_HEAD_BYTES;
}

function* partsOf(item: PlanItem, roomNow: () => number): Generator<PlanPart> {
  if (item.kind !== 'blocks') {
    yield item;
    return;
  }
  const all = item.hashes.length / BLOCK_HASH_BYTES;
  for (let first = 0; first < all;) {
    const left = roomNow();
    const room = left < WORTH_BEGINNING_BYTES ? MAX_PAGE_BYTES - PAGE_HEAD_BYTES : left;
    const fitting = Math.floor((room - BLOCKS_HEAD_BYTES) / BLOCK_HASH_BYTES);
    const count = Math.min(fitting, all - first);
    yield { ...item, first, hashes: hashesFrom(item, first, count) };
    first += count;
  }
}

function hashesFrom({ hashes }: BlocksItem, first: number, count: number): Buffer {
  return hashes.subarray(first * BLOCK_HASH_BYTES, (first + count) * BLOCK_HASH_BYTES);
}
