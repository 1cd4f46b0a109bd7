import * as v from 'valibot';
import type { Home } from '../home/home';
import { hex32, hexId } from '../wire/shapes';

const stored = v.object({
  kid: hex32,
  id: hexId,
  until: v.pipe(
    v.string(),
    v.check((text) => !Number.isNaN(Date.parse(text))),
  ),
  decision: v.picklist(['declined', 'received', 'failed', 'withdrawn']),
  reason: v.exactOptional(v.string()),
  receipt: v.exactOptional(v.string()),
});

/** What was decided about one signed offer. */
export interface Answered {
  /** Key id of the sender. */
  readonly kid: string;
  /** Id of the offer. */
  readonly id: string;
  /** ISO 8601: until when the offer stands. It is remembered a little longer. */
  readonly until: string;
  readonly decision: 'declined' | 'received' | 'failed' | 'withdrawn';
  readonly reason?: string;
  /** Hex. */
  readonly receipt?: string;
}

/** keys.md: until expires_at + 10 min, when also a clock that is off refuses the offer itself. */
export const REMEMBER_AFTER_MS = 10 * 60 * 1000;
/** Offers answered within a week. */
export const MAX_ANSWERED = 10_000;
const RECORD = 'answered-offers';

/**
 * The offers that were answered, on disk, so that one that comes again, on whatever way and after
 * whatever restart, is not asked a second time.
 */
export class AnsweredOffers {
  /** Newest last. */
  private readonly answered = new Map<string, Answered>();
  private lastWrite: Promise<void> = Promise.resolve();
  private nextWrite: Promise<void> | undefined;

  private constructor(
    private readonly home: Home,
    private readonly now: () => number,
  ) {}

  /** @throws HOME_UNUSABLE */
  static async open(home: Home, now: () => number = Date.now): Promise<AnsweredOffers> {
    const offers = new AnsweredOffers(home, now);
    const record = await home.read('settings', RECORD);
    const list = v.is(v.object({ answered: v.array(v.unknown()) }), record) ? record.answered : [];
    for (const value of list) if (v.is(stored, value)) offers.keep(value);
    offers.forget();
    return offers;
  }

  find(kid: string, id: string): Answered | undefined {
    return this.answered.get(keyOf(kid, id));
  }

  /** Resolves when it is on disk. The last word about an offer holds. @throws HOME_UNUSABLE */
  remember(answered: Answered): Promise<void> {
    this.keep(answered);
    this.forget();
    // All that come while one is being written are written together.
    this.nextWrite ??= this.lastWrite
      .catch(() => undefined)
      .then(() => {
        this.nextWrite = undefined;
        return this.home.write('settings', RECORD, {
          version: 1,
          answered: [...this.answered.values()],
        });
      });
    this.lastWrite = this.nextWrite;
    return this.nextWrite;
  }

  private keep(answered: Answered): void {
    const key = keyOf(answered.kid, answered.id);
    this.answered.delete(key);
    this.answered.set(key, answered);
  }

  private forget(): void {
    const now = this.now();
    for (const [key, { until }] of this.answered) {
      if (Date.parse(until) + REMEMBER_AFTER_MS < now) this.answered.delete(key);
    }
    while (this.answered.size > MAX_ANSWERED) this.answered.delete(this.leastMissed());
  }

  /**
   * The oldest of the agent that has the most: whoever floods us makes us forget only what they
   * sent themselves, never the answer to somebody else's offer.
   */
  private leastMissed(): string {
    const counts = new Map<string, { count: number; oldest: string }>();
    for (const [key, { kid }] of this.answered) {
      const { count, oldest } = counts.get(kid) ?? { count: 0, oldest: key };
      counts.set(kid, { count: count + 1, oldest });
    }
    const [most] = [...counts.values()].sort((one, other) => other.count - one.count);
    return most?.oldest ?? '';
  }
}

function keyOf(kid: string, id: string): string {
  return `${kid}/${id}`;
}
