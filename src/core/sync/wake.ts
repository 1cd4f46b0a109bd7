/** Whether there is something to do; a flag that can be waited for. */
export class Wake {
  readonly #signal: AbortSignal;
  #isUp = false;
  /** When somebody last said so, as `performance.now()` has it. */
  #lastUp = 0;
  #awaited: 'agent' | undefined;
  #timer: NodeJS.Timeout | undefined;
  #notify: (() => void) | undefined;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener('abort', this.#onAbort);
  }

  /** Without a reason always; with one only while it is waited for. */
  up(reason?: 'agent'): void {
    if (reason !== undefined && reason !== this.#awaited) return;
    this.#isUp = true;
    this.#lastUp = performance.now();
    this.#notify?.();
  }

  upWith(reason: 'agent'): void {
    this.#awaited = reason;
  }

  upAfter(ms: number): void {
    this.#timer = setTimeout(() => {
      this.up();
    }, ms);
  }

  /** Before what is to be done is done, so that whatever comes meanwhile counts again. */
  down(): void {
    this.#isUp = false;
    this.#awaited = undefined;
    clearTimeout(this.#timer);
  }

  /** True once there is something to do, false once the signal has ended everything. */
  async isUp(): Promise<boolean> {
    while (!this.#isUp && !this.#signal.aborted) await this.#next();
    return !this.#signal.aborted;
  }

  /** Until nobody has said so for a while, but not for longer than `mostMs`. */
  async settle(quietMs: number, mostMs: number): Promise<void> {
    const end = performance.now() + mostMs;
    for (;;) {
      const now = performance.now();
      const left = Math.min(this.#lastUp + quietMs, end) - now;
      if (left <= 0 || this.#signal.aborted) return;
      const timer = setTimeout(() => this.#notify?.(), left);
      await this.#next();
      clearTimeout(timer);
    }
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#signal.removeEventListener('abort', this.#onAbort);
  }

  readonly #onAbort = (): void => this.#notify?.();

  #next(): Promise<void> {
    return new Promise((resolve) => {
      this.#notify = resolve;
    });
  }
}
