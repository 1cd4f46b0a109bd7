import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmod,
  lstat,
  mkdir,
  readdir,
  readlink,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import path from 'node:path';
import type { Randomness } from './randomness';

export interface KillTree {
  readonly path: string;
  /** Bytes of all files. */
  readonly bytes: number;
  /** Of the small files, relative, ascending by path. */
  readonly small: readonly string[];
}

/** The one that takes most of the time, in the middle of the others. */
export const LARGE = 'm/large.bin';

interface PlantOptions {
  readonly files: number;
  readonly largeBytes: number;
  readonly random: Randomness;
}

/** Many small files, a large one, and one of everything else that a tree can have. */
export async function plantTree(
  folder: string,
  { files, largeBytes, random }: PlantOptions,
): Promise<KillTree> {
  const at = (name: string): string => path.join(folder, name);
  for (const name of ['a', 'm', 'm/empty', 'z/deep']) await mkdir(at(name), { recursive: true });
  const small: string[] = [];
  let bytes = largeBytes;
  for (let number = 0; number < files; number++) {
    const above = number < files / 2 ? 'a' : 'z/deep';
    const name = `${above}/${String(number).padStart(5, '0')}.bin`;
    const content = randomBytes(Math.floor(random.between(0, 8000)));
    await writeFile(at(name), content);
    small.push(name);
    bytes += content.length;
  }
  await writeFile(at(LARGE), randomBytes(largeBytes));
  await writeFile(at('z/run.sh'), '#!/bin/sh\n');
  await chmod(at('z/run.sh'), 0o750);
  await symlink('../z/run.sh', at('m/link'));
  bytes += '#!/bin/sh\n'.length;
  for (const name of [...small, LARGE, 'z/run.sh']) await age(at(name), random);
  for (const name of ['m/empty', 'm', 'a', 'z/deep', 'z', '']) await age(at(name), random);
  return { path: folder, bytes, small };
}

async function age(place: string, random: Randomness): Promise<void> {
  const seconds = 1_500_000_000 + Math.floor(random.between(0, 1e8)) + 0.123;
  await utimes(place, seconds, seconds);
}

/** Contents by `diff -r`, then kinds, modes, times in milliseconds and link targets. */
export async function assertSame(sent: string, arrived: string): Promise<void> {
  execFileSync('diff', ['-r', '--no-dereference', sent, arrived], { stdio: 'pipe' });
  const [before, after] = [await linesOf(sent), await linesOf(arrived)];
  assert.deepEqual(after, before);
}

async function linesOf(root: string): Promise<readonly string[]> {
  const names = ['', ...(await readdir(root, { recursive: true }))].sort();
  const lines: string[] = [];
  for (const name of names) {
    const place = path.join(root, name);
    const found = await lstat(place);
    if (found.isSymbolicLink()) lines.push(`${name} -> ${await readlink(place)}`);
    else {
      const kind = found.isDirectory() ? 'folder' : 'file';
      const mode = (found.mode & 0o777).toString(8);
      lines.push(`${name} ${kind} ${mode} ${String(Math.floor(found.mtimeMs))}`);
    }
  }
  return lines;
}
