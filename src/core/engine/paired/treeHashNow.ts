import { errors } from '../../errors';
import type { SendingTree } from '../../transfer/sendingTree';
import { TreeHash } from '../../transfer/treeHash';

/** A tree as it is on the sender's disk now. */
export interface TreeNow {
  readonly treeHash: Buffer;
  readonly bytes: number;
  readonly files: number;
  /** Of a single file, lower-case hex. */
  readonly sha256?: string;
  /** Files that are not as they were offered, and those that are gone, by number. */
  readonly changed: number;
  readonly gone: number;
}

/**
 * What would be delivered now, read from disk where it is not remembered.
 * @throws SOURCE_CHANGED, PATH_UNREADABLE, CANCELLED
 */
export async function treeHashesOf(tree: SendingTree, signal: AbortSignal): Promise<TreeNow> {
  const { entries } = tree.manifest;
  const hash = new TreeHash();
  const now = { bytes: 0, files: 0, changed: 0, gone: 0 };
  let last: Buffer | undefined;
  for (const [index, entry] of entries.entries()) {
    if (signal.aborted) throw errors.cancelled();
    if (entry.kind !== 'file') {
      hash.addOther(entry);
      continue;
    }
    const state = await tree.look(index);
    if (state === undefined) {
      now.gone += 1;
      continue;
    }
    const { size, mode, mtime } = state;
    if (size !== entry.size || mode !== entry.mode || mtime !== entry.mtime) now.changed += 1;
    last = await tree.hash(index, state, signal);
    hash.addFile({ ...entry, size, mode }, last);
    now.bytes += size;
    now.files += 1;
  }
  return {
    ...now,
    treeHash: hash.digest(),
    ...(entries.length === 1 && last !== undefined && { sha256: last.toString('hex') }),
  };
}
