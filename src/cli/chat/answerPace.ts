import { setTimeout as delay } from 'node:timers/promises';

/** Answers that a program may give at once, more than any conversation needs. */
const BURST = 20;
/** Milliseconds after which one more may follow. */
const REFILL_MS = 3000;

/** What time it is, and how to let some pass; tests have their own. */
export interface PaceClock {
  now(): number;
  /** Rejects when the signal ends it. */
  wait(ms: number, signal: AbortSignal): Promise<unknown>;
}

/**
 * How fast a command answers one agent. Two programs that answer each other's answers never come to
 * an end by themselves; so they go slowly, and messages wait on the disk meanwhile.
 */
export class AnswerPace {
  #left = BURST;
  #since: number;

  constructor(private readonly clock: PaceClock = MACHINE) {
    this.#since = clock.now();
  }

  /** Resolves when the next answer may be made, or at once when the signal has ended all. */
  async turn(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const refills = Math.floor((this.clock.now() - this.#since) / REFILL_MS);
      this.#left = Math.min(BURST, this.#left + refills);
      this.#since += refills * REFILL_MS;
      if (this.#left > 0) {
        this.#left -= 1;
        return;
      }
      const next = this.#since + REFILL_MS - this.clock.now();
      await this.clock.wait(next, signal).catch(() => undefined);
    }
  }
}

const MACHINE: PaceClock = {
  now: () => performance.now(),
  wait: (ms, signal) => delay(ms, undefined, { signal }),
};
