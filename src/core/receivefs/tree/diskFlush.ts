import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { type FileHandle, open, readFile } from 'node:fs/promises';
import { inParallel } from './inParallel';

/**
 * Files from which on the whole disk is flushed at once, where the system has a program for it. One
 * by one, ten thousand files cost a second and more; all at once, what one large write costs.
 */
const MANY_FILES = 64;
/** Milliseconds that this may take when others have written much; then one by one after all. */
const FLUSH_ALL_MS = 20_000;
/** Bytes of everybody that wait for all disks: beyond, only our own files are flushed. */
const MAX_WAITING_BYTES = 512 * 1024 * 1024;
/** Flushes of large files that run beside what arrives. */
const BACKGROUND_FLUSHES = 2;
/** Flushes at once: disks gather them. */
const FLUSHES_AT_ONCE = 16;

/** What has to be durable before it may be said to be there. */
export class DiskFlush {
  readonly #waiting = new Set<string>();
  readonly #running = new Set<Promise<void>>();
  #failed: { readonly thrown: unknown } | undefined;

  /** This file is flushed with the others, in the end. */
  later(file: string): void {
    this.#waiting.add(file);
  }

  /** It is not there any more, or begins anew. */
  forget(file: string): void {
    this.#waiting.delete(file);
  }

  /** Flushes an open file and closes it, beside what arrives. Resolves when there is room for more. */
  async now(handle: FileHandle): Promise<void> {
    const flushing: Promise<void> = handle
      .datasync()
      .catch((thrown: unknown) => {
        this.#failed ??= { thrown };
      })
      .then(() => handle.close())
      .finally(() => {
        this.#running.delete(flushing);
      });
    this.#running.add(flushing);
    while (this.#running.size > BACKGROUND_FLUSHES) await Promise.race(this.#running);
  }

  /** Resolves once everything is durable, with the folders given. */
  async finish(staging: string, folders: readonly string[]): Promise<void> {
    await this.settle();
    if (this.#failed !== undefined) throw this.#failed.thrown;
    const files = [...this.#waiting, ...folders];
    if (files.length < MANY_FILES || !(await flushDisk(staging))) {
      await inParallel(this.#waiting, (file) => flushFile(file), FLUSHES_AT_ONCE);
      await inParallel(folders, (folder) => flushFolder(folder), FLUSHES_AT_ONCE);
    }
    this.#waiting.clear();
  }

  async settle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }
}

/** Makes names durable. Windows and some network drives cannot, and do not need it. */
export async function flushFolder(folder: string): Promise<void> {
  await flushFile(folder).catch(() => undefined);
}

async function flushFile(file: string): Promise<void> {
  const noFollow = (constants as Partial<typeof constants>).O_NOFOLLOW ?? 0;
  const access = process.platform === 'win32' ? constants.O_RDWR : constants.O_RDONLY;
  const handle = await open(file, access | noFollow);
  await handle.sync().finally(() => handle.close());
}

/** What waits for the disks, as Linux tells it in KiB. More than we would wait for where it does not. */
async function waitingBytes(): Promise<number> {
  const told = await readFile('/proc/meminfo', 'utf8').catch(() => '');
  const kib = /^Dirty: +([0-9]+) kB$/m.exec(told)?.[1];
  return kib === undefined ? Infinity : Number(kib) * 1024;
}

/** Whether it could be done: `sync -f` of the GNU tools is the one door to `syncfs` from here. */
async function flushDisk(folder: string): Promise<boolean> {
  if (process.platform !== 'linux' || (await waitingBytes()) > MAX_WAITING_BYTES) return false;
  return new Promise((resolve) => {
    const child = spawn('sync', ['-f', folder], { stdio: 'ignore', timeout: FLUSH_ALL_MS });
    child.once('error', () => {
      resolve(false);
    });
    child.once('close', (code) => {
      resolve(code === 0);
    });
  });
}
