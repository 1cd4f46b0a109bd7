import fs from 'node:fs/promises';

/** Names in a folder; none when there is no such folder. */
export async function filesIn(folder: string): Promise<readonly string[]> {
  return fs.readdir(folder).catch((): string[] => []);
}
