import type { Task, TaskEvent } from '../ats/types';

/** What is known of one task, and a way to wait for it to change. */
export class TaskFeed {
  private readonly listeners = new Set<(event: TaskEvent) => void>();
  private newest: TaskEvent | undefined;

  get latest(): Task | undefined {
    return this.newest?.task;
  }

  /** Tells an event. A task older than the one known is an echo and is dropped. */
  tell(event: TaskEvent): void {
    const known = this.newest?.task.updatedAt;
    if (known !== undefined && event.type === 'seen' && event.task.updatedAt < known) return;
    this.newest = event;
    for (const listener of this.listeners) listener(event);
  }

  /** Calls at once with what is known, then with every event. Returns what ends it. */
  follow(listener: (event: TaskEvent) => void): () => void {
    this.listeners.add(listener);
    if (this.newest !== undefined) listener(this.newest);
    return () => this.listeners.delete(listener);
  }

  /** The first answer that is not undefined. Rejects with what it throws, or the signal's reason. */
  until<T>(answer: (event: TaskEvent) => T | undefined, signal: AbortSignal): Promise<T> {
    return new Promise((resolve, reject) => {
      let unfollow = (): void => undefined;
      const abort = (): void => {
        unfollow();
        reject(signal.reason as Error);
      };
      if (signal.aborted) {
        abort();
        return;
      }
      let settled = false as boolean;
      const settle = (act: () => void): void => {
        settled = true;
        signal.removeEventListener('abort', abort);
        // Following calls at once, before there is anything to unfollow.
        queueMicrotask(() => {
          unfollow();
        });
        act();
      };
      unfollow = this.follow((event) => {
        if (settled) return;
        try {
          const found = answer(event);
          if (found !== undefined) {
            settle(() => {
              resolve(found);
            });
          }
        } catch (thrown) {
          settle(() => {
            reject(thrown);
          });
        }
      });
      if (!settled) signal.addEventListener('abort', abort, { once: true });
    });
  }
}
