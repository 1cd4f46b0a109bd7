import type { Manifest } from './manifest';

/**
 * What is sent, as `serveTransfer` reads it: a disk, or in tests memory. Indexes are those of the
 * manifest's entries; only files are asked for.
 */
export interface SendingTree {
  /** The list as it was offered. What became of its files since then is told by `look`. */
  readonly manifest: Manifest;

  /** A file as it is now. Undefined when it is gone, or is not a plain file any more. @throws PATH_UNREADABLE */
  look(index: number): Promise<FileState | undefined>;

  /**
   * Opens a file to be read. Undefined when it is gone. The reader's `state` is what it was when it
   * was opened. @throws PATH_UNREADABLE
   */
  open(index: number): Promise<SourceReader | undefined>;

  /**
   * SHA-256 of the whole file as it is in this state, remembered while the file stays as it is, so
   * that going on after a lost link reads nothing twice.
   * @throws SOURCE_CHANGED when it is another by now, PATH_UNREADABLE
   */
  hash(index: number, state: FileState, signal?: AbortSignal): Promise<Buffer>;

  /** What `serveTransfer` computed while it sent the file in this state. */
  remember(index: number, state: FileState, sha256: Buffer): void;
}

export interface FileState {
  /** Bytes. */
  readonly size: number;
  /** Permission bits, at most 0o777. */
  readonly mode: number;
  /** Milliseconds since 1970, whole, as a manifest has it. */
  readonly mtime: number;
  /** Another one whenever the content may be another: inode and times in nanoseconds. */
  readonly stamp: string;
}

export interface SourceReader {
  readonly state: FileState;
  /**
   * Fills `target` from the position on, however often the system gives only a part. Resolves with
   * the bytes read, fewer only where the file ends. @throws PATH_UNREADABLE
   */
  read(target: Buffer, position: number): Promise<number>;
  /** Whether the open file, and what lies under its name, is still as `state` says. */
  isUnchanged(): Promise<boolean>;
  close(): Promise<void>;
}
