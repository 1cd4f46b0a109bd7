import type { MemoryMarks } from './memoryWatch';

/** One way to carry bytes from one process to another. Both halves run in a process of their own. */
export interface Contender {
  send(run: Run): Promise<Timing>;
  /**
   * Resolves once everything is here, and the sender knows it: with where it is, to be compared with
   * what was sent, unless it was thrown away.
   */
  receive(run: Run): Promise<string | undefined>;
}

export interface Run {
  readonly bytes: number;
  /** How often, for contenders that measure single moments instead of bytes. */
  readonly count: number;
  /** The file or folder to send. Contenders that send from memory leave it alone. */
  readonly sourcePath: string;
  /** An empty folder, for what arrives. */
  readonly targetFolder: string;
  /** `HOST:PORT` of a DHT on loopback. */
  readonly bootstrap: readonly string[];
  /** A hub on loopback, for contenders that need one. */
  readonly hubUrl: string | undefined;
  readonly link: Link;
  /** Says how far this side is, for the memory at the beginning and at the end. */
  readonly progress: (bytes: number) => void;
}

/** To the same contender in the other process: what is needed to find each other, nothing more. */
export interface Link {
  tell(word: string): void;
  hear(): Promise<string>;
}

export interface Timing {
  /** From the first byte of the file to the other side's word that it has all. */
  readonly transferMs: number;
  /** For contenders that hash before they offer. */
  readonly hashMs?: number;
  /** Payload of all datagrams of the sender, both ways; for contenders that count it. */
  readonly wireBytes?: number;
  /** For contenders that send twice: the first time, when nothing was there yet. */
  readonly whole?: { readonly transferMs: number; readonly wireBytes: number };
  /** For contenders that measure single moments: what was measured by each name, and beside it. */
  readonly moments?: Readonly<Record<string, Moments>>;
}

/** Milliseconds, in order; each was measured straight after the one of the same place beside it. */
export interface Moments {
  readonly measured: readonly number[];
  readonly base: readonly number[];
}

/** What a side's process reports. */
export interface SideReport {
  readonly timing: Timing | undefined;
  readonly received: string | undefined;
  readonly memory: MemoryMarks;
}

/** Those that carry one file. */
export const fileContenders = ['raw', 'v1', 'v2-link', 'hyperbeam', 'webrtc'] as const;
export type FileContender = (typeof fileContenders)[number];
export type ContenderName =
  FileContender | 'many-files' | 'delta' | 'chat' | 'chat-memory' | 'call';

/** Bytes of one write, for all of them: what version 1 puts into one DATA frame. */
export const CHUNK_BYTES = 64 * 1024;
