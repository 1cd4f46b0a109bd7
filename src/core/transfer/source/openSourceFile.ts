import { constants } from 'node:fs';
import path from 'node:path';
import { errors } from '../../errors';
import { systemCode } from '../../receivefs/diskError';
import { type DiskWork, type ShortCalls, disk, runByThreads } from '../../receivefs/shortCalls';
import type { FileState, SourceReader } from '../sendingTree';
import { sourceError } from '../sourceFile';
import { stateOf } from './fileState';

/**
 * Opens a file of a tree. Undefined when there is no plain file at this path any more: it is gone,
 * or it, or a folder on the way to it, became a link, whose target nobody wanted to send.
 * @param where absolute, without any link in it when the tree was walked
 * @throws PATH_UNREADABLE
 */
export async function openSourceFile(
  where: string,
  calls: ShortCalls,
): Promise<SourceReader | undefined> {
  const opened = await calls.run(openInPlace(where));
  return opened && new OpenSource(calls, opened.fd, where, opened.state);
}

/** A file as it is now, without opening it. Undefined as for `openSourceFile`. @throws PATH_UNREADABLE */
export function lookAtSourceFile(where: string, calls: ShortCalls): Promise<FileState | undefined> {
  return calls.run(lookAt(where));
}

/** By number: nobody saves a file over and over again in the time that opening it takes. */
const MAX_ATTEMPTS = 3;
/** Bytes up to which a read is a short call. */
const SHORT_READ_BYTES = 64 * 1024;

/** No file has this number. */
const CLOSED = -1;

interface OpenedFile {
  readonly fd: number;
  readonly state: FileState;
}

function* openInPlace(where: string): DiskWork<OpenedFile | undefined> {
  for (let attempt = 1; ; attempt++) {
    const opened = yield* tryToOpen(where);
    // Where another file took its place just then, as editors do to save one, that one is meant.
    if (opened !== undefined || attempt === MAX_ATTEMPTS) return opened;
    if ((yield* lookAt(where)) === undefined) return undefined;
  }
}

function* tryToOpen(where: string): DiskWork<OpenedFile | undefined> {
  const fd = yield* unlessGone(where, disk.open(where, READ_ONLY_THIS));
  if (fd === undefined) return undefined;
  try {
    const stats = yield* disk.fstat(fd);
    if (stats.isFile() && (yield* unlessGone(where, isInPlace(fd, where))) === true) {
      return { fd, state: stateOf(stats) };
    }
  } catch (thrown) {
    yield* disk.close(fd);
    throw sourceError(where, thrown);
  }
  yield* disk.close(fd);
  return undefined;
}

function lookAt(where: string): DiskWork<FileState | undefined> {
  return unlessGone(
    where,
    (function* () {
      const stats = yield* disk.lstat(where);
      if (!stats.isFile() || (yield* disk.realpath(where)) !== where) return undefined;
      return stateOf(stats);
    })(),
  );
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
function* isInPlace(fd: number, where: string): DiskWork<boolean> {
  if (process.platform === 'linux') {
    const now = yield* orUndefined(disk.readlink(`/proc/self/fd/${fd}`));
    if (now !== undefined) return now === where;
  }
  const folder = path.dirname(where);
  if ((yield* disk.realpath(folder)) !== folder) return false;
  const opened = yield* disk.fstat(fd);
  const there = yield* disk.lstat(where);
  return there.isFile() && there.dev === opened.dev && there.ino === opened.ino;
}

class OpenSource implements SourceReader {
  constructor(
    private readonly calls: ShortCalls,
    private fd: number,
    private readonly where: string,
    readonly state: FileState,
  ) {}

  async read(target: Buffer, position: number): Promise<number> {
    try {
      const short = target.length <= SHORT_READ_BYTES;
      const reading = readAll(this.fd, target, position);
      return await (short ? this.calls.run(reading) : runByThreads(reading));
    } catch (thrown) {
      throw sourceError(this.where, thrown);
    }
  }

  isUnchanged(): Promise<boolean> {
    return this.calls.run(isUnchanged(this.fd, this.where, this.state));
  }

  async close(): Promise<void> {
    const { fd } = this;
    // The system gives the number to the next file that is opened, which is none of ours any more.
    this.fd = CLOSED;
    if (fd !== CLOSED) await this.calls.run(disk.close(fd));
  }
}

function* readAll(fd: number, target: Buffer, position: number): DiskWork<number> {
  let filled = 0;
  while (filled < target.length) {
    const bytes = yield* disk.read(fd, target, filled, position + filled);
    if (bytes === 0) break;
    filled += bytes;
  }
  return filled;
}

function* isUnchanged(fd: number, where: string, { stamp }: FileState): DiskWork<boolean> {
  const opened = yield* disk.fstat(fd);
  const there = yield* unlessGone(where, disk.lstat(where));
  return stateOf(opened).stamp === stamp && there !== undefined && stateOf(there).stamp === stamp;
}

function* orUndefined<T>(work: DiskWork<T>): DiskWork<T | undefined> {
  try {
    return yield* work;
  } catch {
    return undefined;
  }
}

function* unlessGone<T>(where: string, work: DiskWork<T>): DiskWork<T | undefined> {
  try {
    return yield* work;
  } catch (thrown) {
    // ELOOP: it is a link. ENXIO: a socket, or a pipe nobody reads. ESTALE: its network drive went.
    if (['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO', 'ESTALE'].includes(systemCode(thrown))) {
      return undefined;
    }
    throw errors.pathUnreadable(where, { cause: thrown });
  }
}
