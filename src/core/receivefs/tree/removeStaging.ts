import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { removeTree } from './removeTree';

export const JOURNAL_NAME = 'journal';

/**
 * Removes a staging folder, its journal last: without one nobody could tell any more that the rest
 * is ours, and what a crash left of it would stay for ever.
 */
export async function removeStaging(staging: string): Promise<void> {
  const names = await readdir(staging).catch(() => []);
  for (const name of names) {
    if (name !== JOURNAL_NAME) await removeTree(path.join(staging, name));
  }
  await rm(path.join(staging, JOURNAL_NAME), { force: true });
  await removeTree(staging);
}
