import { refusals } from './refusals';

/** Deeper than any source tree. */
const MAX_PARTS = 100;

/**
 * The names that a code reference goes through, the first one the folder's. The path is a peer's
 * word: anything that could lead out of a folder, onto a drive or to another scheme is refused
 * before a file system is asked.
 * @throws OUTSIDE_WORKSPACE
 */
export function codePlace(path: string): readonly [string, ...string[]] {
  const [first, ...rest] = path.split('/');
  if (first === undefined || rest.length >= MAX_PARTS) throw refusals.outside();
  for (const part of [first, ...rest]) {
    if (part === '' || part === '.' || part === '..') throw refusals.outside();
    // Backslashes and colons are separators, drives, streams and schemes on some system or other.
    if (/[\\:\p{Cc}]/u.test(part)) throw refusals.outside();
  }
  return [first, ...rest];
}

/**
 * Where the reference may be here: in the folder of that name, and, since two people rarely name
 * their folders alike, below any other folder too.
 */
export function candidates<Folder extends { readonly name: string }>(
  [named, ...below]: readonly [string, ...string[]],
  folders: readonly Folder[],
): readonly { readonly folder: Folder; readonly parts: readonly string[] }[] {
  const ranked = folders.toSorted((a, b) => Number(b.name === named) - Number(a.name === named));
  return [
    ...(below.length === 0 ? [] : ranked.map((folder) => ({ folder, parts: below }))),
    ...ranked.map((folder) => ({ folder, parts: [named, ...below] })),
  ];
}
