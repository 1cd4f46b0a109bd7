import { type Codec, text, uint, uint8 } from './v2Fields';

/** One line of a manifest. */
export type ManifestEntry = FileEntry | FolderEntry | LinkEntry;

interface EntryFields {
  /** Relative, `/` between names; what `whyBadPath` has nothing against. */
  readonly path: string;
  /** Permission bits, at most 0o777. */
  readonly mode: number;
  /** Milliseconds since 1970; what is older is told as 0. */
  readonly mtime: number;
}

export interface FileEntry extends EntryFields {
  readonly kind: 'file';
  /** Bytes. */
  readonly size: number;
}

export interface FolderEntry extends EntryFields {
  readonly kind: 'folder';
  readonly size: 0;
}

export interface LinkEntry extends EntryFields {
  readonly kind: 'link';
  readonly size: 0;
  /** What it points to, as it is written in it. Not checked here: whoever makes links has to. */
  readonly target: string;
}

/** As the wire and the tree hash number them. Zero is none, so that wiped memory means nothing. */
export const kindNumbers = { file: 1, folder: 2, link: 3 } as const;

/** Bytes of UTF-8: what Linux takes as a path. */
export const MAX_PATH_BYTES = 4096;
/** What is beyond cannot be a permission: setuid, setgid and the sticky bit never travel. */
export const MAX_MODE = 0o777;
/** Milliseconds: the last that a JavaScript date can hold. */
export const MAX_MTIME_MS = 8.64e15;

/** `kind u8, path text, mode uint, mtime uint`, then `size uint` of a file or `target text` of a link. */
export const entryCodec: Codec<ManifestEntry> = {
  preencode(state, entry) {
    uint8.preencode(state, kindNumbers[entry.kind]);
    path.preencode(state, entry.path);
    uint.preencode(state, entry.mode);
    uint.preencode(state, entry.mtime);
    if (entry.kind === 'file') uint.preencode(state, entry.size);
    if (entry.kind === 'link') path.preencode(state, entry.target);
  },
  encode(state, entry) {
    uint8.encode(state, kindNumbers[entry.kind]);
    path.encode(state, entry.path);
    uint.encode(state, entry.mode);
    uint.encode(state, entry.mtime);
    if (entry.kind === 'file') uint.encode(state, entry.size);
    if (entry.kind === 'link') path.encode(state, entry.target);
  },
  decode(state) {
    const kind = uint8.decode(state);
    const fields = {
      path: path.decode(state),
      mode: uint.decode(state),
      mtime: uint.decode(state),
    };
    const why = whyBadPath(fields.path);
    if (why !== undefined) throw new Error(`a path that ${why}`);
    if (fields.mode > MAX_MODE) throw new Error(`the mode ${fields.mode}`);
    if (fields.mtime > MAX_MTIME_MS) throw new Error(`the time ${fields.mtime}`);
    switch (kind) {
      case kindNumbers.file:
        return { kind: 'file', ...fields, size: uint.decode(state) };
      case kindNumbers.folder:
        return { kind: 'folder', ...fields, size: 0 };
      case kindNumbers.link:
        return { kind: 'link', ...fields, size: 0, target: linkTarget(path.decode(state)) };
      default:
        throw new Error(`an entry of kind ${kind}`);
    }
  },
};

const path = text(MAX_PATH_BYTES);

/** Bytes of an entry as it is encoded. */
export function entryBytes(entry: ManifestEntry): number {
  const state = { start: 0, end: 0, buffer: null };
  entryCodec.preencode(state, entry);
  return state.end;
}

function linkTarget(target: string): string {
  if (target === '' || target.includes('\0')) throw new Error('a link to nowhere');
  return target;
}

/**
 * What is wrong with a path as a manifest has it, or undefined. It is refused rather than repaired:
 * a peer of ours does not write such, and two that are repaired could become one.
 */
export function whyBadPath(candidate: string): string | undefined {
  if (candidate === '') return 'is empty';
  if (Buffer.byteLength(candidate) > MAX_PATH_BYTES) return `has more than ${MAX_PATH_BYTES} bytes`;
  if (candidate.includes('\0')) return 'has a NUL in it';
  if (candidate.includes('\\')) return 'has a backslash in it';
  if (/\p{Cs}/u.test(candidate)) return 'is not Unicode';
  if (candidate.startsWith('/')) return 'is absolute';
  if (/^[a-z]:/iu.test(candidate)) return 'names a drive';
  const names = candidate.split('/');
  if (names.includes('')) return 'has an empty name in it';
  return names.some((name) => name === '.' || name === '..') ? 'walks through folders' : undefined;
}
