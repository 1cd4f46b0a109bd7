/**
 * Where a conversation keeps its lines: a folder on disk, or memory for what is not to be kept.
 * Whoever holds one is the only writer. Every method throws HOME_UNUSABLE.
 */
export interface Shelf {
  /** What people would look for; shown in errors only. */
  readonly place: string;
  /** Bytes of each file of lines, by name. */
  sizes(): Promise<ReadonlyMap<string, number>>;
  read(name: string): Promise<Buffer | undefined>;
  readAt(name: string, offset: number, length: number): Promise<Buffer>;
  /**
   * Puts bytes at the end of what is good, and cuts off what lies behind that: a write that was
   * killed in the middle. When it fails, what was good before is all that is there.
   */
  write(name: string, offset: number, bytes: Buffer): Promise<void>;
  /** What was written outlasts the power. */
  sync(name: string): Promise<void>;
  /** After a crash either the old or the new file is there. */
  replace(name: string, bytes: Buffer): Promise<void>;
  remove(name: string): Promise<void>;
  /** Kept for whoever wants to look, out of the way. */
  setAside(name: string): Promise<void>;
  /** Everything, with what was set aside. */
  clear(): Promise<void>;
}
