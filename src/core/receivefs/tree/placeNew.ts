import { chmod, mkdir, rename, rm, rmdir, symlink } from 'node:fs/promises';
import path from 'node:path';
import { errors } from '../../errors';
import type { ManifestEntry } from '../../wire/v2Entry';
import { systemCode } from '../diskError';
import { type Claim, claimName, placeFile } from '../placeFile';
import { setTime, setTraitsOf } from './fileTimes';
import { isRealFolder, nodeOf } from './realFolders';
import { type TreeState, placedAt, rootNumber, unnamedFolders } from './treeState';

/**
 * Finishes the tree in the staging folder and moves each root to its name or the next free one,
 * never over anything. Goes on from wherever an earlier run was stopped.
 */
export async function placeNew(tree: TreeState): Promise<void> {
  await completeTree(tree);
  await tree.flush.finish(tree.staging.path, stagedFolders(tree));
  await setFolderTraits(tree);
  const { manifest, staging } = tree;
  // Prepared once: there may be as many roots as entries.
  const roots = new Map<string, ManifestEntry>();
  for (const entry of manifest.entries) if (!entry.path.includes('/')) roots.set(entry.path, entry);
  const begun = new Map<number, string>();
  for (const line of staging.lines) if (line.t === 'placing') begun.set(line.i, line.path);
  for (const [number, name] of staging.roots.entries()) {
    await placeRoot(tree, number, { name, entry: roots.get(name), begun: begun.get(number) });
  }
  tree.options.log?.(`placed ${tree.placed.size} roots`);
}

/** Roots that an earlier run has moved, by what its journal says and the disk confirms. */
export async function findPlaced({ staging, placed }: TreeState): Promise<void> {
  for (const line of staging.lines) {
    if (line.t !== 'placing' || line.i >= staging.roots.length) continue;
    // The very same file or folder: a name alone may have been taken by another since.
    if ((await nodeOf(line.path)) !== line.node) {
      // Our own empty folder that reserved the name. Later the journal may not be there to tell.
      const isFolder = await isRealFolder(staging.root(line.i));
      if (isFolder && (await isRealFolder(line.path))) await rmdir(line.path).catch(ignore);
      continue;
    }
    placed.set(line.i, line.path);
    // Where names are given by hard links, the earlier name may still be there.
    if ((await nodeOf(staging.root(line.i))) === line.node) await rm(staging.root(line.i));
  }
}

/** Makes folders that nothing arrived in, and links, and sets what changed of files since. */
async function completeTree(tree: TreeState): Promise<void> {
  const { manifest, staging, arrivals, placed } = tree;
  for (const [index, entry] of manifest.entries.entries()) {
    if (placed.has(rootNumber(tree, entry.path))) continue;
    const place = staging.place(entry.path);
    staging.makeParents(place);
    if (entry.kind === 'folder') {
      await mkdir(place, { mode: 0o700 }).catch(ignoreExisting);
    } else if (entry.kind === 'link') {
      await rm(place, { force: true });
      await symlink(entry.target, place);
      await setTime(place, entry.mtime);
    } else if (arrivals.get(index)?.kind === 'gone') {
      await rm(place, { force: true });
    }
  }
}

/** Deepest first: what is done in a folder changes its time, and its mode may forbid it. */
async function setFolderTraits(tree: TreeState): Promise<void> {
  const { manifest, staging, placed } = tree;
  for (const entry of manifest.entries.toReversed()) {
    // A root gets them in its place: without permission to write in it, it could not be moved.
    if (entry.kind !== 'folder' || !entry.path.includes('/')) continue;
    if (!placed.has(rootNumber(tree, entry.path))) {
      await setTraitsOf(staging.place(entry.path), entry);
    }
  }
  for (const folder of unnamedFolders(manifest)) {
    if (placed.has(rootNumber(tree, folder))) continue;
    await chmod(staging.place(folder), 0o777 & staging.traits.keptMode);
  }
}

interface Root {
  readonly name: string;
  readonly entry: ManifestEntry | undefined;
  /** Where an earlier run was about to move it. */
  readonly begun: string | undefined;
}

async function placeRoot(
  tree: TreeState,
  number: number,
  { name, entry, begun }: Root,
): Promise<void> {
  const { staging, placed, target } = tree;
  const staged = staging.root(number);
  if (!placed.has(number)) {
    const node = await nodeOf(staged);
    // A single file that the sender does not have any more.
    if (node === undefined) return;
    if (target.kind !== 'new') throw errors.internal('an update placed as something new');
    const claim: Claim = async (partial, place) => {
      staging.journal.add({ t: 'placing', i: number, path: place, node });
      await staging.journal.sync();
      await (entry?.kind === 'file' ? claimName : claimFolder)(partial, place);
    };
    const isFolder = entry?.kind !== 'file';
    const reserved = isFolder ? begun : undefined;
    // Our own empty folder, made to reserve the name right before the crash.
    if (reserved !== undefined && (await isRealFolder(reserved)))
      await rmdir(reserved).catch(ignore);
    placed.set(
      number,
      await placeFile(staged, target.directory, target.names[number] ?? name, claim),
    );
    staging.journal.add({ t: 'placed', i: number });
    await staging.journal.flush();
  }
  const place = placed.get(number);
  if (place !== undefined && entry?.kind === 'folder') await setTraitsOf(place, entry);
}

/** An empty folder reserves the name, and the arrived one takes its place. */
const claimFolder: Claim = async (partial, target) => {
  await mkdir(target, { mode: 0o700 });
  try {
    // Windows moves no folder over another, not even an empty one.
    if (process.platform === 'win32') await rmdir(target);
    await rename(partial, target);
  } catch (thrown) {
    await rmdir(target).catch(ignore);
    // Somebody has put something into it: theirs from now on.
    if (['ENOTEMPTY', 'EEXIST'].includes(systemCode(thrown))) {
      throw Object.assign(new Error('taken'), { code: 'EEXIST' });
    }
    throw thrown;
  }
};

function stagedFolders(tree: TreeState): readonly string[] {
  const { manifest, staging, placed } = tree;
  const named = manifest.entries.filter(({ kind }) => kind === 'folder').map(({ path: at }) => at);
  return [...named, ...unnamedFolders(manifest)]
    .filter((folder) => !placed.has(rootNumber(tree, folder)))
    .map((folder) => staging.place(folder))
    .concat(path.resolve(staging.path));
}

/** Where an entry lies once its root is in place. */
export function placeOfEntry(tree: TreeState, entryPath: string): string | undefined {
  const root = tree.placed.get(rootNumber(tree, entryPath));
  return root === undefined ? undefined : placedAt(root, entryPath);
}

function ignoreExisting(thrown: unknown): void {
  if (systemCode(thrown) !== 'EEXIST') throw thrown;
}

function ignore(): void {
  // Whoever passes this has said why.
}
