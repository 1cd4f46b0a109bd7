import { createHash } from 'node:crypto';
import { errors } from '../errors';
import { MAX_PAGE_BYTES, encodeManifestPage } from '../wire/v2';
import {
  type FileEntry,
  MAX_MODE,
  MAX_MTIME_MS,
  type ManifestEntry,
  entryBytes,
  whyBadPath,
} from '../wire/v2Entry';
import { comparePaths } from './pathOrder';
import type { SourceStat } from './sourceFile';

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
/** The mode of a source about which no other is known: what an ordinary file has. */
const ORDINARY_MODE = 0o644;

/** A source may say its permission bits; what is not a permission is left out. */
export type ManifestSource = SourceStat & { readonly mode?: number | undefined };

/**
 * The manifest of single files, each under its own name.
 * @throws NAME_REFUSED for a name that cannot be sent, or that two have; TOO_LARGE for too many
 */
export function manifestOf(sources: readonly ManifestSource[]): Manifest {
  if (sources.length === 0) throw errors.internal('a transfer of nothing');
  const entries = sources.map(entryOf).sort((a, b) => comparePaths(a.path, b.path));
  let bytes = 0;
  let memory = 0;
  entries.forEach((entry, index) => {
    if (entry.path === entries[index - 1]?.path) {
      throw errors.nameUnsendable(entry.path, 'another file of this transfer has too');
    }
    bytes += entry.size;
    memory += memoryOf(entry);
  });
  if (entries.length > MAX_ENTRIES || memory > MAX_MANIFEST_MEMORY_BYTES) {
    throw errors.tooManyEntries(MAX_ENTRIES);
  }
  if (!Number.isSafeInteger(bytes)) throw errors.tooLarge(bytes, Number.MAX_SAFE_INTEGER);
  const digest = createHash('sha256');
  for (const page of manifestPages(entries)) digest.update(page);
  return { entries, digest: digest.digest(), bytes };
}

function entryOf({ name, path, size, mtimeNs, mode = ORDINARY_MODE }: ManifestSource): FileEntry {
  const why = name.includes('/') ? 'has a slash in it' : whyBadPath(name);
  if (why !== undefined) throw errors.nameUnsendable(path, why);
  const mtime = Math.floor(Number(mtimeNs) / 1e6);
  return {
    kind: 'file',
    path: name,
    size,
    mode: mode & MAX_MODE,
    mtime: Math.min(Math.max(mtime, 0), MAX_MTIME_MS),
  };
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
