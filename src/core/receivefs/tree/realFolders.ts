import { chmod, lstat } from 'node:fs/promises';
import path from 'node:path';
import { errors } from '../../errors';

/** Enough for its owner to work in a folder. */
const OWNER_WORKS = 0o700;

/**
 * Whether every part of the way below the root is a real folder, and no link that leads elsewhere.
 * Asked right before each use, since Node has no calls that are relative to an open folder.
 */
export async function isRealWay(root: string, relative: string): Promise<boolean> {
  if (!(await isRealFolder(root))) return false;
  let at = root;
  for (const name of relative === '' ? [] : relative.split('/')) {
    at = path.join(at, name);
    if (!(await isRealFolder(at))) return false;
  }
  return true;
}

/** @throws FOLDER_UNUSABLE when somebody put something else there meanwhile */
export async function demandRealWay(root: string, relative: string): Promise<void> {
  if (await isRealWay(root, relative)) return;
  throw errors.folderUnusable(
    root,
    'a folder in it was replaced while it was being brought up to date',
  );
}

export async function isRealFolder(folder: string): Promise<boolean> {
  const found = await lstat(folder).catch(() => undefined);
  return found?.isDirectory() === true;
}

/** What arrived without permission to write in it has to be worked in all the same, for a while. */
export async function makeWorkable(folder: string): Promise<void> {
  const found = await lstat(folder).catch(() => undefined);
  if (found?.isDirectory() !== true || (found.mode & OWNER_WORKS) === OWNER_WORKS) return;
  await chmod(folder, (found.mode & 0o777) | OWNER_WORKS);
}

/** Which file or folder lies there, whatever its name; undefined for none. */
export async function nodeOf(place: string): Promise<string | undefined> {
  const found = await lstat(place, { bigint: true }).catch(() => undefined);
  return found && `${found.dev}:${found.ino}`;
}
