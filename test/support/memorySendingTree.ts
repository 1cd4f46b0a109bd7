import { createHash } from 'node:crypto';
import { errors } from '../../src/core/errors';
import { type Manifest, manifestPages } from '../../src/core/transfer/manifest';
import { comparePaths } from '../../src/core/transfer/pathOrder';
import type { FileState, SendingTree, SourceReader } from '../../src/core/transfer/sendingTree';
import type { ManifestEntry } from '../../src/core/wire/v2Entry';

/** A file's content, or what else lies under a path; null for a folder. */
export type MemoryEntry = Buffer | string | null | { readonly link: string };

interface MemoryFile {
  content: Buffer;
  mode: number;
  mtime: number;
  stamp: string;
}

export const ORDINARY_MODE = 0o644;
export const LONG_AGO = 1_000_000;

/** A tree to be sent that lies in memory, and may be changed at any moment. */
export class MemorySendingTree implements SendingTree {
  readonly manifest: Manifest;
  /** Called before each read. */
  onRead: (path: string, position: number) => void | Promise<void> = () => undefined;
  /** By number: reads of files, and files that were hashed because a plan named them. */
  reads = 0;
  hashed = 0;
  /** Most readers that were open at a time, and those that are. */
  mostOpen = 0;
  opened = 0;
  readonly #files = new Map<string, MemoryFile>();
  readonly #remembered = new Map<string, Buffer>();
  #stamps = 0;

  constructor(entries: Readonly<Record<string, MemoryEntry>>) {
    for (const [path, entry] of Object.entries(entries)) {
      if (entry === null || isLink(entry)) continue;
      this.put(path, entry);
    }
    this.manifest = manifestOfEntries(
      Object.entries(entries).map(([path, entry]): ManifestEntry => {
        const fields = { path, mode: ORDINARY_MODE, mtime: LONG_AGO };
        if (entry === null) return { kind: 'folder', size: 0, ...fields };
        if (isLink(entry)) return { kind: 'link', size: 0, target: entry.link, ...fields };
        return { kind: 'file', size: Buffer.byteLength(entry), ...fields };
      }),
    );
  }

  /** Puts other content under a path, or takes the file away. */
  put(path: string, content: Buffer | string | undefined, mtime = LONG_AGO): void {
    if (content === undefined) {
      this.#files.delete(path);
      return;
    }
    const stamp = String(this.#stamps++);
    this.#files.set(path, { content: Buffer.from(content), mode: ORDINARY_MODE, mtime, stamp });
  }

  content(path: string): Buffer | undefined {
    return this.#files.get(path)?.content;
  }

  look(index: number): Promise<FileState | undefined> {
    const file = this.#find(index);
    return Promise.resolve(file && stateOf(file));
  }

  open(index: number): Promise<SourceReader | undefined> {
    const file = this.#find(index);
    if (file === undefined) return Promise.resolve(undefined);
    const state = stateOf(file);
    const path = this.#path(index);
    this.mostOpen = Math.max(this.mostOpen, ++this.opened);
    return Promise.resolve({
      state,
      read: async (target, position) => {
        this.reads++;
        await this.onRead(path, position);
        // As on a disk, what is read is what is there now.
        return this.#files.get(path)?.content.subarray(position).copy(target) ?? 0;
      },
      isUnchanged: () => Promise.resolve(this.#files.get(path)?.stamp === state.stamp),
      close: () => {
        this.opened--;
        return Promise.resolve();
      },
    });
  }

  hash(index: number, state: FileState): Promise<Buffer> {
    const known = this.#remembered.get(keyOf(index, state));
    if (known !== undefined) return Promise.resolve(known);
    const file = this.#find(index);
    if (file?.stamp !== state.stamp) {
      return Promise.reject(errors.sourceChanged(this.#path(index)));
    }
    this.hashed++;
    return Promise.resolve(hashOf(file.content));
  }

  remember(index: number, state: FileState, sha256: Buffer): void {
    this.#remembered.set(keyOf(index, state), sha256);
  }

  #find(index: number): MemoryFile | undefined {
    return this.#files.get(this.#path(index));
  }

  #path(index: number): string {
    const entry = this.manifest.entries[index];
    if (entry?.kind !== 'file') throw new Error(`entry ${index} is no file`);
    return entry.path;
  }
}

/** The manifest of entries in any order. */
export function manifestOfEntries(entries: readonly ManifestEntry[]): Manifest {
  const sorted = [...entries].sort((a, b) => comparePaths(a.path, b.path));
  const digest = createHash('sha256');
  for (const page of manifestPages(sorted)) digest.update(page);
  return {
    entries: sorted,
    digest: digest.digest(),
    bytes: sorted.reduce((bytes, { size }) => bytes + size, 0),
  };
}

function isLink(entry: MemoryEntry): entry is { readonly link: string } {
  return typeof entry === 'object' && entry !== null && !Buffer.isBuffer(entry);
}

function stateOf({ content, mode, mtime, stamp }: MemoryFile): FileState {
  return { size: content.length, mode, mtime, stamp };
}

function keyOf(index: number, { stamp }: FileState): string {
  return `${index} ${stamp}`;
}

function hashOf(content: Buffer): Buffer {
  return createHash('sha256').update(content).digest();
}
