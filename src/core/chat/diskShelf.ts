import { constants } from 'node:fs';
import {
  type FileHandle,
  lstat,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
} from 'node:fs/promises';
import path from 'node:path';
import { BeelineError, errors } from '../errors';
import type { Shelf } from './shelf';

/**
 * A shelf in a folder of its own, 0700 with files of 0600. No file stays open between two calls:
 * a person may have many conversations, and a process only so many files.
 */
export class DiskShelf implements Shelf {
  constructor(
    /** Absolute. Made with the first file. */
    readonly place: string,
  ) {}

  sizes(): Promise<ReadonlyMap<string, number>> {
    return this.attempt(async () => {
      const names = await readdir(this.place).catch(emptyWhenAbsent([] as string[]));
      const lines = names.filter((name) => name.endsWith(SUFFIX));
      const found = await Promise.all(lines.map((name) => lstat(this.fileOf(name))));
      return new Map(found.map(({ size }, index) => [lines[index] ?? '', size] as const));
    });
  }

  read(name: string): Promise<Buffer | undefined> {
    return this.attempt(() => readFile(this.fileOf(name)).catch(emptyWhenAbsent(undefined)));
  }

  readAt(name: string, offset: number, length: number): Promise<Buffer> {
    return this.withFile(name, constants.O_RDONLY, async (handle) => {
      const bytes = Buffer.alloc(length);
      let done = 0;
      while (done < length) {
        const { bytesRead } = await handle.read(bytes, done, length - done, offset + done);
        if (bytesRead === 0) throw errors.homeUnusable(this.place, CHANGED);
        done += bytesRead;
      }
      return bytes;
    });
  }

  write(name: string, offset: number, bytes: Buffer): Promise<void> {
    return this.attempt(async () => {
      await mkdir(this.place, { recursive: true, mode: 0o700 });
      await this.withFile(name, constants.O_WRONLY | constants.O_CREAT, async (handle) => {
        const { size } = await handle.stat();
        if (size < offset) throw errors.homeUnusable(this.place, CHANGED);
        if (size > offset) await handle.truncate(offset);
        try {
          await writeWhole(handle, bytes, offset);
        } catch (thrown) {
          // A full disk takes half a line.
          await handle.truncate(offset).catch(() => undefined);
          throw thrown;
        }
      });
    });
  }

  sync(name: string): Promise<void> {
    return this.attempt(async () => {
      const handle = await open(this.fileOf(name), constants.O_WRONLY | NO_FOLLOW).catch(
        emptyWhenAbsent(undefined),
      );
      // What was there has been delivered or cleared meanwhile.
      if (handle === undefined) return;
      try {
        await handle.datasync();
      } finally {
        await handle.close();
      }
    });
  }

  replace(name: string, bytes: Buffer): Promise<void> {
    return this.attempt(async () => {
      await mkdir(this.place, { recursive: true, mode: 0o700 });
      const temporary = `${name}.new`;
      const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC;
      try {
        await this.withFile(temporary, flags, async (handle) => {
          await writeWhole(handle, bytes, 0);
          await handle.datasync();
        });
        await rename(this.fileOf(temporary), this.fileOf(name));
      } catch (thrown) {
        await rm(this.fileOf(temporary), { force: true }).catch(() => undefined);
        throw thrown;
      }
    });
  }

  remove(name: string): Promise<void> {
    return this.attempt(async () => {
      await rm(this.fileOf(name), { force: true });
      await rm(this.fileOf(`${name}.new`), { force: true });
    });
  }

  setAside(name: string): Promise<void> {
    return this.attempt(async () => {
      const aside = this.fileOf(`${name}.damaged`);
      await rm(aside, { force: true, recursive: true });
      await rename(this.fileOf(name), aside);
    });
  }

  clear(): Promise<void> {
    return this.attempt(() => rm(this.place, { force: true, recursive: true }));
  }

  private fileOf(name: string): string {
    return path.join(this.place, name);
  }

  private withFile<T>(
    name: string,
    flags: number,
    act: (handle: FileHandle) => Promise<T>,
  ): Promise<T> {
    return this.attempt(async () => {
      const handle = await open(this.fileOf(name), flags | NO_FOLLOW, 0o600);
      try {
        return await act(handle);
      } finally {
        await handle.close();
      }
    });
  }

  private async attempt<T>(act: () => Promise<T>): Promise<T> {
    try {
      return await act();
    } catch (cause) {
      if (cause instanceof BeelineError) throw cause;
      throw errors.homeUnusable(this.place, reasonOf(cause), { cause });
    }
  }
}

/** How the names of all files of lines end. */
const SUFFIX = '.jsonl';
/** A link in the place of a file was not made by us. Windows does not know the flag. */
const NO_FOLLOW = (constants as Partial<typeof constants>).O_NOFOLLOW ?? 0;
const CHANGED = 'another program changed a file in it; start Beeline again';

async function writeWhole(handle: FileHandle, bytes: Buffer, offset: number): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const rest = bytes.length - done;
    done += (await handle.write(bytes, done, rest, offset + done)).bytesWritten;
  }
}

function emptyWhenAbsent<T>(value: T): (cause: unknown) => T {
  return (cause) => {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return value;
    throw cause;
  };
}

function reasonOf(cause: unknown): string {
  const { code } = cause as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || code === 'EDQUOT') return 'its disk is full; free some space';
  return cause instanceof Error ? cause.message : String(cause);
}
