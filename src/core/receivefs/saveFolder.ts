import { mkdir, open, rm, stat, statfs } from 'node:fs/promises';
import path from 'node:path';
import { errors } from '../errors';
import { diskError } from './diskError';
import { partialName } from './partialName';

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

async function probe(directory: string): Promise<number> {
  const name = path.join(directory, partialName());
  const handle = await open(name, 'wx', 0o666);
  try {
    return (await handle.stat()).mode & 0o666;
  } finally {
    await handle.close();
    await rm(name, { force: true });
  }
}
