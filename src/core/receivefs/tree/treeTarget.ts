import { lstat, mkdir, realpath, stat, statfs } from 'node:fs/promises';
import path from 'node:path';
import { errors } from '../../errors';
import type { Manifest } from '../../transfer/manifest';
import { isGit } from '../hostileCharacters';
import { safeName } from '../safeName';
import { type Ledger, rootOf } from './ledger';
import type { ReceivingTreeOptions } from './treeOptions';

/** Where the roots of a transfer go. */
export type TreeTarget =
  | {
      readonly kind: 'new';
      /** Absolute. */
      readonly directory: string;
      /** By number of the root: the name it gets when it is free. */
      readonly names: readonly string[];
    }
  | {
      readonly kind: 'update';
      readonly directory: string;
      /** Absolute: where the single root lies. */
      readonly target: string;
      readonly ledger: Ledger;
    };

/** @throws NAME_REFUSED */
export async function resolveTarget(
  { where, basis, kid }: ReceivingTreeOptions,
  { entries }: Manifest,
): Promise<TreeTarget> {
  const roots = [...new Set(entries.map((entry) => rootOf(entry.path)))];
  if ('directory' in where) {
    const names = roots.map((root) => safeName(root).name);
    return { kind: 'new', directory: path.resolve(where.directory), names };
  }
  const target = path.resolve(where.kind === 'update' ? where.target : where.path);
  const directory = path.dirname(target);
  if (roots.length !== 1) {
    throw errors.folderUnusable(target, 'several files and folders need a folder to go into');
  }
  if (where.kind === 'update' && basis?.kid === kid && basis.roots.length === 1) {
    const isThere = basis.roots[0]?.path === target && (await lies(target, entries[0]?.kind));
    if (isThere) return { kind: 'update', directory, target, ledger: basis };
  }
  return { kind: 'new', directory, names: [path.basename(target)] };
}

/**
 * Makes the folder that everything goes into. @throws FOLDER_UNUSABLE, and what the disk throws
 */
export async function prepareDirectory(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  if (!(await stat(directory)).isDirectory()) {
    throw errors.folderUnusable(directory, 'it is not a folder');
  }
  // What is put into a repository's own folder is run by the next command there.
  if ((await realpath(directory)).split(path.sep).some(isGit)) {
    throw errors.folderUnusable(directory, 'it lies in a .git folder');
  }
}

/** Bytes that must be free beyond the files, for folders, the journal and everybody else. */
const ROOM_MARGIN_BYTES = 1024 * 1024;

/** @throws DISK_FULL */
export async function demandRoom(directory: string, bytes: number): Promise<void> {
  const disk = await statfs(directory, { bigint: true });
  // Some network and FUSE drives do not know their size and say nought; then the write will tell.
  if (disk.blocks === 0n) return;
  const free = disk.bavail * disk.bsize;
  if (free < BigInt(bytes) + BigInt(ROOM_MARGIN_BYTES)) throw errors.diskFull(directory);
}

/** Whether there is still something of that kind: a folder, where folders are sent. */
async function lies(
  target: string,
  kind: 'file' | 'folder' | 'link' | undefined,
): Promise<boolean> {
  const found = await lstat(target).catch(() => undefined);
  return kind === 'file' ? found?.isFile() === true : found?.isDirectory() === true;
}
