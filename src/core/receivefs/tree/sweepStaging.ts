import { lstat, readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { isPartialName } from '../partialName';
import { isRealFolder } from './realFolders';
import { JOURNAL_NAME, removeStaging } from './removeStaging';
import { MAX_JOURNAL_BYTES, readJournal } from './stagingJournal';

/**
 * Removes a staging folder that nobody goes on with, if it is one: named like ours, a real folder,
 * empty or with a journal of ours. One of a newer version is left. Resolves with whether it went.
 */
export async function sweepStaging(staging: string): Promise<boolean> {
  if (!isPartialName(path.basename(staging)) || !(await isRealFolder(staging))) return false;
  const names = await readdir(staging).catch(() => undefined);
  if (names === undefined) return false;
  if (names.length > 0) {
    const bytes = await readJournalFile(staging);
    if (bytes === undefined) return false;
    // A header that is not whole was torn before anything was written behind it.
    const isTorn = !bytes.includes('\n') && names.every((name) => OUR_NAMES.test(name));
    if (!isTorn && readJournal(bytes).kind !== 'read') return false;
  }
  await removeStaging(staging);
  return true;
}

const OUR_NAMES = /^(journal|\d+|old-\d+|probe-.*)$/u;

/** Undefined when there is none that is a plain file of a size that we write. */
export async function readJournalFile(folder: string): Promise<Buffer | undefined> {
  const file = path.join(folder, JOURNAL_NAME);
  const found = await lstat(file).catch(() => undefined);
  if (found?.isFile() !== true || found.size > MAX_JOURNAL_BYTES) return undefined;
  return readFile(file);
}
