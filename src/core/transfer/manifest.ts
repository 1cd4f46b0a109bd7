import { createHash } from 'node:crypto';
import { errors } from '../errors';
import { MAX_PAGE_BYTES, encodeManifestPage } from '../wire/v2';
import { type ManifestEntry, entryBytes, whyBadPath } from '../wire/v2Entry';
import { linkThatLeadsOut } from './linkTarget';
import { comparePaths } from './pathOrder';

/** What a transfer consists of. */
export interface Manifest {
  /** Ascending by the bytes of their paths. */
  readonly entries: readonly ManifestEntry[];
  /** SHA-256 over the payloads of all its pages, one after the other. */
  readonly digest: Buffer;
  /** Of all files together. */
  readonly bytes: number;
}

/** By number: ten times what a large project has with all that it depends on. */
export const MAX_ENTRIES = 1_000_000;
/** Bytes that a manifest may take of our memory, as `memoryOf` reckons. */
export const MAX_MANIFEST_MEMORY_BYTES = 256 * 1024 * 1024;
/** Bytes of memory that an entry takes beside its path: an object with its numbers. */
const ENTRY_MEMORY_BYTES = 128;
/** Bytes of a page beside its entries: version, flags, page number and count at their longest. */
const PAGE_HEAD_BYTES = 2 + 5 + 5;

/**
 * The manifest of these entries, in whatever order they come. The folder of each has to be among
 * them.
 * @throws NAME_REFUSED for a path that cannot be sent, or that two have; LINK_REFUSED; TOO_LARGE
 */
export function manifestOf(unordered: readonly ManifestEntry[]): Manifest {
  if (unordered.length === 0) throw errors.internal('a transfer of nothing');
  if (unordered.length > MAX_ENTRIES) throw errors.tooManyEntries(MAX_ENTRIES);
  const entries = unordered.toSorted((a, b) => comparePaths(a.path, b.path));
  const folders = new FolderCheck();
  let bytes = 0;
  let memory = 0;
  entries.forEach((entry, index) => {
    const why =
      entry.path === entries[index - 1]?.path
        ? 'something else of this transfer has too'
        : whyBadPath(entry.path);
    if (why !== undefined) throw errors.nameUnsendable(entry.path, why);
    if (!folders.has(entry))
      throw errors.internal(`the folder of ${entry.path} is not in the list`);
    bytes += entry.size;
    memory += memoryOf(entry);
  });
  if (memory > MAX_MANIFEST_MEMORY_BYTES) throw errors.tooManyEntries(entries.length - 1);
  if (!Number.isSafeInteger(bytes)) throw errors.tooLarge(bytes, Number.MAX_SAFE_INTEGER);
  const link = linkThatLeadsOut(entries);
  if (link !== undefined) throw errors.linkLeadsOut(link.path, link.target);
  const digest = createHash('sha256');
  for (const page of manifestPages(entries)) digest.update(page);
  return { entries, digest: digest.digest(), bytes };
}

/**
 * Whether each entry lies in a folder that was listed before it, as in ascending order it has to be.
 * So nothing lies below a file or a link, and nothing makes a folder without saying its mode.
 */
export class FolderCheck {
  readonly #folders = new Set<string>();

  has(entry: ManifestEntry): boolean {
    const slash = entry.path.lastIndexOf('/');
    if (entry.kind === 'folder') this.#folders.add(entry.path);
    return slash < 0 || this.#folders.has(entry.path.slice(0, slash));
  }
}

/** Bytes of memory, about; for limits. */
export function memoryOf(entry: ManifestEntry): number {
  return entryBytes(entry) + ENTRY_MEMORY_BYTES;
}

/** The payloads of its pages, each as full as it gets: the same entries always make the same. */
export function* manifestPages(entries: readonly ManifestEntry[]): Generator<Buffer> {
  let number = 0;
  for (let from = 0; from < entries.length; number++) {
    let to = from;
    let bytes = PAGE_HEAD_BYTES;
    for (; to < entries.length; to++) {
      const entry = entries[to];
      bytes += entry === undefined ? 0 : entryBytes(entry);
      if (bytes > MAX_PAGE_BYTES) break;
    }
    const isLast = to === entries.length;
    yield encodeManifestPage({ number, isLast, entries: entries.slice(from, to) });
    from = to;
  }
}
