import { createHash } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { errors, type BeelineError } from '../errors';
import type { Collection, Home } from './home';

/** Milliseconds; nobody writes a record for so long, so its writer was killed. */
const ABANDONED_MS = 60 * 60 * 1000;

/** A home on disk: one JSON file a record, 0600 in folders of 0700. */
class FileHome implements Home {
  /** What is being done to each file: a removal must not be overtaken by a write before it. */
  private readonly turns = new Map<string, Promise<unknown>>();

  constructor(
    readonly folder: string,
    private readonly report: (line: string) => void,
  ) {}

  async read(collection: Collection, id: string): Promise<unknown> {
    return this.readRecord(this.fileOf(collection, id));
  }

  async readAll(collection: Collection): Promise<readonly unknown[]> {
    const folder = path.join(this.folder, collection);
    const names = await readdir(folder).catch((cause: unknown) => {
      if (codeOf(cause) === 'ENOENT') return [];
      throw this.unusable(cause);
    });
    await Promise.all(names.filter(isTemporary).map((name) => this.sweep(path.join(folder, name))));
    const records = await Promise.all(
      names
        .filter((name) => name.endsWith('.json'))
        .map((name) => this.readRecord(path.join(folder, name))),
    );
    return records.filter((record) => record !== undefined);
  }

  write(collection: Collection, id: string, record: unknown): Promise<void> {
    const file = this.fileOf(collection, id);
    // Now, because the caller may go on changing the record.
    const text = JSON.stringify(record);
    return this.inTurn(file, async () => {
      await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
      await writeFileAtomic(file, text, { mode: 0o600 });
    });
  }

  remove(collection: Collection, id: string): Promise<void> {
    const file = this.fileOf(collection, id);
    return this.inTurn(file, () => rm(file, { force: true }));
  }

  private fileOf(collection: Collection, id: string): string {
    return path.join(this.folder, collection, fileNameOf(id));
  }

  private async inTurn(file: string, act: () => Promise<void>): Promise<void> {
    const turn = (this.turns.get(file) ?? Promise.resolve()).catch(() => undefined).then(act);
    this.turns.set(file, turn);
    try {
      await turn;
    } catch (cause) {
      throw this.unusable(cause);
    } finally {
      if (this.turns.get(file) === turn) this.turns.delete(file);
    }
  }

  private async readRecord(file: string): Promise<unknown> {
    let text: string;
    try {
      text = await readFile(file, 'utf8');
    } catch (cause) {
      if (codeOf(cause) === 'ENOENT') return undefined;
      if (codeOf(cause) === 'EISDIR') return this.setAside(file);
      throw this.unusable(cause);
    }
    try {
      return JSON.parse(text) as unknown;
    } catch {
      return this.setAside(file);
    }
  }

  /** Kept for whoever wants to look, out of the way of the next start. */
  private async setAside(file: string): Promise<undefined> {
    const aside = `${file}.damaged`;
    await rm(aside, { force: true, recursive: true })
      .then(() => rename(file, aside))
      .catch(() => undefined);
    this.report(`${file} was damaged and has been set aside as ${path.basename(aside)}`);
  }

  /** Removes what a killed writer left. */
  private async sweep(file: string): Promise<void> {
    try {
      if (Date.now() - (await stat(file)).mtimeMs > ABANDONED_MS) await rm(file, { force: true });
    } catch {
      // Its writer has just finished, or the next start finds it again.
    }
  }

  private unusable(cause: unknown): BeelineError {
    return errors.homeUnusable(this.folder, reasonOf(cause), { cause });
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
    const isFile = codeOf(cause) === 'EEXIST' || codeOf(cause) === 'ENOTDIR';
    throw errors.homeUnusable(folder, isFile ? 'it is not a folder' : reasonOf(cause), { cause });
  }
  return new FileHome(folder, report);
}

/** Ids come from peers: plain ones stay readable, all others become a hash. */
function fileNameOf(id: string): string {
  const plain = /^[a-z0-9][a-z0-9-]{0,63}$/.test(id) && !RESERVED.test(id);
  return `${plain ? id : `x-${createHash('sha256').update(id).digest('hex').slice(0, 40)}`}.json`;
}

/** Names of devices on Windows, and the form that hashes have here. */
const RESERVED = /^(x-.*|con|prn|aux|nul|com\d|lpt\d)$/;

/** How `write-file-atomic` names a record that is being written. */
function isTemporary(name: string): boolean {
  return /\.json\.\d+$/.test(name);
}

function codeOf(cause: unknown): string | undefined {
  return (cause as NodeJS.ErrnoException).code;
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
