import { constants } from 'node:fs';
import { type FileHandle, lstat, open, readlink, realpath } from 'node:fs/promises';
import path from 'node:path';
import { errors } from '../../errors';
import { systemCode } from '../../receivefs/diskError';
import type { FileState, SourceReader } from '../sendingTree';
import { sourceError } from '../sourceFile';
import { stateOf } from './fileState';

/**
 * Opens a file of a tree. Undefined when there is no plain file at this path any more: it is gone,
 * or it, or a folder on the way to it, became a link, whose target nobody wanted to send.
 * @param where absolute, without any link in it when the tree was walked
 * @throws PATH_UNREADABLE
 */
export async function openSourceFile(where: string): Promise<SourceReader | undefined> {
  for (let attempt = 1; ; attempt++) {
    const reader = await tryToOpen(where);
    // Where another file took its place just then, as editors do to save one, that one is meant.
    if (reader !== undefined || attempt === MAX_ATTEMPTS) return reader;
    if ((await lookAtSourceFile(where)) === undefined) return undefined;
  }
}

/** By number: nobody saves a file over and over again in the time that opening it takes. */
const MAX_ATTEMPTS = 3;

async function tryToOpen(where: string): Promise<SourceReader | undefined> {
  const handle = await unlessGone(where, () => open(where, READ_ONLY_THIS));
  if (handle === undefined) return undefined;
  try {
    const stats = await handle.stat({ bigint: true });
    if (stats.isFile() && (await unlessGone(where, () => isInPlace(handle, where))) === true) {
      return new OpenSource(handle, where, stateOf(stats));
    }
  } catch (thrown) {
    await handle.close();
    throw sourceError(where, thrown);
  }
  await handle.close();
  return undefined;
}

/** A file as it is now, without opening it. Undefined as for `openSourceFile`. @throws PATH_UNREADABLE */
export async function lookAtSourceFile(where: string): Promise<FileState | undefined> {
  return unlessGone(where, async () => {
    const stats = await lstat(where, { bigint: true });
    if (!stats.isFile() || (await realpath(where)) !== where) return undefined;
    return stateOf(stats);
  });
}

/**
 * A link in the file's place fails to open; a pipe does not make us wait for its other end. Windows
 * knows neither, which is why the place is compared afterwards, too.
 */
const { O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants as Partial<typeof constants>;
const READ_ONLY_THIS = constants.O_RDONLY | O_NOFOLLOW | O_NONBLOCK;

/**
 * Whether an open file is the one at this very path, with no link on the way to it. Node cannot open
 * a file relative to an open folder, so it is asked after it was opened: Linux tells the path of an
 * open file, whatever happens on the disk in that moment. Elsewhere the path is resolved, and the
 * file there compared with the one that is open.
 */
async function isInPlace(handle: FileHandle, where: string): Promise<boolean> {
  if (process.platform === 'linux') {
    const now = await readlink(`/proc/self/fd/${handle.fd}`).catch(() => undefined);
    if (now !== undefined) return now === where;
  }
  if ((await realpath(path.dirname(where))) !== path.dirname(where)) return false;
  const [opened, there] = await Promise.all([
    handle.stat({ bigint: true }),
    lstat(where, { bigint: true }),
  ]);
  return there.isFile() && there.dev === opened.dev && there.ino === opened.ino;
}

class OpenSource implements SourceReader {
  constructor(
    private readonly handle: FileHandle,
    private readonly where: string,
    readonly state: FileState,
  ) {}

  async read(target: Buffer, position: number): Promise<number> {
    try {
      let filled = 0;
      while (filled < target.length) {
        const { bytesRead } = await this.handle.read(
          target,
          filled,
          target.length - filled,
          position + filled,
        );
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return filled;
    } catch (thrown) {
      throw sourceError(this.where, thrown);
    }
  }

  async isUnchanged(): Promise<boolean> {
    const opened = await this.handle.stat({ bigint: true });
    const there = await unlessGone(this.where, () => lstat(this.where, { bigint: true }));
    return (
      stateOf(opened).stamp === this.state.stamp &&
      there !== undefined &&
      stateOf(there).stamp === this.state.stamp
    );
  }

  close(): Promise<void> {
    return this.handle.close();
  }
}

async function unlessGone<T>(where: string, look: () => Promise<T>): Promise<T | undefined> {
  try {
    return await look();
  } catch (thrown) {
    // ELOOP: it is a link. ENXIO: a socket, or a pipe nobody reads. ESTALE: its network drive went.
    if (['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO', 'ESTALE'].includes(systemCode(thrown))) {
      return undefined;
    }
    throw errors.pathUnreadable(where, { cause: thrown });
  }
}
