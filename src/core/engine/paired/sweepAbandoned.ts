import { lstat, readdir } from 'node:fs/promises';
import path from 'node:path';
import { toBeelineError } from '../../errors';
import { removePartial } from '../../receivefs/incomingFile';
import { isPartialName } from '../../receivefs/partialName';
import { sweepProbe } from '../../receivefs/saveFolder';
import { sweepStaging } from '../../receivefs/tree/sweepStaging';
import { ABANDONED_AFTER_MS } from './abandonment';

/**
 * Removes what arrived in these folders for transfers that no journal knows any more, once nothing
 * of it has moved for two weeks. Never rejects: the next start looks again.
 * @param kept stagings, absolute, that are still gone on with
 */
export async function sweepAbandoned(
  folders: readonly string[],
  kept: ReadonlySet<string>,
  log: (line: string) => void,
): Promise<void> {
  for (const folder of new Set(folders)) {
    await sweepProbe(folder);
    const names = await readdir(folder).catch(() => []);
    for (const name of names.filter(isPartialName)) {
      const staging = path.join(folder, name);
      try {
        if (kept.has(staging) || !(await isAbandoned(staging))) continue;
        // A file of open mode, or else a folder.
        if (!(await removePartial(staging))) await sweepStaging(staging);
      } catch (thrown) {
        log(toBeelineError(thrown).message);
      }
    }
  }
}

/** By its newest time, for a folder also of what lies directly in it, its journal among that. */
async function isAbandoned(staging: string): Promise<boolean> {
  const found = await lstat(staging);
  if (found.isFile()) return Date.now() - found.mtimeMs > ABANDONED_AFTER_MS;
  if (!found.isDirectory()) return false;
  const inside = (await readdir(staging)).map((name) => lstat(path.join(staging, name)));
  const times = [found, ...(await Promise.all(inside))].map(({ mtimeMs }) => mtimeMs);
  return Date.now() - Math.max(...times) > ABANDONED_AFTER_MS;
}
