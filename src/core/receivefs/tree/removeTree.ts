import { chmod, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { systemCode } from '../diskError';

/** Links in it are removed, never followed. Folders without permissions get them first. */
export async function removeTree(folder: string): Promise<void> {
  try {
    await rm(folder, { recursive: true, force: true });
  } catch (thrown) {
    if (!['EACCES', 'EPERM'].includes(systemCode(thrown))) throw thrown;
    await openUp(folder);
    await rm(folder, { recursive: true, force: true });
  }
}

async function openUp(folder: string): Promise<void> {
  await chmod(folder, 0o700);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) await openUp(path.join(folder, entry.name));
  }
}
