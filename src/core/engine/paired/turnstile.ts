import { errors } from '../../errors';

/** Lets so many in at once for each key; the others wait in the order in which they came. */
export class Turnstile {
  private readonly inside = new Map<string, number>();
  private readonly waiting = new Map<string, (() => void)[]>();

  constructor(private readonly most: number) {}

  /** Resolves with what lets the next one in. Rejects with the signal's reason. */
  async enter(key: string, signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    if (this.isFull(key)) await this.wait(key, signal);
    else this.inside.set(key, (this.inside.get(key) ?? 0) + 1);
    let isInside = true;
    return () => {
      if (isInside) this.leave(key);
      isInside = false;
    };
  }

  /** Whether whoever comes now has to wait. */
  isFull(key: string): boolean {
    return (this.inside.get(key) ?? 0) >= this.most;
  }

  private wait(key: string, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const queue = this.waiting.get(key) ?? [];
      this.waiting.set(key, queue);
      const enter = (): void => {
        signal.removeEventListener('abort', give);
        resolve();
      };
      const give = (): void => {
        queue.splice(queue.indexOf(enter), 1);
        reject(signal.reason instanceof Error ? signal.reason : errors.cancelled());
      };
      queue.push(enter);
      signal.addEventListener('abort', give, { once: true });
    });
  }

  /** Whoever waits takes the place over. */
  private leave(key: string): void {
    const next = this.waiting.get(key)?.shift();
    if (next !== undefined) {
      next();
      return;
    }
    const left = (this.inside.get(key) ?? 1) - 1;
    if (left > 0) {
      this.inside.set(key, left);
      return;
    }
    this.inside.delete(key);
    this.waiting.delete(key);
  }
}
