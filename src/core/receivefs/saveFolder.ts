import { type FileHandle, lstat, mkdir, open, rm, stat, statfs } from 'node:fs/promises';
import path from 'node:path';
import { errors } from '../errors';
import { diskError, systemCode } from './diskError';
import { PROBE_NAME, partialName } from './partialName';

/**
 * Whether a file of this size can be saved in the folder, asked before an offer is accepted.
 * The folder is created if absent.
 * @throws FOLDER_UNUSABLE, DISK_FULL
 */
export async function checkRoom(directory: string, size: number): Promise<void> {
  await prepareFolder(directory, size);
}

/** Bytes that must be free beyond the file, for the folder's own growth and everybody else. */
const ROOM_MARGIN_BYTES = 1024 * 1024;

/**
 * The same, and the mode that files get there: 0666 less the umask, or what the folder's default
 * access list says. Asked of an empty file, since `process.umask()` changes it for a moment.
 * @throws FOLDER_UNUSABLE, DISK_FULL
 */
export async function prepareFolder(
  directory: string,
  size: number,
): Promise<{ readonly fileMode: number }> {
  try {
    await mkdir(directory, { recursive: true });
    if (!(await stat(directory)).isDirectory()) {
      throw errors.folderUnusable(directory, 'it is not a folder');
    }
    await checkFree(directory, size);
    return { fileMode: await probe(directory) };
  } catch (thrown) {
    throw diskError(directory, thrown);
  }
}

async function checkFree(directory: string, size: number): Promise<void> {
  const disk = await statfs(directory, { bigint: true });
  // Some network and FUSE drives do not know their size and say nought; then the write will tell.
  if (disk.blocks === 0n) return;
  if (disk.bavail * disk.bsize < BigInt(size) + BigInt(ROOM_MARGIN_BYTES)) {
    throw errors.diskFull(directory);
  }
}

/**
 * Removes the probe that a crash left in a folder, if it is one: a plain file with nothing in it.
 * Whoever asks at this moment does not mind. Resolves with whether it went.
 */
export async function sweepProbe(directory: string): Promise<boolean> {
  const probe = path.join(directory, PROBE_NAME);
  const found = await lstat(probe).catch(() => undefined);
  if (found?.isFile() !== true || found.size !== 0) return false;
  return rm(probe, { force: true }).then(
    () => true,
    // In a folder of several people it may be another's.
    () => false,
  );
}

async function probe(directory: string): Promise<number> {
  const { handle, place } = await openProbe(directory);
  try {
    return (await handle.stat()).mode & 0o666;
  } finally {
    await handle.close();
    await rm(place, { force: true });
  }
}

async function openProbe(
  directory: string,
): Promise<{ readonly handle: FileHandle; readonly place: string }> {
  const create = async (name: string) => {
    const place = path.join(directory, name);
    return { handle: await open(place, 'wx', 0o666), place };
  };
  for (let tries = 0; tries < PROBE_TRIES; tries++) {
    try {
      return await create(PROBE_NAME);
    } catch (thrown) {
      if (systemCode(thrown) !== 'EEXIST') throw thrown;
      if (!(await sweepProbe(directory))) break;
    }
  }
  // What is in the way is not ours, or others ask as often as we do.
  return create(partialName());
}

/** Those who ask at the same moment may be in each other's way. */
const PROBE_TRIES = 3;
