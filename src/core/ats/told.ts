import { createHash } from 'node:crypto';
import { Bounded } from '../bounded';
import { parseServiceTime } from './serviceTime';
import type { Task, TaskEvent } from './types';

/** Far more than an overlap can hold, and still only a few megabytes. */
const MEMORY = 20_000;

/**
 * Remembers what was told, so that catching up with an overlap tells nothing twice.
 *
 * A state is a task's id, `updated_at`, status and assignee. The last two are part of it because a
 * service whose clock is coarse can give two states one `updated_at`.
 */
export class Told {
  readonly #states = new Bounded<string, 'seen' | 'event'>(MEMORY);
  readonly #tasks = new Bounded<string, Memory>(MEMORY);
  readonly #events = new Bounded<string, true>(MEMORY);

  /** Whether anything of this task was told. */
  knows(task: Task): boolean {
    return this.#tasks.get(String(task.id)) !== undefined;
  }

  /**
   * Whether a snapshot is older than what asking already showed. That happens when the service's
   * events lag behind its answers; telling it would turn the listener's picture back.
   */
  isOutdated(task: Task): boolean {
    const seen = this.#tasks.get(String(task.id))?.seenAt;
    return seen !== undefined && (parseServiceTime(task.updatedAt) ?? 0) < seen;
  }

  /** For a state found by asking: whether it is news. From now on it is not. */
  takeState(task: Task): boolean {
    if (this.#states.get(stateKey(task)) !== undefined) return false;
    this.#mark(task, 'seen');
    return true;
  }

  /** For an event that the service sent: whether it is news. */
  takeEvent(event: TaskEvent): boolean {
    const { task, message } = event;
    if (event.type === 'seen') return this.takeState(task);
    if (event.type === 'task.message') return this.#takeMessage(event);
    // The event came after a page that already showed what it did.
    if (this.#states.get(stateKey(task)) === 'seen' && message === undefined) return false;
    if (!this.#takeOnce(event)) return false;
    this.#mark(task, 'event');
    return true;
  }

  /**
   * A message is news whatever the task's state. Its snapshot counts as told only when it shows
   * what was told before: a listener looks at the message, and must still hear of a change.
   */
  #takeMessage(event: TaskEvent): boolean {
    const { task, message } = event;
    if (message !== undefined && !this.#takeOnce(event)) return false;
    if (this.#tasks.get(String(task.id))?.standing === standing(task)) this.#mark(task, 'event');
    return true;
  }

  /** The very same event comes twice where two subscriptions overlap. */
  #takeOnce(event: TaskEvent): boolean {
    const id =
      event.message === undefined
        ? createHash('sha256').update(JSON.stringify(event)).digest('base64')
        : `${String(event.task.id)} ${String(event.message.id)}`;
    if (this.#events.get(id) !== undefined) return false;
    this.#events.set(id, true);
    return true;
  }

  #mark(task: Task, how: 'seen' | 'event'): void {
    const key = stateKey(task);
    this.#states.set(key, this.#states.get(key) ?? how);
    const before = this.#tasks.get(String(task.id))?.seenAt;
    const now = how === 'seen' ? parseServiceTime(task.updatedAt) : undefined;
    this.#tasks.set(String(task.id), { standing: standing(task), seenAt: now ?? before });
  }
}

interface Memory {
  /** The last told. */
  readonly standing: string;
  /** The `updated_at` last found by asking. */
  readonly seenAt: number | undefined;
}

function stateKey(task: Task): string {
  const time = parseServiceTime(task.updatedAt) ?? task.updatedAt;
  return `${String(task.id)} ${String(time)} ${standing(task)}`;
}

function standing(task: Task): string {
  return `${task.status} ${task.assigneeId ?? ''}`;
}
