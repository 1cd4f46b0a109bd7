import * as v from 'valibot';
import type { Home } from '../../../home/home';
import { REMEMBER_AFTER_MS } from '../../../identity/answeredOffers';

const stored = v.object({
  kid: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
  id: v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/)),
  until: v.pipe(
    v.string(),
    v.check((text) => !Number.isNaN(Date.parse(text))),
  ),
});

interface Seen {
  /** Key id of the sender. */
  readonly kid: string;
  readonly id: string;
  /** ISO 8601: when its time is over. It is remembered a little longer. */
  readonly until: string;
}

/** Of one agent; a request lives a minute, and twenty in it are heard. */
const MAX_OF_ONE = 300;
const MAX_SEEN = 5000;
const RECORD = 'seen-sessions';

/**
 * The requests that were heard, on disk, so that one that a service plays again rings nobody twice,
 * also after a restart.
 */
export class SeenRequests {
  /** Oldest first. */
  private readonly seen = new Map<string, Seen>();
  private lastWrite: Promise<void> = Promise.resolve();
  private isDirty = false;
  private isClosed = false;

  private constructor(private readonly home: Home) {}

  /** @throws HOME_UNUSABLE */
  static async open(home: Home): Promise<SeenRequests> {
    const requests = new SeenRequests(home);
    const record = await home.read('settings', RECORD);
    const list = v.is(v.object({ seen: v.array(v.unknown()) }), record) ? record.seen : [];
    for (const value of list) {
      if (v.is(stored, value)) requests.seen.set(keyOf(value.kid, value.id), value);
    }
    requests.forget();
    return requests;
  }

  has(kid: string, id: string): boolean {
    return this.seen.has(keyOf(kid, id));
  }

  /**
   * True the first time. On disk a little later; a write that fails is made up for by the next.
   * Nothing is new once this is closed: whoever stops begins nothing.
   */
  isNew(seen: Seen): boolean {
    if (this.isClosed) return false;
    const key = keyOf(seen.kid, seen.id);
    if (this.seen.has(key)) return false;
    this.forget();
    const same = [...this.seen].filter(([, { kid }]) => kid === seen.kid);
    // Whoever floods us makes us forget only what they sent themselves.
    if (same.length >= MAX_OF_ONE && same[0] !== undefined) this.seen.delete(same[0][0]);
    if (this.seen.size >= MAX_SEEN) return false;
    this.seen.set(key, seen);
    this.write();
    return true;
  }

  /** Resolves when all is on disk, as far as it can be, and nothing is written any more. */
  close(): Promise<void> {
    this.isClosed = true;
    return this.lastWrite;
  }

  private write(): void {
    if (this.isDirty) return;
    this.isDirty = true;
    this.lastWrite = this.lastWrite.then(async () => {
      this.isDirty = false;
      const seen = [...this.seen.values()];
      await this.home.write('settings', RECORD, { version: 1, seen }).catch(() => undefined);
    });
  }

  private forget(): void {
    const now = Date.now();
    for (const [key, { until }] of this.seen) {
      if (Date.parse(until) + REMEMBER_AFTER_MS < now) this.seen.delete(key);
    }
  }
}

function keyOf(kid: string, id: string): string {
  return `${kid}/${id}`;
}
