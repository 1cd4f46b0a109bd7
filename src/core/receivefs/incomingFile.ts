import { constants } from 'node:fs';
import { type FileHandle, lstat, open, rm } from 'node:fs/promises';
import path from 'node:path';
import { errors } from '../errors';
import { diskError } from './diskError';
import { isPartialName, partialName } from './partialName';
import { placeFile } from './placeFile';
import { prepareFolder } from './saveFolder';
import { writeAll } from './writeAll';

/** A file on its way in: under a name of its own until `commit`, and gone after `abort`. */
export interface IncomingFile {
  /** Absolute; for a journal, so that `removePartial` can clear it after a crash. */
  readonly temporaryPath: string;

  /** Appends all of it. One call at a time. @throws DISK_FULL, FOLDER_UNUSABLE */
  write(buffers: readonly Buffer[]): Promise<void>;

  /**
   * Makes the bytes durable and gives the file its name, never over another one.
   * Resolves with the absolute path. @throws DISK_FULL, FOLDER_UNUSABLE
   */
  commit(): Promise<string>;

  /** Removes what there is, unless it was committed. Never rejects; may be called again. */
  abort(): Promise<void>;
}

/** `name` has been through `safeName`; `path` is the wish of the person who receives. */
export type IncomingTarget =
  | { readonly directory: string; readonly name: string; readonly size: number }
  | { readonly path: string; readonly size: number };

/**
 * Creates the folder if need be, looks whether the size fits, and opens a partial in it.
 * @param announce is told the partial's path before it is there, so that no crash leaves one that
 * no journal knows
 * @throws FOLDER_UNUSABLE, DISK_FULL
 */
export async function openIncoming(
  target: IncomingTarget,
  announce: (temporaryPath: string) => Promise<void> = () => Promise.resolve(),
): Promise<IncomingFile> {
  const { directory, name } = 'path' in target ? splitPath(target.path) : target;
  if ('path' in target) await refuseFolder(target.path);
  const { fileMode } = await prepareFolder(directory, target.size);
  const temporaryPath = path.join(directory, partialName());
  await announce(temporaryPath);
  try {
    const handle = await open(temporaryPath, CREATE_NEW, ARRIVING_MODE);
    return new Arriving(handle, temporaryPath, { directory, name, fileMode });
  } catch (cause) {
    throw diskError(directory, cause);
  }
}

/**
 * Removes a partial that a crash left behind. Only what is named like one of ours and is a plain
 * file is touched, since the path comes from a journal. Resolves with whether it was there.
 */
export async function removePartial(temporaryPath: string): Promise<boolean> {
  if (!isPartialName(path.basename(temporaryPath))) return false;
  const found = await lstat(temporaryPath).catch(() => undefined);
  if (found?.isFile() !== true) return false;
  await rm(temporaryPath, { force: true });
  return true;
}

/** While it arrives nobody else may read it: it is not verified. */
const ARRIVING_MODE = 0o600;

/** A link that somebody planted under the name is not followed. Windows does not know O_NOFOLLOW. */
const CREATE_NEW =
  constants.O_WRONLY |
  constants.O_CREAT |
  constants.O_EXCL |
  ((constants as Partial<typeof constants>).O_NOFOLLOW ?? 0);

/**
 * Bytes after which the disk is asked, in the background, to take what it has been given. Then the
 * flush at the end is short, the sender does not wait for it, and the page cache does not fill up.
 */
const FLUSH_EVERY_BYTES = 32 * 1024 * 1024;

interface Destination {
  readonly directory: string;
  readonly name: string;
  readonly fileMode: number;
}

class Arriving implements IncomingFile {
  readonly #handle: FileHandle;
  readonly #destination: Destination;
  #state: 'open' | 'committed' | 'aborted' = 'open';
  #position = 0;
  #flushedAt = 0;
  #flushing: Promise<void> | undefined;

  constructor(
    handle: FileHandle,
    readonly temporaryPath: string,
    destination: Destination,
  ) {
    this.#handle = handle;
    this.#destination = destination;
  }

  async write(buffers: readonly Buffer[]): Promise<void> {
    try {
      this.#position += await writeAll(this.#handle, buffers, this.#position);
    } catch (cause) {
      throw diskError(this.#destination.directory, cause);
    }
    this.#flushInBackground();
  }

  async commit(): Promise<string> {
    const { directory, name, fileMode } = this.#destination;
    try {
      await this.#flushing;
      await this.#handle.chmod(fileMode).catch(ignore); // FAT and network shares have no modes.
      await this.#handle.sync();
      await this.#handle.close();
      const placed = await placeFile(this.temporaryPath, directory, name);
      this.#state = 'committed';
      return placed;
    } catch (cause) {
      throw diskError(directory, cause);
    }
  }

  async abort(): Promise<void> {
    if (this.#state !== 'open') return;
    this.#state = 'aborted';
    await this.#handle.close().catch(ignore);
    await rm(this.temporaryPath, { force: true }).catch(ignore);
  }

  #flushInBackground(): void {
    if (this.#flushing !== undefined || this.#position - this.#flushedAt < FLUSH_EVERY_BYTES)
      return;
    this.#flushedAt = this.#position;
    // A disk that fails here fails again at the flush that counts, in `commit`.
    this.#flushing = this.#handle
      .datasync()
      .catch(ignore)
      .finally(() => {
        this.#flushing = undefined;
      });
  }
}

function splitPath(target: string): { readonly directory: string; readonly name: string } {
  const absolute = path.resolve(target);
  return { directory: path.dirname(absolute), name: path.basename(absolute) };
}

async function refuseFolder(target: string): Promise<void> {
  const found = await lstat(target).catch(() => undefined);
  const isFolder = found?.isDirectory() ?? /[/\\]$/.test(target);
  if (isFolder) throw errors.folderUnusable(target, 'it is a folder, where a file name is needed');
}

function ignore(): void {
  // Whoever passes this has said why.
}
