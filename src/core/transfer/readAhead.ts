import { hash } from 'node:crypto';
import { errors } from '../errors';
import { MAX_TRIES } from '../wire/v2File';
import type { FileEntry } from '../wire/v2Entry';
import type { HaveItem } from '../wire/v2Plan';
import type { Plan } from './planReader';
import type { FileState, SendingTree } from './sendingTree';

/** What is known of a file when its turn comes. */
export type AheadFile =
  | { readonly kind: 'gone' }
  /** The plan has it whole. */
  | { readonly kind: 'same'; readonly state: FileState; readonly sha256: Buffer }
  /** Read whole. */
  | {
      readonly kind: 'small';
      readonly state: FileState;
      readonly sha256: Buffer;
      readonly content: Buffer;
    }
  /** To be read in its turn. */
  | { readonly kind: 'large' };

/** Bytes up to which a file is held whole, on either side: several of them at once. */
export const SMALL_FILE_BYTES = 256 * 1024;
/** Bytes of a piece of memory that small files share. */
const SLAB_BYTES = 256 * 1024;
/** Files looked at, opened and read at a time: the disk answers each in its own time. */
const AHEAD_FILES = 16;
/** Files that are ready, or about to be: what a slow file in front may hold up. */
const QUEUED_FILES = 64;
/** Bytes of these together. */
const AHEAD_BYTES = 8 * 1024 * 1024;

interface Queued {
  readonly bytes: number;
  readonly file: Promise<AheadFile>;
}

/**
 * Reads the small files of a tree before their turn, many at a time, since each of them costs little
 * but waiting. Those of which the plan says that they are there are hashed instead.
 */
export class ReadAhead {
  readonly #tree: SendingTree;
  readonly #plan: Plan;
  readonly #signal: AbortSignal;
  readonly #slab = new Slab();
  readonly #queue: Queued[] = [];
  readonly #running = new Set<Promise<unknown>>();
  #bytes = 0;
  /** The entry that is looked at next. */
  #index = 0;

  constructor(tree: SendingTree, plan: Plan, signal: AbortSignal) {
    this.#tree = tree;
    this.#plan = plan;
    this.#signal = signal;
  }

  /** The next file in the manifest's order. @throws SOURCE_CHANGED, PATH_UNREADABLE */
  async next(): Promise<AheadFile> {
    this.#fill();
    const queued = this.#queue.shift();
    if (queued === undefined) throw errors.internal('no file is left to be sent');
    const file = await queued.file;
    this.#bytes -= queued.bytes;
    this.#fill();
    return file;
  }

  /** Waits until nothing is read any more. Never rejects. */
  async close(): Promise<void> {
    this.#index = this.#tree.manifest.entries.length;
    await Promise.allSettled(this.#running);
  }

  #fill(): void {
    const { entries } = this.#tree.manifest;
    while (this.#index < entries.length && this.#queue.length < QUEUED_FILES) {
      const entry = entries[this.#index];
      if (entry?.kind !== 'file') {
        this.#index++;
        continue;
      }
      const isSmall = this.#isSmall(this.#index, entry);
      const bytes = isSmall || this.#plan.get(this.#index)?.kind === 'have' ? entry.size : 0;
      const isFull = this.#bytes > 0 && this.#bytes + bytes > AHEAD_BYTES;
      if (isFull || this.#running.size >= AHEAD_FILES) return;
      this.#bytes += bytes;
      this.#queue.push({ bytes, file: this.#start(this.#index, entry, isSmall) });
      this.#index++;
    }
  }

  #isSmall(index: number, { size }: FileEntry): boolean {
    const item = this.#plan.get(index);
    return size <= SMALL_FILE_BYTES && (item === undefined || item.kind === 'have');
  }

  #start(index: number, entry: FileEntry, isSmall: boolean): Promise<AheadFile> {
    const item = this.#plan.get(index);
    if (item?.kind !== 'have' && !isSmall) return Promise.resolve({ kind: 'large' });
    const file =
      item?.kind === 'have' ? this.#compare(index, entry, item, isSmall) : this.#read(index, entry);
    this.#running.add(file);
    const end = (): void => {
      this.#running.delete(file);
      this.#fill();
    };
    file.then(end, end);
    return file;
  }

  async #compare(
    index: number,
    entry: FileEntry,
    { sha256 }: HaveItem,
    isSmall: boolean,
  ): Promise<AheadFile> {
    for (let tries = 1; ; tries++) {
      const state = await this.#tree.look(index);
      if (state === undefined) return { kind: 'gone' };
      try {
        const own = await this.#tree.hash(index, state, this.#signal);
        if (own.equals(sha256)) return { kind: 'same', state, sha256 };
        return isSmall ? await this.#read(index, entry) : { kind: 'large' };
      } catch (thrown) {
        if (tries === MAX_TRIES || !isChange(thrown)) throw thrown;
      }
    }
  }

  async #read(index: number, entry: FileEntry): Promise<AheadFile> {
    for (let tries = 1; tries <= MAX_TRIES; tries++) {
      const reader = await this.#tree.open(index);
      if (reader === undefined) return { kind: 'gone' };
      try {
        const { state } = reader;
        if (state.size > SMALL_FILE_BYTES) return { kind: 'large' };
        const content = this.#slab.take(state.size);
        const bytes = state.size === 0 ? 0 : await reader.read(content, 0);
        if (bytes === state.size && (await reader.isUnchanged())) {
          const sha256 = hash('sha256', content, 'buffer');
          this.#tree.remember(index, state, sha256);
          return { kind: 'small', state, sha256, content };
        }
      } finally {
        await reader.close();
      }
    }
    throw errors.sourceChanged(entry.path);
  }
}

/**
 * Room for small files, cut from larger pieces: memory of its own for each costs more than reading it.
 * A piece is let go of when the last file in it is.
 */
class Slab {
  #piece = Buffer.alloc(0);

  take(bytes: number): Buffer {
    if (bytes > SLAB_BYTES / 4) return Buffer.allocUnsafeSlow(bytes);
    if (bytes > this.#piece.length) this.#piece = Buffer.allocUnsafeSlow(SLAB_BYTES);
    const taken = this.#piece.subarray(0, bytes);
    this.#piece = this.#piece.subarray(bytes);
    return taken;
  }
}

function isChange(thrown: unknown): boolean {
  return thrown instanceof Error && 'code' in thrown && thrown.code === 'SOURCE_CHANGED';
}
