import { lstat, open, rm } from 'node:fs/promises';
import path from 'node:path';

/** What a disk makes of names and modes; asked of the disk, since no system says so. */
export interface DiskTraits {
  readonly foldsCase: boolean;
  /** Takes composed and decomposed letters for the same. */
  readonly foldsForms: boolean;
  /** Permission bits that a new file keeps of those it is made with. */
  readonly keptMode: number;
}

/** Tries it out in a folder of our own. */
export async function diskTraits(folder: string): Promise<DiskTraits> {
  const composed = path.join(folder, 'probe-\u00e9');
  await rm(composed, { force: true });
  const handle = await open(composed, 'wx', 0o777);
  try {
    const { mode } = await handle.stat();
    return {
      foldsCase: await isThere(path.join(folder, 'PROBE-\u00c9')),
      foldsForms: await isThere(path.join(folder, 'probe-e\u0301')),
      keptMode: mode & 0o777,
    };
  } finally {
    await handle.close();
    await rm(composed, { force: true });
  }
}

/** What two names have in common when this disk takes them for the same. */
export function foldOn(traits: DiskTraits, name: string): string {
  const formed = traits.foldsForms ? name.normalize('NFC') : name;
  if (!traits.foldsCase) return formed;
  const folded = formed.toLowerCase().toUpperCase();
  return traits.foldsForms ? folded.normalize('NFC') : folded;
}

async function isThere(file: string): Promise<boolean> {
  return lstat(file).then(
    () => true,
    () => false,
  );
}
