import { type BeelineError, errors } from '../errors';

/**
 * What a talk waits for from the other side, one thing at a time, and what may end it from outside
 * its own course: being cancelled, silence, or whatever calls `stop`.
 */
export class Waits {
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort = (): void => {
    this.stop(errors.cancelled());
  };
  readonly #ending = new AbortController();
  #stopped: BeelineError | undefined;
  /** Since when the other side lets us wait, by the monotonic clock. */
  #since = 0;
  /** Rejects what is waited for right now. Kept here, since a race per message would pile up. */
  #interrupt: ((error: BeelineError) => void) | undefined;

  /** @param signal cancels */
  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal;
    signal?.addEventListener('abort', this.#onAbort, { once: true });
    if (signal?.aborted === true) this.#onAbort();
  }

  /** Why it ended early, once it has. */
  get stopped(): BeelineError | undefined {
    return this.#stopped;
  }

  /** Ends whatever is waited for, now and from now on. The first reason counts. */
  stop(error: BeelineError): void {
    this.#stopped ??= error;
    this.#interrupt?.(this.#stopped);
    this.giveUpWork();
  }

  /** Aborts once nothing more comes of this, for work of our own that then is in vain. */
  get ending(): AbortSignal {
    return this.#ending.signal;
  }

  /** Aborts `ending`, though what has arrived is still dealt with. */
  giveUpWork(): void {
    this.#ending.abort();
  }

  /** Waits for the other side. One wait at a time. @throws why it was stopped */
  async until<T>(answer: Promise<T>): Promise<T> {
    if (this.#stopped !== undefined) {
      answer.catch(ignore);
      throw this.#stopped;
    }
    this.hear();
    try {
      return await new Promise<T>((resolve, reject) => {
        this.#interrupt = reject;
        answer.then(resolve, reject);
      });
    } finally {
      this.#interrupt = undefined;
    }
  }

  /** The other side said something: it is waited for anew. */
  hear(): void {
    this.#since = performance.now();
  }

  /** Stops with PEER_SILENT where the other side was waited for so many milliseconds. */
  checkSilence(timeoutMs: number): void {
    const waited = performance.now() - this.#since;
    if (this.#interrupt !== undefined && waited >= timeoutMs) {
      this.stop(errors.peerSilent(timeoutMs / 1000));
    }
  }

  /** Nothing is waited for any more. */
  close(): void {
    this.#signal?.removeEventListener('abort', this.#onAbort);
    this.stop(errors.peerLost());
  }
}

function ignore(): void {
  // The reason is known already.
}
