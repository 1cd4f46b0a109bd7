import { randomBytes, randomFillSync } from 'node:crypto';
import { mkdir, open, statfs, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { MIB } from './options';

const BLOCK_BYTES = 16 * MIB;
/** As in a source tree that is neither flat nor deep. */
const FILES_IN_FOLDER = 100;
/** Bytes beyond source and copy that a disk needs to keep working as usual. */
const SPARE_BYTES = 512 * MIB;

/** Writes a file of random bytes, which no layer can make smaller. */
export async function writeRandomFile(file: string, bytes: number): Promise<void> {
  const handle = await open(file, 'wx');
  try {
    const block = Buffer.allocUnsafe(BLOCK_BYTES);
    for (let left = bytes; left > 0; left -= BLOCK_BYTES) {
      await handle.write(randomFillSync(block), 0, Math.min(left, BLOCK_BYTES));
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Files of random bytes, a hundred to a folder. */
export async function writeRandomTree(top: string, files: number, bytes: number): Promise<void> {
  for (let number = 0; number < files; number++) {
    const folder = path.join(top, `folder-${Math.floor(number / FILES_IN_FOLDER)}`);
    if (number % FILES_IN_FOLDER === 0) await mkdir(folder, { recursive: true });
    await writeFile(path.join(folder, `file-${number}.bin`), randomBytes(bytes));
  }
}

/** A file of zeros that takes no room on the disk, where the file system can do that. */
export async function writeSparseFile(file: string, bytes: number): Promise<void> {
  const handle = await open(file, 'wx');
  try {
    await handle.truncate(bytes);
  } finally {
    await handle.close();
  }
}

/** @throws when there is no room for so many bytes */
export async function needRoom(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  if (free >= bytes + SPARE_BYTES) return;
  const needed = Math.ceil((bytes + SPARE_BYTES) / MIB);
  throw new Error(`${folder} has ${Math.floor(free / MIB)} MiB free; ${needed} MiB are needed.`);
}
