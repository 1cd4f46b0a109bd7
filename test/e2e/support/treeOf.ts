import { createHash } from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';

/** One line for everything in a folder: what it is, mode, time, and content or target. */
export async function treeOf(folder: string, without: readonly string[] = []): Promise<string[]> {
  const lines: string[] = [];
  const walk = async (relative: string): Promise<void> => {
    const file = path.join(folder, relative);
    const found = await fs.lstat(file);
    const mode = (found.mode & 0o777).toString(8);
    const time = String(Math.trunc(found.mtimeMs));
    if (found.isSymbolicLink()) lines.push(`${relative} -> ${await fs.readlink(file)}`);
    else if (found.isDirectory()) {
      lines.push(`${relative}/ ${mode} ${time}`);
      for (const name of (await fs.readdir(file)).toSorted()) {
        const inner = path.join(relative, name);
        if (!without.includes(inner)) await walk(inner);
      }
    } else {
      const hash = createHash('sha256')
        .update(await fs.readFile(file))
        .digest('hex');
      lines.push(`${relative} ${mode} ${time} ${hash}`);
    }
  };
  await walk('.');
  return lines;
}
