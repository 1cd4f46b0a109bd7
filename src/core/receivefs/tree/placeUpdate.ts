import { lstat, mkdir, readlink, rename, rm, rmdir, symlink } from 'node:fs/promises';
import type { Stats } from 'node:fs';
import path from 'node:path';
import type { FileEntry, LinkEntry } from '../../wire/v2Entry';
import { systemCode } from '../diskError';
import { isGit } from '../hostileCharacters';
import { type Claim, claimName, placeFile } from '../placeFile';
import { flushFolder } from './diskFlush';
import { hashFile, stampOf } from './fileHashes';
import { setTime, setTraitsOf } from './fileTimes';
import { type LedgerEntry, belowRoot } from './ledger';
import { demandRealWay, makeWorkable } from './realFolders';
import type { JournalLine } from './stagingJournal';
import type { Arrival, TreeState } from './treeState';
import type { TreeTarget } from './treeTarget';
import { deleteMissing, isAsReceived } from './updateDeletes';

export interface UpdateOutcome {
  /** Where the root lies now: elsewhere only for a single file that was changed here. */
  readonly root: string;
  /** By index: where each entry is, relative to the root; what is not in place is not named. */
  readonly places: ReadonlyMap<number, string>;
  readonly conflicts: readonly string[];
  readonly deleted: number;
  readonly undeleted: number;
  /** Entries of the ledger that stand as they were. */
  readonly kept: readonly LedgerEntry[];
}

/**
 * Brings a folder up to date from the staging folder, where everything is verified and durable.
 * What was changed here stays, and what came lies beside it. What lies in a `.git` that exists is
 * left alone altogether: it is told as one conflict, and nothing is put beside it, because a
 * repository's own files mean something only together and some are run.
 */
export async function placeUpdate(
  tree: TreeState,
  target: TreeTarget & { readonly kind: 'update' },
): Promise<UpdateOutcome> {
  return new Updating(tree, target.target).run();
}

class Updating {
  readonly #places = new Map<number, string>();
  readonly #conflicts = new Set<string>();
  readonly #kept: LedgerEntry[] = [];
  /** By path below the root: where each folder is. */
  readonly #folders = new Map<string, string>([['', '']]);
  readonly #gits = new Map<string, boolean>();
  readonly #touched = new Set<string>();
  #root: string;

  constructor(
    readonly tree: TreeState,
    readonly target: string,
  ) {
    this.#root = target;
  }

  async run(): Promise<UpdateOutcome> {
    const { tree, target } = this;
    const { manifest, staging, flush, basis } = tree;
    await flush.finish(staging.path, [staging.path]);
    await this.#announce();
    const deletes =
      basis === undefined
        ? { deleted: 0, undeleted: 0, kept: [] }
        : await deleteMissing(tree, basis, target);
    for (const [index, entry] of manifest.entries.entries()) {
      const git = await this.#existingGit(belowRoot(entry.path));
      if (git !== undefined) {
        this.#leaveGit(index, entry.path, git);
      } else if (entry.kind === 'folder') {
        this.#places.set(index, await this.#folder(belowRoot(entry.path), entry.path));
      } else if (entry.kind === 'link') {
        await this.#link(index, entry);
      } else {
        await this.#file(index, entry);
      }
    }
    await this.#setFolders();
    for (const folder of this.#touched) await flushFolder(folder);
    return {
      root: this.#root,
      places: this.#places,
      conflicts: [...this.#conflicts],
      deleted: deletes.deleted,
      undeleted: deletes.undeleted,
      kept: [...deletes.kept, ...this.#kept],
    };
  }

  /** Where each file is expected to go: after a power failure its new content there is known as ours. */
  async #announce(): Promise<void> {
    const { manifest, staging, arrivals, basis } = this.tree;
    for (const [index, entry] of manifest.entries.entries()) {
      if (arrivals.get(index)?.kind !== 'staged') continue;
      const at = basis?.find(entry.path)?.at ?? belowRoot(entry.path);
      staging.journal.add({ t: 'update', i: index, at });
    }
    await staging.journal.sync();
  }

  async #file(index: number, entry: FileEntry): Promise<void> {
    const arrival = this.tree.arrivals.get(index);
    if (arrival?.kind === 'inPlace') {
      await this.#touchUp(index, arrival);
    } else if (arrival?.kind === 'staged') {
      await this.#settle(index, entry, arrival);
    } else {
      this.#keep(entry.path);
    }
  }

  /** The same content; mode and time may be others. What was changed in the meantime stays. */
  async #touchUp(index: number, arrival: Arrival & { readonly kind: 'inPlace' }): Promise<void> {
    const entryPath = this.tree.manifest.entries[index]?.path ?? '';
    const own = this.tree.basis?.find(entryPath)?.at ?? belowRoot(entryPath);
    // Put beside by an earlier run of this transfer, which could not tell any more.
    if (arrival.at !== own) this.#conflicts.add(entryPath);
    this.#set(index, path.join(this.target, arrival.at));
    await demandRealWay(this.#above(this.target), parentOf(this.#fromAbove(arrival.at)));
    const place = path.join(this.target, arrival.at);
    const found = await lstat(place, { bigint: true }).catch(() => undefined);
    if (found === undefined || stampOf(found) !== arrival.stamp) return;
    const { mode, mtime } = arrival.state;
    const isAsTold =
      (Number(found.mode) & 0o777) === mode && found.mtimeNs / 1_000_000n === BigInt(mtime);
    if (!isAsTold) await setTraitsOf(place, arrival.state);
  }

  async #settle(
    index: number,
    entry: FileEntry,
    arrival: Arrival & { readonly kind: 'staged' },
  ): Promise<void> {
    const staged = this.tree.staging.place(entry.path);
    const place = await this.#placeFor(entry);
    const found = await this.#look(place);
    if (found?.isFile() === true && found.size === arrival.state.size) {
      // The same change was made on both sides.
      if ((await hashFile(place))?.sha256.equals(arrival.sha256) === true) {
        await setTraitsOf(place, arrival.state);
        this.#set(index, place);
        return;
      }
    }
    const earlier = this.tree.basis?.find(entry.path);
    const isOurs = found !== undefined && (await this.#isAsReceived(earlier, found));
    if (isOurs && found.isFile()) {
      await rename(staged, place);
      this.#set(index, place);
      return;
    }
    if (isOurs) await this.#makeWay(place, found);
    this.#set(index, await this.#putBeside(entry.path, place, staged, claimName, index));
  }

  async #link(index: number, entry: LinkEntry): Promise<void> {
    const place = await this.#placeFor(entry);
    const found = await this.#look(place);
    const isSame =
      found?.isSymbolicLink() === true && (await readlink(place).catch(() => '')) === entry.target;
    const claim: Claim = (_partial, free) => symlink(entry.target, free);
    let at = place;
    if (!isSame) {
      const earlier = this.tree.basis?.find(entry.path);
      if (found !== undefined && (await this.#isAsReceived(earlier, found))) {
        await this.#makeWay(place, found);
      }
      at = await this.#putBeside(entry.path, place, '', claim, index);
    }
    await setTime(at, entry.mtime);
    this.#set(index, at);
  }

  /** The folder itself, one that was there, or one beside what took its place here. */
  async #folder(below: string, entryPath: string): Promise<string> {
    const known = this.#folders.get(below);
    if (known !== undefined) {
      if (below !== '' || known !== '') return known;
      await demandRealWay(this.target, '');
      await makeWorkable(this.target);
      return known;
    }
    const parent = await this.#folder(parentOf(below), parentOf(entryPath));
    await demandRealWay(this.target, parent);
    const earlier = this.tree.basis?.find(entryPath);
    let place = path.join(this.target, this.#own(earlier, parent, below));
    const found = await this.#look(place);
    if (found?.isDirectory() !== true) {
      if (found !== undefined && (await this.#isAsReceived(earlier, found))) {
        await this.#makeWay(place, found);
      }
      const claim: Claim = async (_partial, free) => {
        this.tree.staging.journal.add({ t: 'made', path: relativeTo(this.target, free) });
        await this.tree.staging.journal.flush();
        await mkdir(free, 0o777 & this.tree.staging.traits.keptMode);
      };
      place = await this.#putBeside(entryPath, place, '', claim);
    }
    await makeWorkable(place);
    const at = relativeTo(this.target, place);
    this.#folders.set(below, at);
    return at;
  }

  /** Its place when that is free, else the next free name beside it. Never over anything. */
  async #putBeside(
    entryPath: string,
    place: string,
    partial: string,
    claim: Claim,
    index?: number,
  ): Promise<string> {
    const { journal } = this.tree.staging;
    // Exactly its own name, though another differs only in case: this disk tells them apart.
    if ((await this.#look(place)) === undefined) {
      const isPut = await claim(partial, place).then(
        () => true,
        (thrown: unknown) => {
          if (systemCode(thrown) === 'EEXIST') return false;
          throw thrown;
        },
      );
      if (isPut) return place;
    }
    this.#conflicts.add(entryPath);
    return placeFile(partial, path.dirname(place), path.basename(place), async (from, free) => {
      if (index !== undefined && partial !== '') {
        journal.add({ t: 'update', i: index, at: relativeTo(this.target, free) });
        await journal.sync();
      }
      await claim(from, free);
    });
  }

  /** Where an entry belongs, with the folders above it there and real at this very moment. */
  async #placeFor(entry: FileEntry | LinkEntry): Promise<string> {
    const below = belowRoot(entry.path);
    if (below === '') return this.target;
    const parent = await this.#folder(parentOf(below), parentOf(entry.path));
    await demandRealWay(this.target, parent);
    return path.join(this.target, this.#own(this.tree.basis?.find(entry.path), parent, below));
  }

  /** Beside its own place again, when that is where it came to lie before. */
  #own(earlier: LedgerEntry | undefined, parent: string, below: string): string {
    const at = earlier?.at;
    if (at !== undefined && parentOf(at) === parent) return at;
    const name = below.slice(below.lastIndexOf('/') + 1);
    return parent === '' ? name : `${parent}/${name}`;
  }

  async #isAsReceived(earlier: LedgerEntry | undefined, found: Stats): Promise<boolean> {
    const { basis } = this.tree;
    if (basis === undefined || earlier === undefined) return false;
    const isKind =
      earlier.kind === 'file'
        ? found.isFile() && found.size === earlier.size
        : earlier.kind === 'folder'
          ? found.isDirectory()
          : found.isSymbolicLink();
    if (!isKind) return false;
    if (belowRoot(earlier.path) === '') return isRootAsReceived(basis.place(earlier), earlier);
    return isAsReceived(basis, this.target, earlier);
  }

  /** What came before as another kind goes, a folder only when it is empty. */
  async #makeWay(place: string, found: Stats): Promise<void> {
    if (!found.isDirectory()) await rm(place, { force: true });
    else {
      await rmdir(place).catch((thrown: unknown) => {
        if (!['ENOTEMPTY', 'EEXIST'].includes(systemCode(thrown))) throw thrown;
      });
    }
  }

  /** The path of the `.git` in which an entry would lie, when there is one that we did not make. */
  async #existingGit(below: string): Promise<string | undefined> {
    const names = below.split('/');
    const depth = names.findIndex(isGit);
    if (depth === -1) return undefined;
    const git = names.slice(0, depth + 1).join('/');
    let exists = this.#gits.get(git);
    if (exists === undefined) {
      const isMade = this.tree.staging.lines.some(
        (line) => (line.t === 'made' && line.path === git) || this.#isPut(line, git),
      );
      exists = !isMade && (await this.#look(path.join(this.target, git))) !== undefined;
      this.#gits.set(git, exists);
    }
    return exists ? git : undefined;
  }

  /** A file called `.git` that an earlier run of this very transfer has put there. */
  #isPut(line: JournalLine, git: string): boolean {
    if (line.t !== 'update' || line.at !== git) return false;
    return this.tree.arrivals.get(line.i)?.kind === 'inPlace';
  }

  #leaveGit(index: number, entryPath: string, git: string): void {
    this.#keep(entryPath);
    if (this.tree.arrivals.get(index)?.kind !== 'staged') return;
    this.#conflicts.add(entryPath.slice(0, entryPath.length - belowRoot(entryPath).length) + git);
  }

  #keep(entryPath: string): void {
    const earlier = this.tree.basis?.find(entryPath);
    if (earlier !== undefined) this.#kept.push(earlier);
  }

  #set(index: number, place: string): void {
    this.#touched.add(path.dirname(place));
    const isRoot = !this.tree.manifest.entries[index]?.path.includes('/');
    if (isRoot) this.#root = place;
    this.#places.set(index, isRoot ? '' : relativeTo(this.target, place));
  }

  /** Deepest first, and only what is still a real folder. */
  async #setFolders(): Promise<void> {
    for (const [index, entry] of [...this.tree.manifest.entries.entries()].reverse()) {
      const at = this.#places.get(index);
      if (entry.kind !== 'folder' || at === undefined) continue;
      await demandRealWay(this.target, at);
      const place = path.join(this.target, at);
      this.#touched.add(place);
      await setTraitsOf(place, entry);
    }
  }

  async #look(place: string): Promise<Stats | undefined> {
    return lstat(place).catch((thrown: unknown) => {
      if (['ENOENT', 'ENOTDIR'].includes(systemCode(thrown))) return undefined;
      throw thrown;
    });
  }

  /** A single file lies in a folder that the person chose, as it is. */
  #above(target: string): string {
    return this.tree.manifest.entries[0]?.kind === 'folder' ? target : path.dirname(target);
  }

  #fromAbove(at: string): string {
    return this.tree.manifest.entries[0]?.kind === 'folder' ? at : path.basename(this.target);
  }
}

async function isRootAsReceived(place: string, earlier: LedgerEntry): Promise<boolean> {
  if (earlier.kind !== 'file') return false;
  return (await hashFile(place))?.sha256.toString('hex') === earlier.sha256;
}

function parentOf(at: string): string {
  return at.includes('/') ? at.slice(0, at.lastIndexOf('/')) : '';
}

function relativeTo(root: string, place: string): string {
  return path.relative(root, place).split(path.sep).join('/');
}
