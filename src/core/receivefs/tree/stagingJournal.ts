import { type FileHandle, open } from 'node:fs/promises';
import { constants } from 'node:fs';

/**
 * What a staging folder says about itself: JSON lines, only ever appended to. A torn or garbled tail
 * is ignored from its first bad line on. Nothing in it is believed about contents: whoever goes on
 * reads the files again; it only says where to look.
 */
export interface JournalHeader {
  readonly t: 'header';
  readonly v: number;
  /** Transfer id, sender's key id, manifest digest: hex. */
  readonly id: string;
  readonly kid: string;
  readonly digest: string;
  readonly mode: 'new' | 'update';
}

export type JournalLine =
  /** A file is whole, with this SHA-256. */
  | {
      readonly t: 'file';
      readonly i: number;
      readonly size: number;
      readonly mtime: number;
      readonly mode: number;
      readonly sha: string;
    }
  /** So many bytes of the file in the middle are durable. */
  | { readonly t: 'mark'; readonly i: number; readonly at: number }
  /** A root is about to be moved to this path; `node` is its device and inode. */
  | { readonly t: 'placing'; readonly i: number; readonly path: string; readonly node: string }
  | { readonly t: 'placed'; readonly i: number }
  /** An entry of an update is about to be put at this path, relative to the target. */
  | { readonly t: 'update'; readonly i: number; readonly at: string }
  /** Something was, or is just being, removed from the target. */
  | { readonly t: 'removed'; readonly path: string }
  /** A folder of an update is about to be made. */
  | { readonly t: 'made'; readonly path: string };

export const JOURNAL_VERSION = 1;
/** Bytes: a million files with a line each. What is longer was not written by us. */
export const MAX_JOURNAL_BYTES = 256 * 1024 * 1024;

export type JournalContent =
  | { readonly kind: 'none' }
  | { readonly kind: 'newer' }
  | {
      readonly kind: 'read';
      readonly header: JournalHeader;
      readonly lines: readonly JournalLine[];
      /** Bytes up to the end of the last good line. */
      readonly goodBytes: number;
    };

/** Never throws, whatever the bytes are. */
export function readJournal(bytes: Buffer): JournalContent {
  const lines: JournalLine[] = [];
  let header: JournalHeader | undefined;
  let goodBytes = 0;
  for (let from = 0; ;) {
    const end = bytes.indexOf(NEWLINE, from);
    if (end === -1) break;
    const value = parse(bytes.subarray(from, end));
    if (header === undefined) {
      const version = versionOf(value);
      if (version !== undefined && version > JOURNAL_VERSION) return { kind: 'newer' };
      header = version === JOURNAL_VERSION ? readHeader(value) : undefined;
      if (header === undefined) return { kind: 'none' };
    } else {
      const line = readLine(value);
      if (line === undefined) break;
      lines.push(line);
    }
    from = end + 1;
    goodBytes = from;
  }
  return header === undefined ? { kind: 'none' } : { kind: 'read', header, lines, goodBytes };
}

const NEWLINE = 0x0a;

/**
 * Milliseconds for which lines gather: a write for each of ten thousand small files would cost as
 * much as the files. What a crash takes of them only comes again.
 */
const GATHER_MS = 20;

/** Appends lines, many at once. */
export class JournalWriter {
  readonly #handle: FileHandle;
  #waiting: string[] = [];
  #writing: Promise<void> | undefined;
  /** Ends the gathering. */
  #hurry: (() => void) | undefined;
  /** Somebody waits for everything to be written. */
  #isHurried = false;

  /** Bytes up to which it is good: a full disk takes half a line. */
  #bytes: number;

  private constructor(handle: FileHandle, bytes: number) {
    this.#handle = handle;
    this.#bytes = bytes;
  }

  /** Goes on behind the good bytes of an earlier one; what is behind them is cut off. */
  static async open(file: string, goodBytes: number): Promise<JournalWriter> {
    const handle = await open(file, OPEN_FLAGS, 0o600);
    try {
      await handle.truncate(goodBytes);
    } catch (thrown) {
      await handle.close();
      throw thrown;
    }
    return new JournalWriter(handle, goodBytes);
  }

  add(line: JournalLine | JournalHeader): void {
    this.#waiting.push(JSON.stringify(line));
    if (this.#writing !== undefined) return;
    this.#writing = this.#writeOut();
    // A full disk is told by the next flush; until then what was added is only not remembered.
    this.#writing.catch(() => undefined);
  }

  /** Everything that was added is with the system. */
  async flush(): Promise<void> {
    if (this.#writing === undefined && this.#waiting.length > 0) this.#writing = this.#writeOut();
    if (this.#writing === undefined) return;
    this.#isHurried = true;
    this.#hurry?.();
    await this.#writing;
  }

  /** Everything that was added is durable. */
  async sync(): Promise<void> {
    await this.flush();
    await this.#handle.datasync();
  }

  async close(): Promise<void> {
    await this.flush().catch(() => undefined);
    await this.#handle.close();
  }

  async #writeOut(): Promise<void> {
    try {
      while (this.#waiting.length > 0) {
        await this.#gather();
        const batch = this.#waiting;
        this.#waiting = [];
        try {
          const bytes = Buffer.from(`${batch.join('\n')}\n`);
          await this.#handle.appendFile(bytes);
          this.#bytes += bytes.length;
        } catch (thrown) {
          await this.#handle.truncate(this.#bytes).catch(() => undefined);
          this.#waiting = [...batch, ...this.#waiting];
          throw thrown;
        }
      }
    } finally {
      this.#writing = undefined;
      this.#isHurried = false;
    }
  }

  async #gather(): Promise<void> {
    if (this.#isHurried) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, GATHER_MS);
      this.#hurry = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#hurry = undefined;
  }
}

const OPEN_FLAGS =
  constants.O_WRONLY |
  constants.O_CREAT |
  constants.O_APPEND |
  ((constants as Partial<typeof constants>).O_NOFOLLOW ?? 0);

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}

type Fields = Readonly<Record<string, unknown>>;

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function versionOf(value: unknown): number | undefined {
  if (!isFields(value) || value['t'] !== 'header') return undefined;
  return isWhole(value['v']) ? value['v'] : undefined;
}

function readHeader(value: unknown): JournalHeader | undefined {
  if (!isFields(value)) return undefined;
  const { id, kid, digest, mode } = value;
  if (typeof id !== 'string' || typeof kid !== 'string' || typeof digest !== 'string') {
    return undefined;
  }
  if (mode !== 'new' && mode !== 'update') return undefined;
  return { t: 'header', v: JOURNAL_VERSION, id, kid, digest, mode };
}

function readLine(value: unknown): JournalLine | undefined {
  if (!isFields(value)) return undefined;
  const { t, i, size, mtime, mode, sha, at, path, node } = value;
  if (t === 'removed' || t === 'made') return isBelow(path) ? { t, path } : undefined;
  if (!isWhole(i)) return undefined;
  switch (t) {
    case 'file':
      if (!isWhole(size) || !isWhole(mtime) || !isWhole(mode) || mode > 0o777) return undefined;
      if (typeof sha !== 'string' || !/^[0-9a-f]{64}$/.test(sha)) return undefined;
      return { t, i, size, mtime, mode, sha };
    case 'mark':
      return isWhole(at) ? { t, i, at } : undefined;
    case 'placing':
      if (typeof path !== 'string' || typeof node !== 'string') return undefined;
      return { t, i, path, node };
    case 'placed':
      return { t, i };
    case 'update':
      return isBelow(at) ? { t, i, at } : undefined;
    default:
      return undefined;
  }
}

/** In the target, the target itself, or beside it, as a single file that was changed here has it. */
function isBelow(value: unknown): value is string {
  if (typeof value !== 'string') return false;
  if (value === '') return true;
  const [first, ...rest] = value.split('/');
  const names = first === '..' && rest.length === 1 ? rest : [first, ...rest];
  return !value.includes('\0') && names.every((name) => !['', '.', '..'].includes(name ?? ''));
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
