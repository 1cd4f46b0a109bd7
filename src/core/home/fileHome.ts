import { createHash } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { errors } from '../errors';
import type { Collection, Home } from './home';

/** A home on disk: one JSON file a record, 0600 in folders of 0700. */
class FileHome implements Home {
  constructor(
    readonly folder: string,
    private readonly report: (line: string) => void,
  ) {}

  async read(collection: Collection, id: string): Promise<unknown> {
    return this.readRecord(path.join(this.folder, collection, fileNameOf(id)));
  }

  async readAll(collection: Collection): Promise<readonly unknown[]> {
    const folder = path.join(this.folder, collection);
    const names = await readdir(folder).catch(ifMissing([] as string[]));
    const records = await Promise.all(
      names
        .filter((name) => name.endsWith('.json'))
        .map((name) => this.readRecord(path.join(folder, name))),
    );
    return records.filter((record) => record !== undefined);
  }

  async write(collection: Collection, id: string, record: unknown): Promise<void> {
    const folder = path.join(this.folder, collection);
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await writeFileAtomic(path.join(folder, fileNameOf(id)), JSON.stringify(record), {
        mode: 0o600,
      });
    } catch (cause) {
      throw errors.homeUnusable(this.folder, reasonOf(cause), { cause });
    }
  }

  async remove(collection: Collection, id: string): Promise<void> {
    await rm(path.join(this.folder, collection, fileNameOf(id)), { force: true });
  }

  private async readRecord(file: string): Promise<unknown> {
    const text = await readFile(file, 'utf8').catch(ifMissing(undefined));
    if (text === undefined) return undefined;
    try {
      return JSON.parse(text) as unknown;
    } catch {
      // Kept for whoever wants to look, out of the way of the next start.
      await rename(file, `${file}.damaged`).catch(() => undefined);
      this.report(`${file} was damaged and has been set aside as ${path.basename(file)}.damaged`);
      return undefined;
    }
  }
}

/**
 * Opens a home folder, absolute; creates it with mode 0700 when it is missing.
 * @throws HOME_UNUSABLE when it cannot be made, is not a folder, or belongs to somebody else
 */
export async function openFileHome(
  folder: string,
  report: (line: string) => void = () => undefined,
): Promise<Home> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const found = await stat(folder);
    if (process.platform !== 'win32' && process.getuid !== undefined) {
      if (found.uid !== process.getuid()) {
        throw errors.homeUnusable(folder, 'it belongs to another user');
      }
      // Journals name files and peers; nobody else on this machine needs to read them.
      if ((found.mode & 0o077) !== 0) await chmod(folder, 0o700);
    }
  } catch (cause) {
    if (cause instanceof Error && cause.name === 'BeelineError') throw cause;
    throw errors.homeUnusable(folder, reasonOf(cause), { cause });
  }
  return new FileHome(folder, report);
}

/** Ids come from peers: plain ones stay readable, all others become a hash. */
function fileNameOf(id: string): string {
  const plain = /^[a-z0-9][a-z0-9-]{0,63}$/.test(id);
  return `${plain ? id : `x-${createHash('sha256').update(id).digest('hex').slice(0, 40)}`}.json`;
}

function ifMissing<T>(value: T): (cause: unknown) => T {
  return (cause) => {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') return value;
    throw errors.homeUnusable('folder', reasonOf(cause), { cause });
  };
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
