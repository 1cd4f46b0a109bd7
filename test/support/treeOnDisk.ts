import { createHash } from 'node:crypto';
import {
  chmod,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import path from 'node:path';

/** A file's content, null for an empty folder, or a link. */
export type TreeSpec = Readonly<
  Record<string, Buffer | string | null | { readonly link: string } | ExecutableSpec>
>;
interface ExecutableSpec {
  readonly content: Buffer | string;
  readonly mode: number;
}

/** Seconds: a time that nothing has by chance. */
const LONG_AGO_S = 1_500_000_000;

/** Writes a tree into a folder, which is made, and gives its path. */
export async function makeTree(folder: string, spec: TreeSpec): Promise<string> {
  await mkdir(folder, { recursive: true });
  for (const [name, what] of Object.entries(spec)) {
    const where = path.join(folder, name);
    await mkdir(path.dirname(where), { recursive: true });
    if (what === null) await mkdir(where, { recursive: true });
    else if (typeof what === 'string' || Buffer.isBuffer(what)) await write(where, what, 0o644);
    else if ('link' in what) await symlink(what.link, where);
    else await write(where, what.content, what.mode);
  }
  return folder;
}

async function write(where: string, content: Buffer | string, mode: number): Promise<void> {
  await writeFile(where, content);
  await chmod(where, mode);
  await utimes(where, LONG_AGO_S, LONG_AGO_S);
}

/** Everything below a folder, one line an entry: what it is, its mode, time and content. */
export async function linesOf(folder: string, prefix = ''): Promise<string[]> {
  const lines: string[] = [];
  for (const name of (await readdir(folder)).sort()) {
    const where = path.join(folder, name);
    const found = await lstat(where);
    const shown = `${prefix}${name}`;
    const mode = (found.mode & 0o777).toString(8);
    if (found.isSymbolicLink()) lines.push(`${shown} -> ${await readlink(where)}`);
    else if (found.isDirectory()) {
      lines.push(`${shown}/ ${mode}`, ...(await linesOf(where, `${shown}/`)));
    } else {
      const sha256 = createHash('sha256')
        .update(await readFile(where))
        .digest('hex');
      lines.push(`${shown} ${mode} ${String(Math.floor(found.mtimeMs))} ${sha256.slice(0, 16)}`);
    }
  }
  return lines;
}
