import { errors, type BeelineError } from '../errors';
import type { Home } from '../home/home';
import { checkEntry, type BookEntry } from './bookEntry';
import { FileBookStore, memoryBookStore, type BookStore } from './bookStore';

export type { BookEntry };

/** The paired agents of a home. Reading is from memory, every change is on disk when it resolves. */
export interface Book {
  list(): readonly BookEntry[];
  find(kid: string): BookEntry | undefined;
  /**
   * Adds an agent, or renews the entry of the same key.
   * @throws IDENTITY_CHANGED when its actor id at its origin belongs to another key already,
   *   CONFIG_INVALID when the book is full, BOOK_NEWER, HOME_BUSY, HOME_UNUSABLE
   */
  put(entry: BookEntry): Promise<void>;
  /** @throws AGENT_UNKNOWN, BOOK_NEWER, HOME_BUSY, HOME_UNUSABLE */
  change(kid: string, change: BookChange): Promise<void>;
  /** An agent that is not there is left so. @throws BOOK_NEWER, HOME_BUSY, HOME_UNUSABLE */
  remove(kid: string): Promise<void>;
  /** Writes what is not yet on disk: at most a minute of `lastSeenAt`. */
  flush(): Promise<void>;
  /** BOOK_DAMAGED, when this book begins anew because the one on disk could not be read. */
  readonly setAside?: BeelineError | undefined;
}

export type BookChange = Partial<Pick<BookEntry, 'allowed' | 'blocked' | 'lastSeenAt' | 'name'>>;

export interface BookOptions {
  /** Milliseconds between two writes for nothing but `lastSeenAt`. */
  readonly seenEveryMs?: number;
}

/** Each costs a link, and a responder's proof tries them all. */
export const MAX_ENTRIES = 1024;
/** Links come and go by the second on a bad network; who was seen when may be a minute behind. */
const SEEN_EVERY_MS = 60_000;

/** @throws BOOK_NEWER, HOME_UNUSABLE, HOME_BUSY */
export async function openBook(home: Home, options: BookOptions = {}): Promise<Book> {
  const store = home.folder === undefined ? memoryBookStore(home) : new FileBookStore(home.folder);
  const entries = await store.load();
  return new StoredBook(store, entries, options.seenEveryMs ?? SEEN_EVERY_MS);
}

class StoredBook implements Book {
  /** One change at a time; the lock is for other processes. */
  private turn: Promise<unknown> = Promise.resolve();
  /** By key id; in `entries` already, and on disk with the next write. */
  private readonly seen = new Map<string, string>();
  private seenWrittenAt = Number.NEGATIVE_INFINITY;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly store: BookStore,
    private entries: ReadonlyMap<string, BookEntry>,
    private readonly seenEveryMs: number,
  ) {}

  get setAside(): BeelineError | undefined {
    return this.store.setAside;
  }

  list(): readonly BookEntry[] {
    return [...this.entries.values()];
  }

  find(kid: string): BookEntry | undefined {
    return this.entries.get(kid);
  }

  put(entry: BookEntry): Promise<void> {
    const checked = checkEntry(entry);
    return this.update((entries) => {
      for (const { kid, actorId, origin } of entries.values()) {
        const isSameName = actorId === checked.actorId && origin === checked.origin;
        if (isSameName && kid !== checked.kid) throw errors.identityChanged(actorId);
      }
      if (!entries.has(checked.kid) && entries.size >= MAX_ENTRIES) {
        throw errors.configInvalid(
          `The address book holds ${MAX_ENTRIES} agents and no more. Remove one and pair again.`,
        );
      }
      entries.set(checked.kid, checked);
    });
  }

  async change(kid: string, change: BookChange): Promise<void> {
    const { lastSeenAt, ...others } = change;
    if (Object.keys(others).length === 0) {
      if (lastSeenAt !== undefined) await this.see(kid, lastSeenAt);
      return;
    }
    await this.update((entries) => {
      const entry = entries.get(kid);
      if (entry === undefined) throw unknown(kid);
      entries.set(kid, checkEntry({ ...entry, ...change }));
    });
  }

  remove(kid: string): Promise<void> {
    return this.update((entries) => {
      entries.delete(kid);
    });
  }

  async flush(): Promise<void> {
    if (this.seen.size > 0) await this.update(() => undefined);
    else await this.turn.catch(() => undefined);
  }

  /** In memory at once; on disk at once when the last time was long enough ago, else later. */
  private async see(kid: string, lastSeenAt: string): Promise<void> {
    const entry = this.entries.get(kid);
    if (entry === undefined) throw unknown(kid);
    const seen = checkEntry({ ...entry, lastSeenAt });
    this.entries = new Map(this.entries).set(kid, seen);
    this.seen.set(kid, lastSeenAt);
    if (this.timer !== undefined) return;
    const left = this.seenWrittenAt + this.seenEveryMs - performance.now();
    if (left <= 0) {
      this.seenWrittenAt = performance.now();
      await this.flush();
      return;
    }
    // A process that ends before then loses a minute of knowing when somebody was last there.
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.seenWrittenAt = performance.now();
      // What could not be written is tried again with the next change.
      this.flush().catch(() => undefined);
    }, left).unref();
  }

  private update(change: (entries: Map<string, BookEntry>) => void): Promise<void> {
    const turn = this.turn
      .catch(() => undefined)
      .then(async () => {
        const seen = new Map(this.seen);
        const written = await this.store.change(this.entries, (entries) => {
          change(entries);
          applySeen(entries, seen);
        });
        for (const [kid, at] of seen) if (this.seen.get(kid) === at) this.seen.delete(kid);
        // Seen while this was being written.
        applySeen(written, this.seen);
        this.entries = written;
      });
    this.turn = turn;
    return turn;
  }
}

/** Later times win, whichever process saw them. */
function applySeen(entries: Map<string, BookEntry>, seen: ReadonlyMap<string, string>): void {
  for (const [kid, lastSeenAt] of seen) {
    const entry = entries.get(kid);
    if (entry === undefined || (entry.lastSeenAt ?? '') >= lastSeenAt) continue;
    entries.set(kid, { ...entry, lastSeenAt });
  }
}

function unknown(kid: string): BeelineError {
  return errors.agentUnknown(`The agent with the key ${kid.slice(0, 16)}`);
}
