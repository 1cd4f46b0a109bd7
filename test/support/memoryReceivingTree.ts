import { createHash } from 'node:crypto';
import { errors } from '../../src/core/errors';
import type { Manifest } from '../../src/core/transfer/manifest';
import type {
  ArrivingFile,
  ArrivingState,
  FileBegin,
  PlacedTree,
  ReceivingTree,
} from '../../src/core/transfer/receivingTree';
import { BLOCK_HASH_BYTES, type PlanItem } from '../../src/core/wire/v2Plan';

export interface MemoryReceivingOptions {
  /** What was received before into this target, by path. */
  readonly earlier?: ReadonlyMap<string, Buffer>;
  /** What an earlier try of this transfer left. */
  readonly staged?: ReadonlyMap<string, Staged>;
  /** Says another plan than the one that would be true. */
  readonly plan?: (manifest: Manifest) => readonly PlanItem[];
  readonly blockBytes?: number;
  /** Waited for by whatever writes. */
  readonly disk?: (what: DiskCall) => Promise<void> | undefined;
}

export type DiskCall = 'prepare' | 'write' | 'copy' | 'finish' | 'put' | 'place';

export interface Staged {
  content: Buffer;
  whole: boolean;
}

export interface Arrived extends Omit<ArrivingState, 'size'> {
  readonly content: Buffer;
}

/** Above this, what was there before is compared by blocks. */
const BLOCKS_FROM = 65_536;

/**
 * A target in memory, which says in its plan what is here. Whether what the sender says fits to what
 * the plan said is the business of `fetchTransfer`; this one stumbles loudly where it does not.
 */
export class MemoryReceivingTree implements ReceivingTree {
  /** What is in place, by path; undefined before `place`. */
  placed: Map<string, Arrived> | undefined;
  /** What has arrived, also of an early end. */
  readonly staged: Map<string, Staged>;
  /** How each file began, in order. */
  readonly calls: string[] = [];
  closed = 0;
  discarded = 0;
  plan: readonly PlanItem[] = [];
  /** Puts on their way, and most that ever were. */
  putting = 0;
  mostPutting = 0;
  readonly #options: MemoryReceivingOptions;
  readonly #states = new Map<string, ArrivingState>();
  #manifest: Manifest | undefined;

  constructor(options: MemoryReceivingOptions = {}) {
    this.#options = options;
    this.staged = new Map(options.staged);
  }

  async prepare(manifest: Manifest, signal?: AbortSignal): Promise<readonly PlanItem[]> {
    await this.#options.disk?.('prepare');
    if (signal?.aborted === true) throw errors.cancelled();
    this.#manifest = manifest;
    this.plan = this.#options.plan?.(manifest) ?? this.#truePlan(manifest);
    return this.plan;
  }

  begin(index: number, begin: FileBegin): Promise<ArrivingFile> {
    const path = this.#path(index);
    this.calls.push(`${begin.kind} ${path}`);
    const before = this.staged.get(path)?.content ?? Buffer.alloc(0);
    const staged: Staged = { content: Buffer.alloc(0), whole: false };
    if (begin.kind === 'from') staged.content = Buffer.from(before.subarray(0, begin.offset));
    if (begin.kind === 'from' && staged.content.length !== begin.offset) {
      throw new Error('goes on from what is not here');
    }
    this.staged.set(path, staged);
    this.#states.set(path, begin.state);
    return Promise.resolve(this.#arriving(path, staged, begin));
  }

  async put(index: number, state: ArrivingState, content: Buffer, sha256: Buffer): Promise<void> {
    const path = this.#path(index);
    this.calls.push(`put ${path}`);
    this.mostPutting = Math.max(this.mostPutting, ++this.putting);
    await this.#options.disk?.('put');
    this.putting--;
    if (!hashOf(content).equals(sha256)) throw new Error('a hash that nobody compared');
    if (content.length !== state.size) throw new Error('a size that nobody compared');
    this.staged.set(path, { content: Buffer.from(content), whole: true });
    this.#states.set(path, state);
  }

  same(index: number, state: ArrivingState): Promise<void> {
    const path = this.#path(index);
    this.calls.push(`same ${path}`);
    const staged = this.staged.get(path);
    const content = staged?.whole === true ? staged.content : this.#options.earlier?.get(path);
    if (content?.length !== state.size) return Promise.reject(errors.protocol('another size'));
    this.staged.set(path, { content, whole: true });
    this.#states.set(path, state);
    return Promise.resolve();
  }

  gone(index: number): Promise<void> {
    const path = this.#path(index);
    this.calls.push(`gone ${path}`);
    this.staged.delete(path);
    this.#states.delete(path);
    return Promise.resolve();
  }

  async place(): Promise<PlacedTree> {
    await this.#options.disk?.('place');
    this.placed = new Map();
    let bytes = 0;
    for (const [path, { mode, mtime }] of this.#states) {
      const staged = this.staged.get(path);
      if (staged?.whole !== true) throw new Error(`${path} is not whole`);
      this.placed.set(path, { content: staged.content, mode, mtime });
      bytes += staged.content.length;
    }
    const names = new Set(this.#manifest?.entries.map(({ path }) => path.split('/')[0] ?? ''));
    return {
      roots: [...names].map((name) => ({ name, path: `/memory/${name}` })),
      files: this.placed.size,
      bytes,
      conflicts: [],
      deleted: 0,
      undeleted: 0,
    };
  }

  close(): Promise<void> {
    this.closed++;
    return Promise.resolve();
  }

  discard(): Promise<void> {
    this.discarded++;
    return Promise.resolve();
  }

  #arriving(path: string, staged: Staged, begin: FileBegin): ArrivingFile {
    const hash = createHash('sha256').update(staged.content);
    const room = Buffer.alloc(begin.state.size);
    let filled = staged.content.copy(room);
    const append = (bytes: Buffer): void => {
      hash.update(bytes);
      if (bytes.copy(room, filled) < bytes.length) throw new Error('more than the file has');
      filled += bytes.length;
      staged.content = room.subarray(0, filled);
    };
    return {
      write: (bytes) => {
        append(bytes);
        return this.#options.disk?.('write');
      },
      copy: async (bytes) => {
        await this.#options.disk?.('copy');
        if (begin.kind !== 'blocks') throw new Error('a copy of nothing');
        const at = staged.content.length;
        const old = this.#options.earlier?.get(path)?.subarray(at, at + bytes);
        if (old?.length !== bytes) throw errors.protocol('a copy of what is not here');
        append(old);
      },
      finish: async (sha256) => {
        await this.#options.disk?.('finish');
        if (staged.content.length !== begin.state.size) throw errors.protocol('another size');
        if (!hash.digest().equals(sha256)) throw errors.hashMismatch();
        staged.whole = true;
      },
    };
  }

  #truePlan({ entries }: Manifest): readonly PlanItem[] {
    return entries.flatMap((entry, index): PlanItem[] => {
      const staged = this.staged.get(entry.path);
      const earlier = this.#options.earlier?.get(entry.path);
      if (entry.kind !== 'file') return [];
      if (staged?.whole === true) {
        return [{ kind: 'have', index, sha256: hashOf(staged.content) }];
      }
      if (staged !== undefined && staged.content.length > 0)
        return [prefixOf(index, staged.content)];
      if (earlier === undefined) return [];
      if (earlier.length < BLOCKS_FROM) return [{ kind: 'have', index, sha256: hashOf(earlier) }];
      return [blocksItem(index, earlier, this.#options.blockBytes)];
    });
  }

  #path(index: number): string {
    const entry = this.#manifest?.entries[index];
    if (entry?.kind !== 'file') throw new Error(`entry ${index} is no file`);
    return entry.path;
  }
}

/** Marks in the middle and at the end of what is here. */
export function prefixOf(index: number, content: Buffer): PlanItem {
  const offsets = [Math.floor(content.length / 2), content.length].filter((offset) => offset > 0);
  const marks = [...new Set(offsets)].map((offset) => ({
    offset,
    sha256: hashOf(content.subarray(0, offset)),
  }));
  return { kind: 'prefix', index, marks };
}

export function blocksItem(index: number, earlier: Buffer, blockBytes = 4096): PlanItem {
  const count = Math.ceil(earlier.length / blockBytes);
  const hashes = Array.from({ length: count }, (_, block) =>
    hashOf(earlier.subarray(block * blockBytes, (block + 1) * blockBytes)).subarray(
      0,
      BLOCK_HASH_BYTES,
    ),
  );
  return { kind: 'blocks', index, blockBytes, size: earlier.length, hashes: Buffer.concat(hashes) };
}

function hashOf(content: Buffer): Buffer {
  return createHash('sha256').update(content).digest();
}
