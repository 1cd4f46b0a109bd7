import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';

/** What was measured counts only if it is right. @throws when two files or folders differ */
export async function assertSameTree(source: string, received: string): Promise<void> {
  const [one, other] = [await namesIn(source), await namesIn(received)];
  if (one.join('\n') !== other.join('\n')) {
    throw new Error(`${one.length} entries were sent and ${other.length} arrived, or other names`);
  }
  for (const name of one) {
    const [sent, arrived] = [path.join(source, name), path.join(received, name)];
    if ((await lstat(sent)).isDirectory()) continue;
    const [before, after] = await Promise.all([hashOf(sent), hashOf(arrived)]);
    if (before !== after) throw new Error(`${name || 'the file'} arrived as another`);
  }
}

/** Relative to the top; of a file only itself, which is nothing. */
async function namesIn(top: string): Promise<readonly string[]> {
  if (!(await lstat(top)).isDirectory()) return [''];
  return (await readdir(top, { recursive: true })).sort();
}

async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}
