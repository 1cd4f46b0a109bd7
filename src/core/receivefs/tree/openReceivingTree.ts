import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import path from 'node:path';
import { errors } from '../../errors';
import type { Manifest } from '../../transfer/manifest';
import type {
  ArrivingFile,
  ArrivingState,
  FileBegin,
  PlacedTree,
  ReceivingTree,
} from '../../transfer/receivingTree';
import type { FileEntry } from '../../wire/v2Entry';
import type { PlanItem } from '../../wire/v2Plan';
import { diskError, systemCode } from '../diskError';
import { ShortCalls } from '../shortCalls';
import { ArrivingOnDisk } from './arrivingFile';
import { Basis } from './basis';
import { asBegun, demandLinksInside, finalPlace, missingBytes } from './beginTree';
import { DiskFlush } from './diskFlush';
import { readThrough } from './fileHashes';
import { setTraits, setTraitsOf } from './fileTimes';
import type { Ledger } from './ledger';
import { concludeTree } from './concludeTree';
import { findPlaced, placeNew } from './placeNew';
import { type UpdateOutcome, placeUpdate } from './placeUpdate';
import { type TreePlan, planTree } from './planTree';
import { ShownContent } from './shownContent';
import { StagingFolder } from './stagingFolder';
import { sweepStaging } from './sweepStaging';
import { checkCollisions, checkLengths, checkNames } from './treeNames';
import type { ReceivingTreeOptions } from './treeOptions';
import type { Arrival, TreeState } from './treeState';
import { type TreeTarget, demandRoom, prepareDirectory, resolveTarget } from './treeTarget';
import { lockTarget } from './targetLock';
import { writeSmall } from './writeSmall';

/** A receiving tree, and once it is in place what to remember of it. */
export interface DiskTree extends ReceivingTree {
  readonly ledger: Ledger | undefined;
}

/**
 * A transfer's way to the disk. Nothing is touched before `prepare`. @throws TARGET_BUSY
 */
export async function openReceivingTree(options: ReceivingTreeOptions): Promise<DiskTree> {
  const { where } = options;
  const unlock = where.kind === 'update' ? await lockTarget(where.target) : (): void => undefined;
  return new TreeOnDisk(options, unlock);
}

class TreeOnDisk implements DiskTree {
  ledger: Ledger | undefined;
  readonly #options: ReceivingTreeOptions;
  readonly #unlock: () => void;
  #tree: TreeState | undefined;
  #plan: TreePlan | undefined;
  #arriving: { readonly index: number; readonly file: ArrivingOnDisk } | undefined;
  #result: PlacedTree | undefined;
  #isClosed = false;

  constructor(options: ReceivingTreeOptions, unlock: () => void) {
    this.#options = options;
    this.#unlock = unlock;
  }

  async prepare(manifest: Manifest, signal?: AbortSignal): Promise<readonly PlanItem[]> {
    const { limit } = this.#options;
    if (limit !== undefined && manifest.bytes > limit) {
      throw errors.tooLarge(manifest.bytes, limit);
    }
    checkNames(manifest);
    const target = await resolveTarget(this.#options, manifest);
    const basis = this.#options.basis && new Basis(this.#options.basis, manifest);
    demandLinksInside(manifest, target, basis);
    try {
      this.#tree = await this.#openTree(manifest, target, basis);
      this.#plan = await planTree(this.#tree, signal);
    } catch (thrown) {
      if (signal?.aborted === true) throw errors.cancelled({ cause: thrown });
      throw this.#error(thrown);
    }
    return this.#plan.items;
  }

  async begin(index: number, begin: FileBegin): Promise<ArrivingFile> {
    const { tree, entry } = this.#at(index);
    await this.#letGo();
    tree.arrivals.delete(index);
    try {
      const file = await this.#arrive(tree, index, entry, begin);
      this.#arriving = { index, file };
      return file;
    } catch (thrown) {
      throw this.#error(thrown);
    }
  }

  async put(index: number, state: ArrivingState, content: Buffer, sha256: Buffer): Promise<void> {
    const { tree, entry } = this.#at(index);
    const place = tree.staging.place(entry.path);
    const traits = { ...state, keptMode: tree.staging.traits.keptMode };
    try {
      tree.staging.makeParents(place);
      await tree.calls.run(writeSmall(place, content, traits)).catch(async (thrown: unknown) => {
        // What an earlier run left of it, or a state of it that changed.
        if (systemCode(thrown) !== 'EEXIST') throw thrown;
        await rm(place, { force: true });
        await tree.calls.run(writeSmall(place, content, traits));
      });
    } catch (thrown) {
      await rm(place, { force: true }).catch(() => undefined);
      throw this.#error(thrown);
    }
    tree.flush.later(place);
    this.#arrived(tree, index, state, sha256);
  }

  async same(index: number, state: ArrivingState): Promise<void> {
    const { tree, entry } = this.#at(index);
    const known = this.#plan?.have.get(index);
    if (known === undefined || known.kind === 'gone') {
      throw errors.protocol(`entry ${index} as one that is here`);
    }
    if (known.state.size !== state.size && known.kind !== 'placed') {
      throw errors.protocol(`another size of entry ${index}, which is here`);
    }
    tree.arrivals.set(index, { ...known, state });
    const isOther = known.state.mode !== state.mode || known.state.mtime !== state.mtime;
    if (known.kind !== 'staged' || !isOther) return;
    try {
      await setTraitsOf(tree.staging.place(entry.path), state);
    } catch (thrown) {
      throw this.#error(thrown);
    }
  }

  async gone(index: number): Promise<void> {
    const { tree, entry } = this.#at(index);
    if (this.#arriving?.index === index) await this.#letGo();
    tree.arrivals.set(index, { kind: 'gone' });
    const place = tree.staging.place(entry.path);
    tree.flush.forget(place);
    await rm(place, { force: true }).catch(() => undefined);
  }

  async place(): Promise<PlacedTree> {
    if (this.#result !== undefined) return this.#result;
    const { tree } = this.#at(0, 'any');
    await this.#letGo();
    try {
      for (const [index, entry] of tree.manifest.entries.entries()) {
        if (entry.kind === 'file' && !tree.arrivals.has(index)) {
          throw errors.internal(`entry ${index} has not arrived`);
        }
      }
      await tree.staging.journal.flush();
      let outcome: UpdateOutcome | undefined;
      if (tree.target.kind === 'update') outcome = await placeUpdate(tree, tree.target);
      else await placeNew(tree);
      const { placed, ledger } = await concludeTree(tree, outcome);
      await this.#options.onPlaced?.(placed, ledger);
      this.ledger = ledger;
      this.#result = placed;
      return placed;
    } catch (thrown) {
      throw this.#error(thrown);
    }
  }

  /**
   * Of what is in place nothing is left beside it: only now, so that whoever has not recorded it yet
   * finds it again.
   */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    try {
      await this.#letGo();
      await this.#tree?.flush.settle();
      if (this.#result !== undefined) await this.#tree?.staging.remove();
      else await this.#tree?.staging.journal.close();
    } finally {
      this.#unlock();
    }
  }

  async discard(): Promise<void> {
    const wasClosed = this.#isClosed;
    this.#isClosed = true;
    try {
      await this.#letGo();
      await this.#tree?.flush.settle();
      if (this.#tree !== undefined && !wasClosed) await this.#tree.staging.remove();
      const earlier = this.#tree?.staging.path ?? this.#options.staging;
      if (earlier !== undefined) await sweepStaging(earlier);
    } finally {
      this.#unlock();
    }
  }

  async #openTree(
    manifest: Manifest,
    target: TreeTarget,
    basis: Basis | undefined,
  ): Promise<TreeState> {
    const { transferId, kid, staging: earlier, onStaging } = this.#options;
    await prepareDirectory(target.directory);
    const header = { id: transferId, kid, digest: manifest.digest.toString('hex') };
    const staging = await StagingFolder.open(
      {
        beside: target.directory,
        earlier,
        onStaging,
        header: { ...header, mode: target.kind },
      },
      manifest,
    );
    const tree: TreeState = {
      options: this.#options,
      manifest,
      target: asBegun(target, staging),
      staging,
      basis,
      flush: new DiskFlush(),
      calls: new ShortCalls(),
      placed: new Map(),
      arrivals: new Map(),
    };
    try {
      checkCollisions(manifest, staging.traits);
      await checkLengths(manifest, staging.path, (entryPath) => [
        staging.place(entryPath),
        finalPlace(tree, entryPath),
      ]);
      if (tree.target.kind === 'new') await findPlaced(tree);
      await demandRoom(target.directory, await missingBytes(tree));
      return tree;
    } catch (thrown) {
      // Nothing has arrived in a new one; an older one stays for whoever mends what is wrong.
      if (staging.lines.length === 0) await staging.remove().catch(() => undefined);
      else await staging.journal.close();
      throw thrown;
    }
  }

  async #arrive(
    tree: TreeState,
    index: number,
    entry: FileEntry,
    begin: FileBegin,
  ): Promise<ArrivingOnDisk> {
    const { staging, flush } = tree;
    const place = staging.place(entry.path);
    flush.forget(place);
    const from = begin.kind === 'from' ? await this.#goOn(place, index, begin.offset) : undefined;
    const shown = begin.kind === 'blocks' ? this.#plan?.shown.get(index) : undefined;
    if (begin.kind === 'blocks' && shown === undefined) {
      throw errors.protocol(`blocks of entry ${index}, which is not here`);
    }
    const handle = from?.handle ?? (await staging.create(place));
    const { state } = begin;
    return new ArrivingOnDisk({
      handle,
      state,
      ...(from && { from }),
      shown: shown && new ShownContent(shown.parts, shown.size),
      onDurable: (at) => {
        staging.journal.add({ t: 'mark', i: index, at });
      },
      onWhole: async (sha256) => {
        await setTraits(handle, state).catch(async (thrown: unknown) => {
          await handle.close();
          throw thrown;
        });
        await flush.now(handle);
        await rm(staging.earlierPart(index), { force: true });
        this.#arrived(tree, index, state, sha256);
      },
      onWrong: async () => {
        await handle.close();
        await rm(place, { force: true });
      },
      toError: (thrown) => this.#error(thrown),
    });
  }

  /** Cuts off what is behind the offset, and has the hash of what is before it. */
  async #goOn(place: string, index: number, offset: number) {
    const known = this.#plan?.prefixes.get(index)?.get(offset);
    if (known === undefined) {
      throw errors.protocol(`entry ${index} from an offset that was not shown`);
    }
    const noFollow = (constants as Partial<typeof constants>).O_NOFOLLOW ?? 0;
    const handle = await open(place, constants.O_RDWR | noFollow);
    try {
      await handle.truncate(offset);
      // Begun a second time, it may have been written over: the disk is asked what it has now.
      const hash = createHash('sha256');
      const read = await readThrough(handle, { from: 0, to: offset }, hash);
      const isSame = hash.copy().digest().equals(known.copy().digest());
      if (read !== offset || !isSame) {
        throw errors.folderUnusable(place, 'it changed while it was being received');
      }
      return { handle, offset, hash };
    } catch (thrown) {
      await handle.close();
      throw thrown;
    }
  }

  #arrived(tree: TreeState, index: number, state: ArrivingState, sha256: Buffer): void {
    const { size, mtime, mode } = state;
    const arrival: Arrival = { kind: 'staged', state: { size, mtime, mode }, sha256 };
    tree.arrivals.set(index, arrival);
    tree.staging.journal.add({
      t: 'file',
      i: index,
      size,
      mtime,
      mode,
      sha: sha256.toString('hex'),
    });
  }

  #at(index: number): { readonly tree: TreeState; readonly entry: FileEntry };
  #at(index: number, kind: 'any'): { readonly tree: TreeState };
  #at(index: number, kind?: 'any') {
    const tree = this.#tree;
    if (tree === undefined || this.#isClosed) throw errors.internal('a tree that is not prepared');
    const entry = tree.manifest.entries[index];
    if (kind === undefined && entry?.kind !== 'file') {
      throw errors.protocol(`entry ${index} as a file`);
    }
    return { tree, entry };
  }

  async #letGo(): Promise<void> {
    const arriving = this.#arriving;
    this.#arriving = undefined;
    await arriving?.file.letGo();
  }

  #error(thrown: unknown): Error {
    const code = systemCode(thrown);
    if (code === 'ENAMETOOLONG') {
      return errors.nameRefused('a path in it is longer than this system allows', {
        cause: thrown,
      });
    }
    const { where } = this.#options;
    const folder =
      this.#tree?.target.directory ?? ('directory' in where ? where.directory : pathOf(where));
    return diskError(folder, thrown);
  }
}

function pathOf(where: { readonly target: string } | { readonly path: string }): string {
  return path.dirname('target' in where ? where.target : where.path);
}
