import { lstat, mkdir, mkdtemp, readdir, readlink, realpath, rm } from 'node:fs/promises';
import { symlink, utimes, writeFile, chmod } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { ManifestEntry } from '../../../../src/core/wire/v2Entry';

/** A folder that is removed afterwards, whatever modes its folders have. */
export async function withFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await realpath(await mkdtemp(path.join(os.tmpdir(), 'beeline-source-')));
  try {
    await test(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Names in many scripts, and such as break what is careless about them. */
export const names = [
  'a',
  'B.txt',
  'a b',
  ' begins with a space',
  '-rf',
  '.hidden',
  '...',
  'new\nline',
  'tab\t',
  '*?[x]!',
  'quote"\'`$(x)',
  'ünï',
  'u\u0308ni\u0308',
  'файл',
  '文件夹',
  'ファイル',
  'ملف \u202eexe.txt',
  'קובץ',
  'हिन्दी',
  '😀👩\u200d👩\u200d👧',
  '\uff5e',
  '\u{10000}',
  'x'.repeat(255),
  '界'.repeat(85),
];

/** Makes a random tree below a folder that is there. Links stay inside. */
export async function makeTree(folder: string, random: () => number, size = 60): Promise<void> {
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const folders = [folder];
  for (let index = 0; index < size; index++) {
    const above = pick(folders);
    const where = path.join(above, pick(names));
    // Deeper than this a path gets longer than the system takes.
    if (where.length > 1_200 || (await lstat(where).catch(() => undefined)) !== undefined) continue;
    const kind = random();
    if (kind < 0.35) {
      await mkdir(where);
      folders.push(where);
    } else if (kind < 0.85) {
      await writeFile(where, Buffer.alloc(Math.floor(random() * 5_000), index));
      await chmod(where, pick([0o644, 0o600, 0o755, 0o4755, 0o444]));
      await utimes(where, random() * 2e9, random() * 2e9);
    } else {
      await symlink(pick(['a', '.', 'nowhere/at/all', path.relative(above, folder) || '.']), where);
    }
  }
}

/** What a list of this file or folder has to say, looked up in another way than the walk's. */
export async function expected(where: string, name: string): Promise<ManifestEntry[]> {
  const stats = await lstat(where, { bigint: true });
  const fields = {
    path: name,
    mode: Number(stats.mode & 0o777n),
    mtime: Number(stats.mtimeNs / 1_000_000n),
  };
  if (stats.isFile()) return [{ kind: 'file', ...fields, size: Number(stats.size) }];
  if (stats.isSymbolicLink()) {
    return [{ kind: 'link', ...fields, size: 0, target: await readlink(where) }];
  }
  const inside: ManifestEntry[] = [];
  for (const each of await readdir(where)) {
    inside.push(...(await expected(path.join(where, each), `${name}/${each}`)));
  }
  return [{ kind: 'folder', ...fields, size: 0 }, ...inside];
}

export function byPath(a: { readonly path: string }, b: { readonly path: string }): number {
  return Buffer.compare(Buffer.from(a.path), Buffer.from(b.path));
}
