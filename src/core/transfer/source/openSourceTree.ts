import { createHash } from 'node:crypto';
import path from 'node:path';
import { errors } from '../../errors';
import { ShortCalls } from '../../receivefs/shortCalls';
import type { Manifest } from '../manifest';
import type { FileState, SendingTree, SourceReader } from '../sendingTree';
import { type HashCache, sharedHashes } from './hashCache';
import { lookAtSourceFile, openSourceFile } from './openSourceFile';
import type { SourceRoot } from './sourceRoots';

/** Bytes read at once: large enough that the calls do not count. */
const HASH_BLOCK_BYTES = 1024 * 1024;

/** The files of a walk, to be sent; each stands where it was then, or counts as gone. */
export function openSourceTree(options: {
  readonly manifest: Manifest;
  /** As the walk told them. */
  readonly roots: readonly SourceRoot[];
  readonly hashes?: HashCache;
}): SendingTree {
  return new SourceTree(options.manifest, options.roots, options.hashes ?? sharedHashes);
}

class SourceTree implements SendingTree {
  readonly #roots: ReadonlyMap<string, string>;
  readonly #hashes: HashCache;
  readonly #calls = new ShortCalls();
  /** When the files that are being sent were opened. */
  readonly #openedAt = new Map<number, number>();

  constructor(
    readonly manifest: Manifest,
    roots: readonly SourceRoot[],
    hashes: HashCache,
  ) {
    this.#roots = new Map(roots.map((root) => [root.name, root.path]));
    this.#hashes = hashes;
  }

  async look(index: number): Promise<FileState | undefined> {
    return lookAtSourceFile(this.#where(index), this.#calls);
  }

  async open(index: number): Promise<SourceReader | undefined> {
    this.#openedAt.set(index, Date.now());
    return openSourceFile(this.#where(index), this.#calls);
  }

  async hash(index: number, state: FileState, signal?: AbortSignal): Promise<Buffer> {
    const known = this.#hashes.get(state);
    if (known !== undefined) return known;
    const where = this.#where(index);
    const readAt = Date.now();
    const reader = await openSourceFile(where, this.#calls);
    if (reader === undefined) throw errors.sourceVanished(where);
    try {
      if (reader.state.stamp !== state.stamp) throw errors.sourceChanged(where);
      const sha256 = await hashOf(reader, signal);
      if (sha256 === undefined || !(await reader.isUnchanged())) throw errors.sourceChanged(where);
      this.#hashes.set(state, sha256, readAt);
      return sha256;
    } finally {
      await reader.close();
    }
  }

  remember(index: number, state: FileState, sha256: Buffer): void {
    const readAt = this.#openedAt.get(index);
    this.#openedAt.delete(index);
    if (readAt !== undefined) this.#hashes.set(state, sha256, readAt);
  }

  #where(index: number): string {
    const entry = this.manifest.entries[index];
    if (entry?.kind !== 'file') throw errors.internal(`entry ${index} is no file`);
    const [name = '', ...names] = entry.path.split('/');
    const root = this.#roots.get(name);
    if (root === undefined) throw errors.internal(`nothing is known of where ${name} is`);
    return names.length === 0 ? root : path.join(root, ...names);
  }
}

/** Undefined when the file ends elsewhere than its state says. @throws PATH_UNREADABLE, CANCELLED */
async function hashOf(
  reader: SourceReader,
  signal: AbortSignal | undefined,
): Promise<Buffer | undefined> {
  const hash = createHash('sha256');
  const { size } = reader.state;
  const blockBytes = Math.max(1, Math.min(HASH_BLOCK_BYTES, size));
  // Two blocks take turns: the disk fills one while the other is hashed.
  let block = Buffer.allocUnsafeSlow(blockBytes);
  let next = Buffer.allocUnsafeSlow(blockBytes);
  let ahead = reader.read(block, 0);
  for (let position = 0; position < size;) {
    const bytes = await ahead;
    if (signal?.aborted === true) throw errors.cancelled();
    if (bytes === 0 || position + bytes > size) return undefined;
    position += bytes;
    ahead = reader.read(next, position);
    ahead.catch(ignore);
    hash.update(block.subarray(0, bytes));
    [block, next] = [next, block];
  }
  return (await ahead) === 0 ? hash.digest() : undefined;
}

function ignore(): void {
  // It rejects again where it is awaited.
}
