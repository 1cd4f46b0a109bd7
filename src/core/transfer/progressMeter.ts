import type { Progress } from '../events';

/** Milliseconds between two snapshots: ten a second are smooth to the eye. */
const EMIT_EVERY_MS = 100;
/** Milliseconds after which a stall is told although nothing moves, so that the rate falls. */
const STALL_MS = 1_000;
/** Milliseconds over which the rate is taken: long enough to be calm, short enough to be true. */
const RATE_WINDOW_MS = 3_000;

/**
 * Turns byte counts into snapshots: the first at once, then at most ten a second, and with `finish`
 * the last. Measured by the monotonic clock, so a clock that is set meanwhile changes nothing.
 */
export class ProgressMeter {
  #total: number;
  readonly #emit: ((progress: Progress) => void) | undefined;
  readonly #stall: NodeJS.Timeout | undefined;
  #bytes: number;
  #lastEmitted = -Infinity;
  /** When how many bytes were through, oldest first, one per snapshot. */
  #samples: { readonly at: number; readonly bytes: number }[] = [];

  /** @param already bytes that are through before anything moves */
  constructor(total: number, emit?: (progress: Progress) => void, already = 0) {
    this.#total = total;
    this.#bytes = already;
    this.#emit = emit;
    if (emit === undefined) return;
    this.#snapshot(performance.now());
    this.#stall = setInterval(() => {
      const now = performance.now();
      if (now - this.#lastEmitted >= STALL_MS) this.#snapshot(now);
    }, STALL_MS).unref();
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Fewer than none when something has to be done again. */
  add(bytes: number): void {
    this.#bytes += bytes;
    if (this.#emit === undefined) return;
    const now = performance.now();
    if (now - this.#lastEmitted >= EMIT_EVERY_MS) this.#snapshot(now);
  }

  /** It is so many bytes more than was thought, or fewer. */
  expect(bytes: number): void {
    this.#total += bytes;
  }

  /** Tells the last state and falls silent. */
  finish(): void {
    if (this.#emit !== undefined) this.#snapshot(performance.now());
    this.close();
  }

  /** Falls silent. */
  close(): void {
    clearInterval(this.#stall);
  }

  #snapshot(now: number): void {
    this.#lastEmitted = now;
    this.#samples.push({ at: now, bytes: this.#bytes });
    while (this.#samples.length > 2 && now - (this.#samples[1]?.at ?? now) >= RATE_WINDOW_MS) {
      this.#samples.shift();
    }
    const rate = this.#rate(now);
    const left = this.#total - this.#bytes;
    this.#emit?.({
      bytes: this.#bytes,
      total: this.#total,
      rate,
      ...(rate > 0 && { timeLeft: Math.max(0, Math.round((left / rate) * 1000)) }),
    });
  }

  #rate(now: number): number {
    const first = this.#samples[0];
    if (first === undefined || now <= first.at) return 0;
    return Math.max(0, Math.round(((this.#bytes - first.bytes) * 1000) / (now - first.at)));
  }
}
