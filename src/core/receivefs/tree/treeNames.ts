import { lstat } from 'node:fs/promises';
import path from 'node:path';
import { errors } from '../../errors';
import type { Manifest } from '../../transfer/manifest';
import { systemCode } from '../diskError';
import { isDevice } from '../hostileCharacters';
import { isPartialName } from '../partialName';
import { type DiskTraits, foldOn } from './diskTraits';
import { belowRoot, rootOf } from './ledger';

/**
 * Whether this system can hold the names of a tree as they are. Nothing below a root is renamed: a
 * folder arrives as it was, or not at all.
 * @throws NAME_REFUSED
 */
export function checkNames(
  { entries }: Manifest,
  platform: NodeJS.Platform = process.platform,
): void {
  const folders = new Map<string, boolean>();
  for (const entry of entries) folders.set(entry.path, entry.kind === 'folder');
  const seen = new Set<string>();
  for (const entry of entries) {
    // Only the folder right above, which is in the list itself: to look at all of them for each
    // entry would take minutes where a hostile tree is two thousand folders deep.
    const parent = entry.path.slice(0, Math.max(entry.path.lastIndexOf('/'), 0));
    if (parent !== '' && folders.get(parent) !== true) {
      throw errors.nameRefused(`"${parent}" is a folder and something else at the same time`);
    }
    for (const name of belowRoot(entry.path).split('/')) {
      if (seen.has(name)) continue;
      seen.add(name);
      if (isPartialName(name)) {
        throw errors.nameRefused(`"${name}" is what an unfinished transfer is called`);
      }
      const why = platform === 'win32' ? whyNotOnWindows(name) : undefined;
      if (why !== undefined) throw errors.nameUnholdable(name, why);
    }
  }
}

/** @throws NAME_REFUSED for two names that this disk takes for one */
export function checkCollisions({ entries }: Manifest, traits: DiskTraits): void {
  if (!traits.foldsCase && !traits.foldsForms) return;
  const spelled = new Map<string, string>();
  for (const { path: entryPath } of entries) {
    const below = belowRoot(entryPath);
    // Roots have folders of their own in the staging, and get free names when they are placed.
    if (below === '') continue;
    const key = `${rootOf(entryPath)}/${foldOn(traits, below)}`;
    const other = spelled.get(key);
    if (other !== undefined && other !== entryPath) {
      throw errors.nameRefused(
        `"${other}" and "${entryPath}" are the same name for the disk it should go to`,
      );
    }
    spelled.set(key, entryPath);
  }
}

/**
 * Whether the system takes names and paths this long: it is asked for the longest ones, which need
 * not exist for that. `folder` exists; `places` says where an entry is written first and where it ends.
 * @throws NAME_REFUSED
 */
export async function checkLengths(
  { entries }: Manifest,
  folder: string,
  places: (entryPath: string) => readonly string[],
): Promise<void> {
  let longest = '';
  let longestName = '';
  for (const entry of entries) {
    longest = longer(longest, entry.path);
    longestName = belowRoot(entry.path).split('/').reduce(longer, longestName);
  }
  if (longestName !== '' && (await isTooLong(path.join(folder, longestName)))) {
    throw errors.nameUnholdable(shortened(longestName), 'it is too long');
  }
  for (const place of places(longest)) {
    if (await isTooLong(place)) {
      throw errors.nameRefused(
        `the path "${shortened(longest)}" is longer than this system allows in that folder`,
      );
    }
  }
}

function longer(a: string, b: string): string {
  return Buffer.byteLength(b) > Buffer.byteLength(a) ? b : a;
}

async function isTooLong(place: string): Promise<boolean> {
  try {
    await lstat(place);
    return false;
  } catch (thrown) {
    return systemCode(thrown) === 'ENAMETOOLONG';
  }
}

/** Characters of a name that a sentence can take. */
const SHOWN = 60;

function shortened(name: string): string {
  return name.length <= SHOWN ? name : `${name.slice(0, SHOWN)}…`;
}

function whyNotOnWindows(name: string): string | undefined {
  // eslint-disable-next-line no-control-regex
  const bad = /[<>:"|?*\\\x00-\x1f]/.exec(name)?.[0];
  if (bad !== undefined) {
    return bad < ' ' ? 'it has a control character in it' : `it has the character ${bad} in it`;
  }
  if (/[. ]$/.test(name)) return 'it ends with a dot or a space';
  return isDevice(name) ? 'it is the name of a device' : undefined;
}
