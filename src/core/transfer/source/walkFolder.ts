import { isUtf8 } from 'node:buffer';
import { type BigIntStats, constants } from 'node:fs';
import { access, readdir, readlink } from 'node:fs/promises';
import path from 'node:path';
import { errors } from '../../errors';
import { systemCode } from '../../receivefs/diskError';
import { isPartialName } from '../../receivefs/partialName';
import { type ShortCalls, disk } from '../../receivefs/shortCalls';
import type { ManifestEntry } from '../../wire/v2Entry';
import { MAX_ENTRIES } from '../manifest';
import { sourceError } from '../sourceFile';
import { modeOf, mtimeOf } from './fileState';
import type { IgnoreRules } from './ignoreRules';

export interface WalkTally {
  readonly entries: ManifestEntry[];
  /** Of all files together. */
  bytes: number;
  /** Top-most files and folders that were left out because they are ignored. */
  ignored: number;
  /** Called whenever there is more. @throws whatever ends the walk */
  readonly onMore: () => void;
  readonly calls: ShortCalls;
}

/** A folder that is to be read. */
interface Folder {
  /** Absolute, without any link in it. */
  readonly where: string;
  /** In the manifest. */
  readonly path: string;
  readonly stats: BigIntStats;
  /** Undefined when nothing is left out. */
  readonly rules: IgnoreRules | undefined;
}

/** Folders read at once, and entries looked at in each: what keeps Node's four disk threads busy. */
const FOLDERS_AT_ONCE = 4;
const LOOKS_AT_ONCE = 32;

/**
 * Adds a folder and everything in it. No link is followed; what vanishes meanwhile is left out, and
 * so are the partials of arriving transfers.
 * @throws PATH_UNREADABLE, NOT_A_FILE, NAME_REFUSED, TOO_LARGE
 */
export async function walkFolder(first: Folder, tally: WalkTally): Promise<void> {
  const waiting = [first];
  const running = new Set<Promise<void>>();
  try {
    while (waiting.length > 0 || running.size > 0) {
      const next = running.size < FOLDERS_AT_ONCE ? waiting.pop() : undefined;
      if (next === undefined) {
        await Promise.race(running);
        continue;
      }
      const reading = readFolder(next, tally).then((inner) => {
        waiting.push(...inner);
        running.delete(reading);
      });
      running.add(reading);
    }
  } finally {
    // Nothing of it touches the disk any more once this has ended.
    await Promise.allSettled(running);
  }
}

/** Adds the folder and the files in it. Resolves with the folders in it. */
async function readFolder(folder: Folder, tally: WalkTally): Promise<Folder[]> {
  const { where, stats } = folder;
  const { calls } = tally;
  const names = await readNames(where);
  const inner: Folder[] = [];
  const found: ManifestEntry[] = [];
  let ignored = 0;
  const look = async (raw: Buffer): Promise<void> => {
    const entry = await lookAt(folder, raw, calls);
    if (entry === 'ignored') ignored++;
    else if (entry !== undefined && 'where' in entry) inner.push(entry);
    else if (entry !== undefined) found.push(entry);
  };
  for (let at = 0; at < names.length; at += LOOKS_AT_ONCE) {
    // All have ended before one of them ends this, so that nothing goes on behind its back.
    const looks = await Promise.allSettled(names.slice(at, at + LOOKS_AT_ONCE).map(look));
    for (const each of looks) if (each.status === 'rejected') throw each.reason;
    tally.onMore();
  }
  // A link that took the folder's place would have led us elsewhere.
  const now = await unlessGone(calls.run(disk.lstat(where)), where);
  if (now?.ino !== stats.ino || now.dev !== stats.dev) return [];
  const [mode, mtime] = [modeOf(stats), mtimeOf(stats)];
  tally.entries.push({ kind: 'folder', path: folder.path, size: 0, mode, mtime });
  for (const entry of found) {
    tally.entries.push(entry);
    tally.bytes += entry.size;
  }
  tally.ignored += ignored;
  if (tally.entries.length > MAX_ENTRIES) throw errors.tooManyEntries(MAX_ENTRIES);
  tally.onMore();
  return inner;
}

async function readNames(folder: string): Promise<Buffer[]> {
  return (await unlessGone(readdir(folder, { encoding: 'buffer' }), folder)) ?? [];
}

/** Undefined for what is not there any more, or never travels. */
async function lookAt(
  folder: Folder,
  raw: Buffer,
  calls: ShortCalls,
): Promise<ManifestEntry | Folder | 'ignored' | undefined> {
  const name = raw.toString();
  const where = folder.where.endsWith(path.sep)
    ? folder.where + name
    : `${folder.where}${path.sep}${name}`;
  if (!isUtf8(raw)) throw errors.nameUnsendable(where, 'is not Unicode');
  if (isPartialName(name)) return undefined;
  const stats = await unlessGone(calls.run(disk.lstat(where)), where);
  if (stats === undefined) return undefined;
  if (folder.rules?.leavesOut(where, stats.isDirectory()) === true) return 'ignored';
  const entryPath = `${folder.path}/${name}`;
  if (stats.isDirectory()) {
    return { where, path: entryPath, stats, rules: folder.rules?.enter(where) };
  }
  if (stats.isSymbolicLink()) return await linkAt(where, entryPath, stats);
  if (!stats.isFile()) throw errors.notAFile(where);
  return await fileAt(where, entryPath, stats);
}

/** @throws PATH_UNREADABLE, so that the person hears of it now and not in the middle */
export async function fileAt(
  where: string,
  entryPath: string,
  stats: BigIntStats,
): Promise<ManifestEntry | undefined> {
  // Only asked where the mode leaves a doubt, since asking costs as much as looking.
  const mode = modeOf(stats);
  const isOurs = Number(stats.uid) === process.getuid?.();
  if ((mode & (isOurs ? 0o400 : 0o004)) === 0) {
    const readable = await unlessGone(
      access(where, constants.R_OK).then(() => true),
      where,
    );
    if (readable === undefined) return undefined;
  }
  return { kind: 'file', path: entryPath, size: Number(stats.size), mode, mtime: mtimeOf(stats) };
}

async function linkAt(
  where: string,
  entryPath: string,
  stats: BigIntStats,
): Promise<ManifestEntry | undefined> {
  const raw = await unlessGone(readlink(where, { encoding: 'buffer' }), where);
  if (raw === undefined) return undefined;
  if (!isUtf8(raw)) throw errors.nameUnsendable(where, 'leads to one that is not Unicode');
  const target = path.sep === '/' ? raw.toString() : raw.toString().replaceAll(path.sep, '/');
  const [mode, mtime] = [modeOf(stats), mtimeOf(stats)];
  return { kind: 'link', path: entryPath, size: 0, mode, mtime, target };
}

async function unlessGone<T>(looking: Promise<T>, where: string): Promise<T | undefined> {
  try {
    return await looking;
  } catch (thrown) {
    const code = systemCode(thrown);
    // EINVAL: it is a link no more.
    if (['ENOENT', 'ENOTDIR', 'ESTALE', 'EINVAL'].includes(code)) return undefined;
    if (code !== 'ENAMETOOLONG') throw sourceError(where, thrown);
    throw errors.nameUnsendable(where, 'is longer than this system can open', { cause: thrown });
  }
}
