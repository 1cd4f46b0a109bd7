import type { FileState } from './sendingTree';
import type { Manifest } from './manifest';
import type { PlanItem } from '../wire/v2Plan';

/**
 * Where a transfer goes, as `fetchTransfer` sees it: a temporary sibling of the target, from which
 * everything is moved into place once the tree is verified. Indexes are those of the manifest.
 * Whatever ends a transfer early leaves what has arrived, for it to go on.
 */
export interface ReceivingTree {
  /**
   * Looks at the list before it is accepted, and at what is here of it already, which is read from
   * disk and never believed from a journal.
   * @returns what need not come, ascending by index; entries that are not named come whole
   * @throws NAME_REFUSED, LINK_REFUSED, TOO_LARGE, DISK_FULL, FOLDER_UNUSABLE, JOURNAL_NEWER, CANCELLED
   */
  prepare(manifest: Manifest, signal?: AbortSignal): Promise<readonly PlanItem[]>;

  /**
   * The next file begins; again for the same index when it changed while it was read, and then what
   * has arrived of it is dropped. `state` differs from the manifest where the source changed since.
   * @throws DISK_FULL, FOLDER_UNUSABLE, NAME_REFUSED
   */
  begin(index: number, begin: FileBegin): Promise<ArrivingFile>;

  /**
   * A small file that came whole at once. Its SHA-256 has been compared. Several may be on their way
   * to the disk at the same time.
   */
  put(index: number, state: ArrivingState, content: Buffer, sha256: Buffer): Promise<void>;

  /** What the plan said is here (`have`) is what the sender has. */
  same(index: number, state: ArrivingState): Promise<void>;

  /** The sender does not have this file any more. */
  gone(index: number): Promise<void>;

  /**
   * All entries are here and verified: makes folders, links, modes and times, and moves everything
   * into place. After a crash in the middle it is called again and goes on.
   * @throws DISK_FULL, FOLDER_UNUSABLE, NAME_REFUSED
   */
  place(): Promise<PlacedTree>;

  /** Lets go of open files, and leaves what has arrived. */
  close(): Promise<void>;

  /** Removes everything that has arrived and is not in place. */
  discard(): Promise<void>;
}

/** How the sender begins a file. */
export type FileBegin =
  | { readonly kind: 'whole'; readonly state: ArrivingState }
  /** The prefix of this length that the plan showed is the beginning of the file. */
  | { readonly kind: 'from'; readonly state: ArrivingState; readonly offset: number }
  /** By blocks: what is `copy`ed lies at the same place in what the plan showed. */
  | { readonly kind: 'blocks'; readonly state: ArrivingState };

export type ArrivingState = Omit<FileState, 'stamp'>;

/** Hashes what goes through it, and what it copies or goes on from. */
export interface ArrivingFile {
  /** Undefined when more may come at once; otherwise wait. The bytes may be used again after that. */
  write(bytes: Buffer): Promise<void> | undefined;
  /** The next so many bytes are as in the file that the plan showed. @throws PROTOCOL when they cannot be */
  copy(bytes: number): Promise<void>;
  /** All of it is here. @throws HASH_MISMATCH, PROTOCOL for another size, DISK_FULL */
  finish(sha256: Buffer): Promise<void>;
}

/** What a transfer became on this disk. */
export interface PlacedTree {
  /** Top-level entries and where they are now, absolute. */
  readonly roots: readonly { readonly name: string; readonly path: string }[];
  /** By number: files whose content is in place. */
  readonly files: number;
  /** Bytes of their contents. */
  readonly bytes: number;
  /** Paths that were changed here since they were received; what came lies beside them. */
  readonly conflicts: readonly string[];
  /** By number: files removed here because the sender does not have them any more. */
  readonly deleted: number;
  /** By number: files that would have been removed, had the person allowed it. */
  readonly undeleted: number;
}
