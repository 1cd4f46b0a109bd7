import type { BeelineError } from '../../errors';

/** Whose disk, and whose person, a transfer waits for. */
export type Trouble = 'ours' | 'theirs';

/**
 * Holds a transfer back until something is mended, and somebody says so: the person here, or, where
 * the trouble is the sender's, the sender as well.
 */
export class Resumption {
  private waiting:
    | {
        readonly whose: Trouble;
        readonly goOn: () => void;
        readonly giveUp: (reason: unknown) => void;
      }
    | undefined;
  private nudged = false;
  private over: BeelineError | undefined;

  get isWaiting(): boolean {
    return this.waiting !== undefined;
  }

  /** A try begins; what the sender said before is heeded by it. */
  begin(): void {
    this.nudged = false;
  }

  /** The person says that it may go on; nothing when nobody waits. */
  wake(): void {
    this.waiting?.goOn();
  }

  /** The sender says so. It may do so before its trouble is known here. */
  nudge(): void {
    this.nudged = true;
    if (this.waiting?.whose === 'theirs') this.wake();
  }

  /** Whoever waits, now or later, waits in vain. */
  end(error: BeelineError): void {
    this.over = error;
    this.waiting?.giveUp(error);
  }

  /** Rejects with the signal's reason, or that of `end`. */
  async wait(whose: Trouble, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.over !== undefined) throw this.over;
    if (whose === 'theirs' && this.nudged) return;
    const stop = (): void => {
      this.waiting?.giveUp(signal.reason);
    };
    signal.addEventListener('abort', stop, { once: true });
    try {
      await new Promise<void>((goOn, giveUp) => {
        this.waiting = { whose, goOn, giveUp };
      });
    } finally {
      this.waiting = undefined;
      signal.removeEventListener('abort', stop);
    }
  }
}
