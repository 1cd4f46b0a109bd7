import { randomBytes } from 'node:crypto';
import { readFile, rename } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import lockfile from 'proper-lockfile';
import * as v from 'valibot';
import writeFileAtomic from 'write-file-atomic';
import { BeelineError, errors } from '../errors';
import type { Home } from '../home/home';
import { readEntry, toStored, type BookEntry } from './bookEntry';
import { BOOK_FILE } from './identityFile';

/** Where a book is kept. */
export interface BookStore {
  readonly setAside: BeelineError | undefined;
  load(): Promise<Map<string, BookEntry>>;
  /**
   * Changes what is kept now, which another process may have written, and gives the whole result.
   * When `change` throws, nothing is.
   * @param known what the caller last had; stands in for a book that turns out damaged
   */
  change(
    known: ReadonlyMap<string, BookEntry>,
    change: (entries: Map<string, BookEntry>) => void,
  ): Promise<Map<string, BookEntry>>;
}

const VERSION = 1;
/** Agents in a file; more were not written by us. */
const MAX_STORED = 1024;

/** A lock that was not touched for so long belongs to a process that was killed, milliseconds. */
const STALE_MS = 5000;
const TOUCH_MS = 1000;
/** Longer than a dead lock lives, and far longer than a write takes. */
const ATTEMPTS = 160;
const ATTEMPT_MS = 50;

const version = v.object({ version: v.number() });
const record = v.object({
  version: v.literal(VERSION),
  agents: v.pipe(v.array(v.unknown()), v.maxLength(MAX_STORED)),
});

/** `book.json` in a home folder, mode 0600: lock, reread, change, rename. */
export class FileBookStore implements BookStore {
  private readonly file: string;
  private damage: BeelineError | undefined;

  constructor(private readonly folder: string) {
    this.file = path.join(folder, BOOK_FILE);
  }

  get setAside(): BeelineError | undefined {
    return this.damage;
  }

  async load(): Promise<Map<string, BookEntry>> {
    // Writers rename, so that a reader needs no lock.
    const entries = await this.read().catch((thrown: unknown) => {
      throw this.unusable(thrown);
    });
    return entries === 'damaged' ? this.locked(() => this.readOr(new Map())) : entries;
  }

  change(
    known: ReadonlyMap<string, BookEntry>,
    change: (entries: Map<string, BookEntry>) => void,
  ): Promise<Map<string, BookEntry>> {
    return this.locked(async (isHeld) => {
      const entries = await this.readOr(known);
      change(entries);
      const agents = [...entries.values()].map(toStored);
      const text = `${JSON.stringify({ version: VERSION, agents }, undefined, 2)}\n`;
      if (!isHeld()) throw busy();
      await writeFileAtomic(this.file, text, { mode: 0o600 });
      return entries;
    });
  }

  /** What is there; something unreadable goes aside, and `known` takes its place. */
  private async readOr(known: ReadonlyMap<string, BookEntry>): Promise<Map<string, BookEntry>> {
    const entries = await this.read();
    if (entries !== 'damaged') return entries;
    const time = new Date().toISOString().replace(/[:.]/g, '-');
    const aside = `${this.file}.damaged-${time}-${randomBytes(2).toString('hex')}`;
    await rename(this.file, aside);
    this.damage = errors.bookDamaged(aside);
    return new Map(known);
  }

  private async read(): Promise<Map<string, BookEntry> | 'damaged'> {
    let text: string;
    try {
      text = await readFile(this.file, 'utf8');
    } catch (thrown) {
      const { code } = thrown as NodeJS.ErrnoException;
      if (code === 'ENOENT') return new Map();
      if (code === 'EISDIR') return 'damaged';
      throw thrown;
    }
    return parse(this.file, text);
  }

  private async locked<T>(act: (isHeld: () => boolean) => Promise<T>): Promise<T> {
    try {
      let held = true;
      const release = await this.lock(() => {
        // This machine slept over its lock; whoever has it now may be writing.
        held = false;
      });
      try {
        return await act(() => held);
      } finally {
        // A lock that somebody else took over, or that was deleted, needs no release.
        await release().catch(() => undefined);
      }
    } catch (thrown) {
      throw this.unusable(thrown);
    }
  }

  /** Tries again only while somebody else has it: a disk that refuses will refuse again. */
  private async lock(onCompromised: () => void): Promise<() => Promise<void>> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await lockfile.lock(this.file, {
          lockfilePath: `${this.file}.lock`,
          // There may be no book yet.
          realpath: false,
          stale: STALE_MS,
          update: TOUCH_MS,
          onCompromised,
        });
      } catch (thrown) {
        const isTaken = (thrown as NodeJS.ErrnoException).code === 'ELOCKED';
        if (!isTaken || attempt === ATTEMPTS) throw thrown;
        await wait(ATTEMPT_MS);
      }
    }
  }

  private unusable(thrown: unknown): BeelineError {
    if (thrown instanceof BeelineError) return thrown;
    if ((thrown as NodeJS.ErrnoException).code === 'ELOCKED') return busy({ cause: thrown });
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    return errors.homeUnusable(this.folder, why, { cause: thrown });
  }
}

/** @throws BOOK_NEWER */
function parse(file: string, text: string): Map<string, BookEntry> | 'damaged' {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return 'damaged';
  }
  if (v.is(version, json) && json.version > VERSION) throw errors.bookNewer(file);
  if (!v.is(record, json)) return 'damaged';
  const entries = new Map<string, BookEntry>();
  for (const value of json.agents) {
    const entry = readEntry(value);
    // A book that is half right might lack the block or the identity that mattered.
    if (entry === undefined || entries.has(entry.kid)) return 'damaged';
    entries.set(entry.kid, entry);
  }
  return entries;
}

function busy(options: { cause?: unknown } = {}): BeelineError {
  return errors.homeBusy('Another process is writing the address book. Try again.', options);
}

const memory = new WeakMap<Home, BookStore>();

/** For a home without a folder: lives as long as the home object. */
export function memoryBookStore(home: Home): BookStore {
  let kept = new Map<string, BookEntry>();
  const store: BookStore = memory.get(home) ?? {
    setAside: undefined,
    load: () => Promise.resolve(new Map(kept)),
    // Rejects rather than throws, as the one on disk does.
    change: (_, change) =>
      Promise.resolve().then(() => {
        const entries = new Map(kept);
        change(entries);
        kept = entries;
        return new Map(entries);
      }),
  };
  memory.set(home, store);
  return store;
}
