import type Hyperswarm from 'hyperswarm';
import type { Discovery } from 'hyperswarm';

/** Milliseconds between two looks for an agent that is not there: at first, and in the end. */
const FIRST_WAIT_MS = 3000;
const LONGEST_WAIT_MS = 30_000;

/** How much longer each wait is than the one before. */
const LONGER = 1.5;

/** Looks that run at once. A look asks some twenty nodes. */
const PARALLEL_LOOKS = 8;

/** Milliseconds of waiting for each agent in the book, so that a large one does not flood the DHT. */
const WAIT_FOR_EACH_MS = 250;

interface Place {
  readonly kid: string;
  readonly topic: Buffer;
  discovery: Discovery | undefined;
  /** Monotonic milliseconds. */
  due: number;
  wait: number;
  isLooking: boolean;
  /** The network, or its DHT, may be another one, which has not heard of us. */
  isForgotten: boolean;
}

/**
 * Announces each pair's topic and looks for the other side on it: often right after it was lost,
 * seldom once it is gone for long, since it will look for us when it comes.
 */
export class Rendezvous {
  #places = new Map<string, Place>();
  #looking = 0;

  /** @param isOnline agents whose link is up are not looked for */
  constructor(
    private readonly swarm: Hyperswarm,
    private readonly isOnline: (kid: string) => boolean,
  ) {}

  add(kid: string, topic: Buffer): void {
    this.#places.set(kid, {
      kid,
      topic,
      discovery: undefined,
      due: performance.now(),
      wait: FIRST_WAIT_MS,
      isLooking: false,
      isForgotten: false,
    });
    this.tick();
  }

  remove(kid: string): void {
    const place = this.#places.get(kid);
    if (!this.#places.delete(kid) || place?.discovery === undefined) return;
    void this.swarm.leave(place.topic).catch(() => undefined);
  }

  /** Without a kid all are looked for, and announced, also where a link is up. */
  lookAgain(kid?: string): void {
    // Begun without a DHT, our key itself would not be announced for minutes.
    if (kid === undefined) this.swarm.server.refresh();
    for (const place of this.#places.values()) {
      if (kid !== undefined && place.kid !== kid) continue;
      if (kid === undefined) place.isForgotten = true;
      place.due = performance.now();
      place.wait = FIRST_WAIT_MS;
    }
    this.tick();
  }

  tick(): void {
    const now = performance.now();
    for (const place of this.#places.values()) {
      if (this.#looking >= PARALLEL_LOOKS) return;
      if (place.isLooking || place.due > now) continue;
      // An agent that is there is announced once all the same, for its next process to find us.
      const isAnnounced = place.discovery !== undefined && !place.isForgotten;
      if (isAnnounced && this.isOnline(place.kid)) continue;
      void this.#look(place);
    }
  }

  async #look(place: Place): Promise<void> {
    place.isLooking = true;
    this.#looking += 1;
    // A wish that comes meanwhile is granted afterwards.
    place.due = Infinity;
    place.isForgotten = false;
    try {
      if (place.discovery === undefined) {
        place.discovery = this.swarm.join(place.topic, { client: true, server: true });
        // Both look while they announce, and may miss each other. Whoever was announced last finds
        // the other by looking once more.
        await place.discovery.flushed();
      }
      if (this.#places.get(place.kid) === place) {
        await place.discovery.refresh({ client: true, server: true });
      }
    } catch {
      // No network, or the topic was left; the next look is due all the same.
      place.isForgotten = true;
    }
    const longest = Math.max(LONGEST_WAIT_MS, this.#places.size * WAIT_FOR_EACH_MS);
    place.due = Math.min(place.due, performance.now() + place.wait);
    place.wait = Math.min(place.wait * LONGER, longest);
    place.isLooking = false;
    this.#looking -= 1;
    this.tick();
  }
}
