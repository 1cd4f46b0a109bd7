import { errors } from '../errors';

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/**
 * Those who wait until a stream takes more. One at a time goes on, in the order in which they began
 * to wait, and stands at the end again with its next message: so channels share a link evenly.
 */
export class Turns {
  #waiting: Waiter[] = [];
  #waking = false;
  #over = false;

  /** @param isDrained whether the stream takes more now */
  constructor(private readonly isDrained: () => boolean) {}

  /** Resolves when it is the caller's turn. Rejects with PEER_LOST. */
  wait(): Promise<void> {
    if (this.#over) return Promise.reject(errors.peerLost());
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  /** The stream takes more. */
  go(): void {
    if (this.#waking || !this.isDrained()) return;
    const next = this.#waiting.shift();
    if (next === undefined) return;
    this.#waking = true;
    next.resolve();
    // Whoever was woken sends in the promises that follow; then the stream says whether it is full.
    setImmediate(() => {
      this.#waking = false;
      this.go();
    });
  }

  end(): void {
    this.#over = true;
    const lost = errors.peerLost();
    for (const waiter of this.#waiting.splice(0)) waiter.reject(lost);
  }
}
