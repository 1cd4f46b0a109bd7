import { type Hash, createHash } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { lstat, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { ArrivingState } from '../../transfer/receivingTree';
import type { FileEntry } from '../../wire/v2Entry';
import { MAX_MARKS, type PlanItem } from '../../wire/v2Plan';
import { writeAll } from '../writeAll';
import { BlockHashes, blockBytesFor, leastBlockBytes } from './blockHashes';
import { READ_FLAGS, hashFile, readThrough, stampOf } from './fileHashes';
import { setTraits } from './fileTimes';
import { inParallel } from './inParallel';
import type { LedgerFile } from './ledger';
import { nodeOf } from './realFolders';
import type { ShownPart } from './shownContent';
import type { JournalLine } from './stagingJournal';
import type { TreeTarget } from './treeTarget';
import { type Arrival, type TreeState, placedAt, rootNumber } from './treeState';

/** Bytes from which on it is worth telling what is here of a file that is not whole. */
const MIN_SHOWN_BYTES = 64 * 1024;
/** Files that are read at once. */
const READ_AT_ONCE = 8;

export interface TreePlan {
  readonly items: readonly PlanItem[];
  /** Files that are here whole, once the sender says that they are the same. */
  readonly have: ReadonlyMap<number, Arrival>;
  /** What a file by blocks may be copied from, and its bytes. */
  readonly shown: ReadonlyMap<
    number,
    { readonly parts: readonly ShownPart[]; readonly size: number }
  >;
  /** The hash up to each offset of what is here of a file. */
  readonly prefixes: ReadonlyMap<number, ReadonlyMap<number, Hash>>;
}

/**
 * What need not come. Everything named is read from disk here: what is staged for this transfer, and
 * what the ledger says came from the same identity and has not changed since.
 * @throws CANCELLED, and what the disk throws
 */
export async function planTree(tree: TreeState, signal?: AbortSignal): Promise<TreePlan> {
  return new Planning(tree, signal).run();
}

class Planning {
  readonly #items: PlanItem[] = [];
  readonly #have = new Map<number, Arrival>();
  readonly #shown = new Map<number, { parts: ShownPart[]; size: number }>();
  readonly #prefixes = new Map<number, Map<number, Hash>>();
  readonly #files = new Map<number, JournalLine & { readonly t: 'file' }>();
  readonly #marks = new Map<number, number[]>();
  readonly #updates = new Map<number, string[]>();

  constructor(
    readonly tree: TreeState,
    readonly signal: AbortSignal | undefined,
  ) {
    for (const line of tree.staging.lines) {
      if (line.t === 'file') this.#files.set(line.i, line);
      if (line.t === 'update')
        this.#updates.set(line.i, [...(this.#updates.get(line.i) ?? []), line.at]);
      if (line.t === 'mark') this.#marks.set(line.i, [...(this.#marks.get(line.i) ?? []), line.at]);
    }
  }

  async run(): Promise<TreePlan> {
    const { entries } = this.tree.manifest;
    const unfinished: number[] = [];
    await inParallel(
      entries.keys(),
      async (index) => {
        const entry = entries[index];
        if (entry?.kind !== 'file') return;
        this.signal?.throwIfAborted();
        const known = await this.#findWhole(index, entry);
        if (known === undefined) {
          unfinished.push(index);
        } else {
          this.#have.set(index, known);
          this.#items.push({ kind: 'have', index, sha256: hashOf(known) });
        }
      },
      READ_AT_ONCE,
    );
    await this.#showParts(unfinished.sort((a, b) => a - b));
    return {
      items: this.#items.sort((a, b) => a.index - b.index),
      have: this.#have,
      shown: this.#shown,
      prefixes: this.#prefixes,
    };
  }

  async #findWhole(index: number, entry: FileEntry): Promise<Arrival | undefined> {
    const { staging, placed, target } = this.tree;
    const line = this.#files.get(index);
    const root = placed.get(rootNumber(this.tree, entry.path));
    if (root !== undefined) {
      const found = await this.#hashIf(placedAt(root, entry.path), line?.sha);
      return found && { kind: 'placed', state: stateOf(line ?? entry), sha256: found.sha256 };
    }
    await this.#dropPlaced(index, staging.place(entry.path));
    const staged = await this.#hashIf(staging.place(entry.path), line?.sha);
    if (staged !== undefined) {
      this.tree.flush.later(staging.place(entry.path));
      return { kind: 'staged', state: asItLies(staged.stat), sha256: staged.sha256 };
    }
    for (const at of target.kind === 'update' ? (this.#updates.get(index) ?? []) : []) {
      const found = await this.#hashIf(path.join(targetOf(target), at), line?.sha);
      if (found !== undefined) return inPlace(at, stateOf(line ?? entry), found);
    }
    return this.#findReceived(index, entry);
  }

  /** Where names are given by hard links, what is in place may still have its earlier name too. */
  async #dropPlaced(index: number, staged: string): Promise<void> {
    const { target } = this.tree;
    for (const at of target.kind === 'update' ? (this.#updates.get(index) ?? []) : []) {
      const node = await nodeOf(staged);
      const isPut = node !== undefined && node === (await nodeOf(path.join(targetOf(target), at)));
      if (isPut) await rm(staged, { force: true });
    }
  }

  /** As recorded from the sender, and here still as it was received. */
  async #findReceived(index: number, entry: FileEntry): Promise<Arrival | undefined> {
    const { basis, target } = this.tree;
    const earlier = basis?.find(entry.path);
    if (basis === undefined || earlier?.kind !== 'file') return undefined;
    if (earlier.size !== entry.size || earlier.mtime !== entry.mtime) return undefined;
    const place = basis.place(earlier);
    if (!(await hasSize(place, earlier.size))) return undefined;
    if (target.kind === 'new') return this.#copy(index, entry, place, earlier);
    const found = await this.#hashIf(place, earlier.sha256);
    // What is told is what lies there: its mode may have to be set when the sender says its own.
    return found && inPlace(relativeTo(target.target, place), stateOf(earlier), found);
  }

  /** Unchanged content of an earlier copy becomes content of the new one, and is read on the way. */
  async #copy(
    index: number,
    entry: FileEntry,
    place: string,
    earlier: LedgerFile,
  ): Promise<Arrival | undefined> {
    const { staging, flush } = this.tree;
    const staged = staging.place(entry.path);
    const handle = await staging.create(staged);
    let isSame = false;
    try {
      let position = 0;
      const found = await hashFile(place, {
        signal: this.signal,
        onBytes: async (bytes) => {
          position += await writeAll(handle, [bytes], position);
        },
      });
      isSame = found?.sha256.toString('hex') === earlier.sha256;
      if (isSame) await setTraits(handle, entry);
    } finally {
      await handle.close();
      if (!isSame) await rm(staged, { force: true });
    }
    if (!isSame) return undefined;
    flush.later(staged);
    const { size, mtime, mode } = entry;
    staging.journal.add({ t: 'file', i: index, size, mtime, mode, sha: earlier.sha256 });
    return { kind: 'staged', state: stateOf(entry), sha256: Buffer.from(earlier.sha256, 'hex') };
  }

  async #hashIf(place: string, sha: string | undefined) {
    if (sha === undefined) return undefined;
    const found = await hashFile(place, { signal: this.signal });
    return found?.sha256.toString('hex') === sha ? found : undefined;
  }

  /** What is here of files that are not whole: a beginning, or an earlier version. */
  async #showParts(indexes: readonly number[]): Promise<void> {
    const parts: { index: number; begun: number; earlier: LedgerFile | undefined }[] = [];
    for (const index of indexes) {
      this.signal?.throwIfAborted();
      const entry = this.tree.manifest.entries[index];
      if (entry?.kind !== 'file') continue;
      const begun = await this.#gatherBegun(index, entry.path);
      const earlier = await this.#earlierVersion(entry);
      if (begun > 0 || earlier !== undefined) parts.push({ index, begun, earlier });
    }
    const sizes = parts.flatMap(({ earlier }) => (earlier === undefined ? [] : [earlier.size]));
    const least = leastBlockBytes(sizes);
    for (const { index, begun, earlier } of parts) {
      const item =
        (earlier && (await this.#showBlocks(index, begun, earlier, least))) ??
        (begun > 0 ? await this.#showPrefix(index, begun) : undefined);
      if (item !== undefined) this.#items.push(item);
    }
  }

  /** The longest beginning that any earlier run left, under the file's own name again. Its bytes. */
  async #gatherBegun(index: number, entryPath: string): Promise<number> {
    const { staging } = this.tree;
    const place = staging.place(entryPath);
    if (staging.isNew) return 0;
    const older = staging.earlierPart(index);
    const [now, before] = [await sizeOf(place), await sizeOf(older)];
    if (before !== undefined) {
      if (before > (now ?? 0)) {
        staging.makeParents(place);
        await rename(older, place);
      } else await rm(older, { force: true });
    }
    const begun = Math.max(now ?? 0, before ?? 0);
    return begun >= MIN_SHOWN_BYTES ? begun : 0;
  }

  async #earlierVersion(entry: FileEntry): Promise<LedgerFile | undefined> {
    const { basis, placed } = this.tree;
    const earlier = basis?.find(entry.path);
    if (basis === undefined || earlier?.kind !== 'file') return undefined;
    if (placed.has(rootNumber(this.tree, entry.path))) return undefined;
    if (entry.size < MIN_SHOWN_BYTES || earlier.size < MIN_SHOWN_BYTES) return undefined;
    return (await hasSize(basis.place(earlier), earlier.size)) ? earlier : undefined;
  }

  /** Undefined when the earlier version is not as it was received any more: it is not told then. */
  async #showBlocks(
    index: number,
    begun: number,
    earlier: LedgerFile,
    least: number,
  ): Promise<PlanItem | undefined> {
    const { basis, staging, manifest } = this.tree;
    if (basis === undefined) return undefined;
    const place = basis.place(earlier);
    const size = Math.max(begun, earlier.size);
    const blockBytes = blockBytesFor(size, least);
    const blocks = new BlockHashes(blockBytes, size);
    const parts: ShownPart[] = [];
    if (begun > 0) {
      const older = staging.earlierPart(index);
      await rename(staging.place(manifest.entries[index]?.path ?? ''), older);
      const read = await hashFile(older, {
        signal: this.signal,
        onBytes: (bytes) => {
          blocks.add(bytes);
        },
      });
      if (read === undefined) return undefined;
      parts.push({ path: older, stamp: stampOf(read.stat), to: begun });
    }
    let position = 0;
    const found = await hashFile(place, {
      signal: this.signal,
      onBytes: (bytes) => {
        const skipped = Math.min(Math.max(begun - position, 0), bytes.length);
        position += bytes.length;
        blocks.add(bytes.subarray(skipped));
      },
    });
    if (found?.sha256.toString('hex') !== earlier.sha256) {
      if (begun > 0) await this.#gatherBegun(index, manifest.entries[index]?.path ?? '');
      return undefined;
    }
    if (earlier.size > begun) {
      parts.push({ path: place, stamp: stampOf(found.stat), to: earlier.size });
    }
    this.#shown.set(index, { parts, size });
    return { kind: 'blocks', index, blockBytes, size, hashes: blocks.finish() };
  }

  async #showPrefix(index: number, begun: number): Promise<PlanItem | undefined> {
    const { staging, manifest } = this.tree;
    const durable = (this.#marks.get(index) ?? []).filter((at) => at > 0 && at < begun);
    const offsets = [...new Set(durable)].sort((a, b) => a - b).slice(1 - MAX_MARKS);
    const hash = createHash('sha256');
    const hashes = new Map<number, Hash>();
    const place = staging.place(manifest.entries[index]?.path ?? '');
    const handle = await open(place, READ_FLAGS);
    try {
      let from = 0;
      for (const to of [...offsets, begun]) {
        const read = await readThrough(handle, { from, to }, hash, { signal: this.signal });
        if (read !== to - from) break;
        hashes.set(to, hash.copy());
        from = to;
      }
    } finally {
      await handle.close();
    }
    if (hashes.size === 0) return undefined;
    this.#prefixes.set(index, hashes);
    const marks = [...hashes].map(([offset, upTo]) => ({ offset, sha256: upTo.copy().digest() }));
    return { kind: 'prefix', index, marks };
  }
}

function stateOf({ size, mode, mtime }: ArrivingState): ArrivingState {
  return { size, mode, mtime };
}

/** Mode and time may not have reached the disk together with the content. */
function asItLies({ size, mode, mtimeNs }: BigIntStats): ArrivingState {
  return {
    size: Number(size),
    mode: Number(mode) & 0o777,
    mtime: Number(mtimeNs / 1_000_000n),
  };
}

function hashOf(arrival: Arrival): Buffer {
  return arrival.kind === 'gone' ? Buffer.alloc(0) : arrival.sha256;
}

function inPlace(
  at: string,
  state: ArrivingState,
  { sha256, stat }: { readonly sha256: Buffer; readonly stat: BigIntStats },
): Arrival {
  return { kind: 'inPlace', state, sha256, at, stamp: stampOf(stat) };
}

async function sizeOf(file: string): Promise<number | undefined> {
  const found = await lstat(file).catch(() => undefined);
  return found?.isFile() === true ? found.size : undefined;
}

async function hasSize(file: string, size: number): Promise<boolean> {
  return (await sizeOf(file)) === size;
}

function relativeTo(root: string, place: string): string {
  return path.relative(root, place).split(path.sep).join('/');
}

function targetOf(target: TreeTarget): string {
  return target.kind === 'update' ? target.target : target.directory;
}
