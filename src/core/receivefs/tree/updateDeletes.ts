import { readlink, rm, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { isGit } from '../hostileCharacters';
import type { Basis } from './basis';
import { hashFile } from './fileHashes';
import { type LedgerEntry, belowRoot } from './ledger';
import { isRealFolder, isRealWay, makeWorkable } from './realFolders';
import type { TreeState } from './treeState';

export interface DeleteOutcome {
  /** By number, files and links. */
  readonly deleted: number;
  readonly undeleted: number;
  /** What stays of the ledger, for another time. */
  readonly kept: readonly LedgerEntry[];
}

/**
 * Removes what the sender removed, when it wants that and the person has allowed it: only what came
 * from it and is as it came, and then the folders of it that are empty. Nothing where the sender has
 * no file at all any more.
 */
export async function deleteMissing(
  tree: TreeState,
  basis: Basis,
  target: string,
): Promise<DeleteOutcome> {
  const { where } = tree.options;
  const { wantsDelete, mayDelete: isAllowed } =
    where.kind === 'update' ? where : { wantsDelete: false, mayDelete: false };
  // A disk that is not mounted leaves an empty folder in its place. Who truly wants to be rid of
  // everything can remove the folder here, too.
  const mayDelete = isAllowed && tree.manifest.entries.some(({ kind }) => kind !== 'folder');
  const missing = basis.missingIn(tree.manifest);
  if (!wantsDelete) return { deleted: 0, undeleted: 0, kept: missing };
  const kept: LedgerEntry[] = [];
  const removed = new Set(
    tree.staging.lines.flatMap((line) => (line.t === 'removed' ? [line.path] : [])),
  );
  let undeleted = 0;
  for (const entry of missing) {
    if (entry.kind === 'folder') continue;
    if (entry.path.split('/').some(isGit)) {
      kept.push(entry);
    } else if (await isAsReceived(basis, target, entry)) {
      if (mayDelete) {
        removed.add(entry.path);
        tree.staging.journal.add({ t: 'removed', path: entry.path });
        await tree.staging.journal.flush();
        const place = basis.place(entry);
        await makeWorkable(path.dirname(place));
        await rm(place, { force: true });
      } else {
        undeleted++;
        kept.push(entry);
      }
    }
  }
  for (const entry of missing.toReversed()) {
    if (entry.kind !== 'folder') continue;
    const isOver = mayDelete && (await removeEmpty(basis, target, entry));
    if (!isOver) kept.push(entry);
  }
  return { deleted: removed.size, undeleted, kept };
}

/** Whether what lies there is still what the ledger says, and no link leads to it. */
export async function isAsReceived(
  basis: Basis,
  target: string,
  entry: LedgerEntry,
): Promise<boolean> {
  if (!(await isRealWay(target, parentOf(entry)))) return false;
  const place = basis.place(entry);
  switch (entry.kind) {
    case 'file':
      return (await hashFile(place))?.sha256.toString('hex') === entry.sha256;
    case 'link':
      return (await readlink(place).catch(() => undefined)) === entry.target;
    case 'folder':
      return isRealFolder(place);
  }
}

async function removeEmpty(basis: Basis, target: string, entry: LedgerEntry): Promise<boolean> {
  if (belowRoot(entry.path) === '' || entry.path.split('/').some(isGit)) return false;
  if (!(await isRealWay(target, parentOf(entry)))) return true;
  const place = basis.place(entry);
  if (!(await isRealFolder(place))) return true;
  await makeWorkable(path.dirname(place));
  return rmdir(place).then(
    () => true,
    () => false,
  );
}

function parentOf(entry: LedgerEntry): string {
  const at = entry.at ?? belowRoot(entry.path);
  return at.includes('/') ? at.slice(0, at.lastIndexOf('/')) : '';
}
