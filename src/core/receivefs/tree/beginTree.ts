import { lstat } from 'node:fs/promises';
import path from 'node:path';
import { errors } from '../../errors';
import { linkThatLeadsOut } from '../../transfer/linkTarget';
import type { Manifest } from '../../transfer/manifest';
import type { Basis } from './basis';
import type { StagingFolder } from './stagingFolder';
import { type TreeState, placedAt, rootNumber } from './treeState';
import type { TreeTarget } from './treeTarget';

/** Links of before that stay count as well: together they could lead where neither does alone. */
export function demandLinksInside(
  manifest: Manifest,
  target: TreeTarget,
  basis: Basis | undefined,
): void {
  const [root] = manifest.entries;
  const staying =
    target.kind === 'update' && root !== undefined
      ? (basis?.missingIn(manifest) ?? []).flatMap((entry) => {
          if (entry.kind !== 'link') return [];
          const at = entry.path.indexOf('/');
          const name = root.path.split('/')[0] ?? '';
          return [{ ...entry, size: 0 as const, path: name + entry.path.slice(at) }];
        })
      : [];
  if (linkThatLeadsOut([...manifest.entries, ...staying]) !== undefined) throw errors.linkRefused();
}

/** What a crash left half placed is finished as it was begun. */
export function asBegun(target: TreeTarget, staging: StagingFolder): TreeTarget {
  if (staging.header.mode !== 'new' || target.kind === 'new') return target;
  return { kind: 'new', directory: target.directory, names: [path.basename(target.target)] };
}

export function finalPlace({ target, staging }: TreeState, entryPath: string): string {
  if (target.kind === 'update') return placedAt(target.target, entryPath);
  const number = staging.roots.indexOf(entryPath.split('/')[0] ?? '');
  return placedAt(path.join(target.directory, target.names[number] ?? ''), entryPath);
}

/** Bytes that this disk does not hold for this transfer yet. */
export async function missingBytes(tree: TreeState): Promise<number> {
  const { manifest, staging, basis, target, placed } = tree;
  let bytes = 0;
  for (const entry of manifest.entries) {
    if (entry.kind !== 'file' || placed.has(rootNumber(tree, entry.path))) continue;
    const earlier = target.kind === 'update' ? basis?.find(entry.path) : undefined;
    const isReceived =
      earlier?.kind === 'file' && earlier.size === entry.size && earlier.mtime === entry.mtime;
    bytes += isReceived ? 0 : entry.size;
  }
  if (staging.lines.length === 0 || bytes === 0) return bytes;
  for (const entry of manifest.entries) {
    if (entry.kind !== 'file') continue;
    const found = await lstat(staging.place(entry.path)).catch(() => undefined);
    if (found?.isFile() === true) bytes -= Math.min(found.size, entry.size);
  }
  return Math.max(bytes, 0);
}
