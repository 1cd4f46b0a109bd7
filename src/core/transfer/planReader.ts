import { errors } from '../errors';
import { decodePlanPage } from '../wire/v2';
import {
  BLOCK_HASH_BYTES,
  type BlocksItem,
  MAX_PLAN_BYTES,
  type PlanItem,
  blocksOf,
} from '../wire/v2Plan';
import type { BlocksPart, PlanPart } from '../wire/v2PlanPage';
import { growthOf } from './allowance';
import type { Manifest } from './manifest';

/** By index of the entry. */
export type Plan = ReadonlyMap<number, PlanItem>;

/** An item whose hashes are not all here, and those that are. */
interface OpenItem {
  readonly part: BlocksPart;
  readonly hashes: Buffer[];
  blocks: number;
}

/** Puts a plan together from its pages, and holds it to the manifest that it is about. */
export class PlanReader {
  readonly #manifest: Manifest;
  readonly #plan = new Map<number, PlanItem>();
  #pages = 0;
  #bytes = 0;
  #last = -1;
  #open: OpenItem | undefined;

  constructor(manifest: Manifest) {
    this.#manifest = manifest;
  }

  /** The plan once its last page is here. @throws PROTOCOL */
  add(payload: Buffer): Plan | undefined {
    this.#bytes += payload.length;
    if (this.#bytes > MAX_PLAN_BYTES) throw errors.protocol('a plan beyond all measure');
    const { number, isLast, parts } = decodePlanPage(payload);
    if (number !== this.#pages) {
      throw errors.protocol(`page ${number} of the plan instead of ${this.#pages}`);
    }
    this.#pages++;
    for (const part of parts) this.#addPart(part);
    if (!isLast) return undefined;
    if (this.#open !== undefined) throw errors.protocol('a plan that ends within an item');
    return this.#plan;
  }

  #addPart(part: PlanPart): void {
    if (this.#open !== undefined) {
      this.#goOn(this.#open, part);
      return;
    }
    this.#checkPlace(part);
    this.#last = part.index;
    if (part.kind !== 'blocks') {
      this.#plan.set(part.index, part);
      return;
    }
    if (part.first !== 0) throw errors.protocol('an item of the plan without its beginning');
    this.#open = { part, hashes: [], blocks: 0 };
    this.#goOn(this.#open, part);
  }

  #checkPlace(part: PlanPart): void {
    if (part.index <= this.#last) throw errors.protocol('the items of the plan are not in order');
    const entry = this.#manifest.entries[part.index];
    if (entry?.kind !== 'file') throw errors.protocol(`a plan for entry ${part.index}, no file`);
    // The beginning may be of a state in which the file was larger than it was offered.
    const most = entry.size + growthOf(this.#manifest);
    if (part.kind === 'prefix' && part.marks.some(({ offset }) => offset > most)) {
      throw errors.protocol('a beginning that is longer than the file can be');
    }
  }

  #goOn(open: OpenItem, part: PlanPart): void {
    const { index, blockBytes, size } = open.part;
    const isNext =
      part.kind === 'blocks' &&
      part.index === index &&
      part.blockBytes === blockBytes &&
      part.size === size &&
      part.first === open.blocks;
    if (!isNext) throw errors.protocol('an item of the plan that is not gone on with');
    open.hashes.push(part.hashes);
    open.blocks += part.hashes.length / BLOCK_HASH_BYTES;
    if (open.blocks < blocksOf(open.part)) return;
    const item: BlocksItem = {
      kind: 'blocks',
      index,
      blockBytes,
      size,
      hashes: Buffer.concat(open.hashes),
    };
    this.#plan.set(index, item);
    this.#open = undefined;
  }
}
