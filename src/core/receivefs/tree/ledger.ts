import path from 'node:path';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { MAX_MODE, MAX_MTIME_MS, whyBadPath } from '../../wire/v2Entry';

/**
 * What an identity sent to a place here, and how it lay there when it was put. With it the next time
 * only what changed has to come, and what was changed here is noticed.
 */
export interface Ledger {
  readonly version: 1;
  /** Who sent it: 64 lower-case hex digits. */
  readonly kid: string;
  /** The first root's name, as the sender has it. */
  readonly name: string;
  /** ISO 8601, this machine's clock. */
  readonly receivedAt: string;
  /** Top-level entries by the sender's names, and where each lies, absolute. */
  readonly roots: readonly LedgerRoot[];
  readonly entries: readonly LedgerEntry[];
}

export interface LedgerRoot {
  readonly name: string;
  readonly path: string;
}

export type LedgerEntry = LedgerFile | LedgerFolder | LedgerLink;

interface LedgerFields {
  /** As the manifest had it, its root's name first. */
  readonly path: string;
  readonly mode: number;
  /** Milliseconds, as the sender said. */
  readonly mtime: number;
  /** Relative to the root's place, where it lies elsewhere because its own place was taken. */
  readonly at?: string;
}

export interface LedgerFile extends LedgerFields {
  readonly kind: 'file';
  /** Bytes. */
  readonly size: number;
  /** Nanoseconds as the disk here tells them, in decimal digits. */
  readonly localMtimeNs: string;
  /** Lower-case hex. */
  readonly sha256: string;
}

export interface LedgerFolder extends LedgerFields {
  readonly kind: 'folder';
}

export interface LedgerLink extends LedgerFields {
  readonly kind: 'link';
  readonly target: string;
}

/** Bytes of the text that is packed: a million entries with long paths. */
const MAX_LEDGER_BYTES = 256 * 1024 * 1024;

/** Gzip in base64. */
export async function packLedger(ledger: Ledger): Promise<string> {
  const { entries, ...head } = ledger;
  const lines = [JSON.stringify(head), ...entries.map((entry) => JSON.stringify(toLine(entry)))];
  return (await promisify(gzip)(lines.join('\n'))).toString('base64');
}

/** Undefined for whatever is not a ledger as `packLedger` makes them: then everything comes anew. */
export async function unpackLedger(packed: string): Promise<Ledger | undefined> {
  try {
    const bytes = await promisify(gunzip)(Buffer.from(packed, 'base64'), {
      maxOutputLength: MAX_LEDGER_BYTES,
    });
    const [head, ...lines] = bytes.toString('utf8').split('\n');
    return readLedger(JSON.parse(head ?? ''), lines);
  } catch {
    return undefined;
  }
}

/** The path of an entry without its root's name; empty for the root itself. */
export function belowRoot(entryPath: string): string {
  const slash = entryPath.indexOf('/');
  return slash === -1 ? '' : entryPath.slice(slash + 1);
}

export function rootOf(entryPath: string): string {
  const slash = entryPath.indexOf('/');
  return slash === -1 ? entryPath : entryPath.slice(0, slash);
}

/** Where an entry of the ledger lies, absolute. */
export function placeOf(ledger: Ledger, entry: LedgerEntry): string {
  const root = ledger.roots.find(({ name }) => name === rootOf(entry.path));
  if (root === undefined) throw new Error('a ledger without that root');
  return path.join(root.path, ...(entry.at ?? belowRoot(entry.path)).split('/'));
}

function toLine(entry: LedgerEntry): readonly unknown[] {
  const at = entry.at === undefined ? [] : [entry.at];
  const common = [entry.kind, entry.path, entry.mode, entry.mtime];
  switch (entry.kind) {
    case 'file':
      return [...common, entry.size, entry.localMtimeNs, entry.sha256, ...at];
    case 'folder':
      return [...common, ...at];
    case 'link':
      return [...common, entry.target, ...at];
  }
}

function readLedger(head: unknown, lines: readonly string[]): Ledger | undefined {
  if (!isRecord(head) || head['version'] !== 1) return undefined;
  const { kid, name, receivedAt, roots } = head;
  if (typeof kid !== 'string' || !isHash(kid)) return undefined;
  if (typeof name !== 'string' || typeof receivedAt !== 'string' || !Array.isArray(roots)) {
    return undefined;
  }
  const places = roots.map(readRoot);
  const known = new Set(places.map((root) => root.name));
  if (known.size !== places.length) return undefined;
  const entries = lines.map((line) => readEntry(JSON.parse(line)));
  if (entries.some((entry) => !known.has(rootOf(entry.path)))) return undefined;
  if (new Set(entries.map((entry) => entry.path)).size !== entries.length) return undefined;
  return { version: 1, kid, name, receivedAt, roots: places, entries };
}

function readRoot(value: unknown): LedgerRoot {
  if (!isRecord(value)) throw new Error('a root');
  const { name, path: place } = value;
  if (typeof name !== 'string' || whyBadPath(name) !== undefined || name.includes('/')) {
    throw new Error('the name of a root');
  }
  if (typeof place !== 'string' || !path.isAbsolute(place) || place.includes('\0')) {
    throw new Error('the place of a root');
  }
  return { name, path: place };
}

function readEntry(line: unknown): LedgerEntry {
  if (!Array.isArray(line)) throw new Error('a line');
  const [kind, entryPath, mode, mtime, ...rest] = line as readonly unknown[];
  const fields = {
    path: goodPath(entryPath),
    mode: wholeUpTo(MAX_MODE, mode),
    mtime: wholeUpTo(MAX_MTIME_MS, mtime),
  };
  switch (kind) {
    case 'file': {
      const [size, localMtimeNs, sha256, ...at] = rest;
      if (typeof localMtimeNs !== 'string' || !/^-?\d{1,20}$/.test(localMtimeNs)) {
        throw new Error('a local time');
      }
      if (typeof sha256 !== 'string' || !isHash(sha256)) throw new Error('a hash');
      return {
        kind,
        ...fields,
        size: wholeUpTo(Number.MAX_SAFE_INTEGER, size),
        localMtimeNs,
        sha256,
        ...readAt(at),
      };
    }
    case 'folder':
      return { kind, ...fields, ...readAt(rest) };
    case 'link': {
      const [target, ...at] = rest;
      if (typeof target !== 'string' || target === '' || target.includes('\0')) {
        throw new Error('a link to nowhere');
      }
      return { kind, ...fields, target, ...readAt(at) };
    }
    default:
      throw new Error('a kind');
  }
}

function readAt(rest: readonly unknown[]): { readonly at?: string } {
  if (rest.length > 1) throw new Error('more than an entry has');
  return rest.length === 0 ? {} : { at: goodPath(rest[0]) };
}

function goodPath(value: unknown): string {
  if (typeof value !== 'string' || whyBadPath(value) !== undefined) throw new Error('a path');
  return value;
}

function wholeUpTo(most: number, value: unknown): number {
  if (!Number.isSafeInteger(value)) throw new Error('a number');
  const number = value as number;
  if (number < 0 || number > most) throw new Error('a number out of bounds');
  return number;
}

function isHash(value: string): boolean {
  return /^[0-9a-f]{64}$/.test(value);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
