import { createHash } from 'node:crypto';
import { type BigIntStats, constants } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import path from 'node:path';
import { BeelineError, errors } from '../errors';
import type { Progress } from '../events';
import { systemCode } from '../receivefs/diskError';
import { ProgressMeter } from './progressMeter';

/** A file as it was when it was looked at. Plain data, so that a journal can keep it. */
export interface SourceStat {
  /** Absolute. */
  readonly path: string;
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Nanoseconds, and the inode, in decimal: together with the size they tell whether it changed. */
  readonly mtimeNs: string;
  readonly ino: string;
}

export interface SourceFile extends SourceStat {
  /** SHA-256, lower-case hex. */
  readonly sha256: string;
}

/** Bytes read at once: large enough that the calls do not count, small enough to stay responsive. */
const HASH_BLOCK_BYTES = 1024 * 1024;

/**
 * Looks whether a path can be sent.
 * @throws PATH_NOT_FOUND, PATH_UNREADABLE, NOT_A_FILE
 */
export async function openSource(source: string): Promise<SourceStat> {
  const { handle, found } = await openFile(path.resolve(source));
  await handle.close();
  return found;
}

/**
 * Reads a file whole and computes its SHA-256.
 * @throws PATH_NOT_FOUND, PATH_UNREADABLE, NOT_A_FILE, SOURCE_CHANGED, CANCELLED
 */
export async function hashSource(
  source: string,
  options: {
    readonly onProgress?: ((progress: Progress) => void) | undefined;
    readonly signal?: AbortSignal | undefined;
  } = {},
): Promise<SourceFile> {
  const { handle, found } = await openFile(path.resolve(source));
  const meter = new ProgressMeter(found.size, options.onProgress);
  try {
    const sha256 = await hashHandle(handle, found, meter, options.signal);
    if (await hasChanged(handle, found)) throw errors.sourceChanged(found.path);
    meter.finish();
    return { ...found, sha256 };
  } catch (thrown) {
    throw sourceError(found.path, thrown);
  } finally {
    meter.close();
    await handle.close();
  }
}

async function hashHandle(
  handle: FileHandle,
  { size, path: source }: SourceStat,
  meter: ProgressMeter,
  signal?: AbortSignal,
): Promise<string> {
  const hash = createHash('sha256');
  // Two blocks take turns: the disk fills one while the other is hashed.
  const blockBytes = Math.max(1, Math.min(HASH_BLOCK_BYTES, size));
  let block = Buffer.allocUnsafeSlow(blockBytes);
  let next = Buffer.allocUnsafeSlow(blockBytes);
  let ahead = handle.read(block, 0, blockBytes, null);
  while (meter.bytes < size) {
    const { bytesRead } = await ahead;
    if (signal?.aborted === true) throw errors.cancelled();
    if (bytesRead === 0 || meter.bytes + bytesRead > size) throw errors.sourceChanged(source);
    ahead = handle.read(next, 0, blockBytes, null);
    ahead.catch(ignore);
    hash.update(block.subarray(0, bytesRead));
    meter.add(bytesRead);
    [block, next] = [next, block];
  }
  await ahead;
  return hash.digest('hex');
}

/**
 * Opens a file that was looked at before, to send it.
 * @throws SOURCE_CHANGED, also when it is gone, PATH_UNREADABLE
 */
export async function reopenSource(source: SourceStat): Promise<FileHandle> {
  const { handle, found } = await openFile(source.path).catch((thrown: unknown) => {
    const error = sourceError(source.path, thrown);
    if (error.code === 'PATH_NOT_FOUND') throw errors.sourceVanished(source.path, { cause: error });
    throw error.code === 'NOT_A_FILE' ? errors.sourceChanged(source.path, { cause: error }) : error;
  });
  if (isSame(found, source)) return handle;
  await handle.close();
  throw errors.sourceChanged(source.path);
}

/** Whether an open file is another one than was looked at, by size, time of change and inode. */
export async function hasChanged(handle: FileHandle, source: SourceStat): Promise<boolean> {
  return !isSame(describe(source.path, await handle.stat({ bigint: true })), source);
}

/** What reading a source threw, as one of our errors. */
export function sourceError(source: string, cause: unknown): BeelineError {
  if (cause instanceof BeelineError) return cause;
  switch (systemCode(cause)) {
    case 'ENOENT':
    case 'ENOTDIR':
    case 'ELOOP':
    case 'ENAMETOOLONG':
      return errors.pathNotFound(source, { cause });
    case 'ESTALE':
      return errors.sourceVanished(source, { cause });
    default:
      return errors.pathUnreadable(source, { cause });
  }
}

async function openFile(
  source: string,
): Promise<{ readonly handle: FileHandle; readonly found: SourceStat }> {
  try {
    // Looked at before it is opened, since opening a device may do things, and a pipe would block.
    refuseOthers(source, await stat(source, { bigint: true }));
    const handle = await open(source, READ_WITHOUT_BLOCKING);
    try {
      const stats = await handle.stat({ bigint: true });
      refuseOthers(source, stats);
      return { handle, found: describe(source, stats) };
    } catch (thrown) {
      await handle.close();
      throw thrown;
    }
  } catch (thrown) {
    throw sourceError(source, thrown);
  }
}

/** Should a pipe take the file's place just then, opening it fails to block. Unknown to Windows. */
const READ_WITHOUT_BLOCKING =
  constants.O_RDONLY | ((constants as Partial<typeof constants>).O_NONBLOCK ?? 0);

function refuseOthers(source: string, stats: BigIntStats): void {
  if (stats.isDirectory()) throw errors.folderNotYet(source);
  if (!stats.isFile()) throw errors.notAFile(source);
}

function describe(source: string, stats: BigIntStats): SourceStat {
  return {
    path: source,
    name: path.basename(source),
    size: Number(stats.size),
    mtimeNs: String(stats.mtimeNs),
    ino: String(stats.ino),
  };
}

function isSame(a: SourceStat, b: SourceStat): boolean {
  return a.size === b.size && a.mtimeNs === b.mtimeNs && a.ino === b.ino;
}

function ignore(): void {
  // It rejects again where it is awaited.
}
