import type { BigIntStats } from 'node:fs';
import { lstat, realpath } from 'node:fs/promises';
import path from 'node:path';
import { errors } from '../../errors';
import { whyBadPath } from '../../wire/v2Entry';
import { sourceError } from '../sourceFile';

/** A file or folder that the person named. Plain data, so that a journal can keep it. */
export interface SourceRoot {
  /** Its top-level name in the manifest: the one by which the person named it. */
  readonly name: string;
  /** Absolute, without any link in it. */
  readonly path: string;
}

export interface FoundRoot extends SourceRoot {
  readonly stats: BigIntStats;
}

/**
 * The files and folders of these paths. A path that is a link stands for what it leads to; the same
 * thing twice is there once.
 * @throws PATH_NOT_FOUND, PATH_UNREADABLE, NOT_A_FILE, NAME_REFUSED
 */
export async function findRoots(paths: readonly string[]): Promise<readonly FoundRoot[]> {
  const roots = new Map<string, FoundRoot>();
  for (const each of paths) {
    const root = await findRoot(path.resolve(each));
    if (!roots.has(root.path)) roots.set(root.path, root);
  }
  const names = new Set<string>();
  for (const { name, path: where } of roots.values()) {
    if (names.has(name)) throw errors.nameUnsendable(where, 'something else that is sent has too');
    names.add(name);
  }
  return [...roots.values()];
}

async function findRoot(source: string): Promise<FoundRoot> {
  try {
    const where = await realpath(source);
    const stats = await lstat(where, { bigint: true });
    if (!stats.isFile() && !stats.isDirectory()) throw errors.notAFile(source);
    const name = path.basename(source);
    const why = name === '' ? 'is that of a whole disk' : whyBadPath(name);
    if (why !== undefined) throw errors.nameUnsendable(source, why);
    return { name, path: where, stats };
  } catch (thrown) {
    throw sourceError(source, thrown);
  }
}

/** Whether one lies in the other's folder, at whatever depth. */
export function isInside(inner: SourceRoot, outer: SourceRoot): boolean {
  const above = outer.path.endsWith(path.sep) ? outer.path : outer.path + path.sep;
  return inner !== outer && inner.path.startsWith(above);
}
