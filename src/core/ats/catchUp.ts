import { parseServiceTime } from './serviceTime';
import { taskPages } from './taskPages';
import type { Told } from './told';
import type { AtsClient, Task, TaskQuery, TaskStatus } from './types';

export interface CatchUpOptions {
  readonly client: AtsClient;
  readonly told: Told;
  /** Empty means tasks of every type. */
  readonly taskTypes: readonly string[];
  /** How far behind the newest change known asking begins. */
  readonly overlapMs: number;
  readonly pageSize: number;
  readonly tell: (task: Task) => void;
}

/** The tasks of one channel and type, which the service lists with one query. */
interface Stream {
  readonly channel: string;
  readonly type: string | undefined;
  /** The newest `updated_at` up to which nothing is missing; absent until asked for the first time. */
  cursor: number | undefined;
}

/**
 * Asks the service for what was missed, by the service's clock alone: the cursor is the largest
 * `updated_at` it ever sent, so neither clock may be right and ours may jump.
 *
 * The overlap is for changes that became visible late: PostgreSQL stamps a change when its
 * transaction begins, and shows it when the transaction ends.
 */
export class CatchUp {
  readonly #options: CatchUpOptions;
  #streams: Stream[] = [];

  constructor(options: CatchUpOptions, channels: readonly string[]) {
    this.#options = options;
    this.setChannels(channels);
  }

  setChannels(channels: readonly string[]): void {
    const { taskTypes } = this.#options;
    const types = taskTypes.length === 0 ? [undefined] : taskTypes;
    this.#streams = [...new Set(channels)].flatMap((channel) =>
      types.map((type) => this.#find(channel, type) ?? { channel, type, cursor: undefined }),
    );
  }

  /** Whether the task is of a channel and type that is followed. */
  covers(task: Task): boolean {
    return this.#streamOf(task) !== undefined;
  }

  /** A live event moved the world on. Not to be called while something may still be missing. */
  advance(task: Task): void {
    const stream = this.#streamOf(task);
    if (stream?.cursor === undefined) return;
    stream.cursor = Math.max(stream.cursor, timeOf(task));
  }

  /**
   * Tells what is news. `whole` also lists all open tasks again, which finds what a cursor cannot:
   * a service whose own clock was set back, or that was restored from an older backup.
   * When it throws, what was told stays told, and the rest is asked for again the next time.
   */
  async run(whole: boolean, signal: AbortSignal): Promise<void> {
    for (const stream of this.#streams) await this.#runStream(stream, whole, signal);
  }

  async #runStream(stream: Stream, whole: boolean, signal: AbortSignal): Promise<void> {
    const first = stream.cursor === undefined;
    // Read before the lists, so that whatever changes while they are read is found after it.
    const cursor = stream.cursor ?? (await this.#newest(stream, signal));
    if (whole || first) {
      for (const task of await this.#open(stream, signal)) this.#meet(task);
    }
    const overlap = this.#options.overlapMs * 1000;
    const after = cursor === NOTHING_YET ? undefined : cursor - overlap;
    let newest = cursor;
    for await (const page of this.#pages(stream, {}, after, signal)) {
      for (const task of page) {
        newest = Math.max(newest, timeOf(task));
        if (first && isOld(task, cursor) && !this.#options.told.knows(task)) {
          this.#options.told.takeState(task);
        } else {
          this.#meet(task);
        }
      }
    }
    stream.cursor = newest;
  }

  #meet(task: Task): void {
    if (this.#options.told.takeState(task)) this.#options.tell(task);
  }

  /** The newest change of any task, open or not. */
  async #newest(stream: Stream, signal: AbortSignal): Promise<number> {
    const [task] = await this.#options.client.listTasks(
      { ...queryOf(stream), sortBy: 'updated_at', sortDir: 'desc', limit: 1 },
      signal,
    );
    return task === undefined ? NOTHING_YET : timeOf(task);
  }

  async #open(stream: Stream, signal: AbortSignal): Promise<readonly Task[]> {
    const found = new Map<number, Task>();
    // In this order, a task that is claimed meanwhile is met twice rather than not at all.
    for (const status of ['pending', 'in_progress'] satisfies TaskStatus[]) {
      for await (const page of this.#pages(stream, { status }, undefined, signal)) {
        for (const task of page) found.set(task.id, task);
      }
    }
    return [...found.values()].sort((a, b) => timeOf(a) - timeOf(b) || a.id - b.id);
  }

  #pages(stream: Stream, query: TaskQuery, after: number | undefined, signal: AbortSignal) {
    const { client, pageSize } = this.#options;
    return taskPages(client, { ...queryOf(stream), ...query }, after, pageSize, signal);
  }

  #find(channel: string, type: string | undefined): Stream | undefined {
    return this.#streams.find((stream) => stream.channel === channel && stream.type === type);
  }

  #streamOf(task: Task): Stream | undefined {
    return this.#streams.find(
      ({ channel, type }) => channel === task.channel && (type === undefined || type === task.type),
    );
  }
}

/** The cursor of a channel without tasks: everything that comes is news. */
const NOTHING_YET = Number.NEGATIVE_INFINITY;

function queryOf({ channel, type }: Stream): TaskQuery {
  return type === undefined ? { channel } : { channel, type };
}

function timeOf(task: Task): number {
  return parseServiceTime(task.updatedAt) ?? NOTHING_YET;
}

/** Ended before anybody listened: a beginning tells open tasks only. */
function isOld(task: Task, cursor: number): boolean {
  return task.status !== 'pending' && task.status !== 'in_progress' && timeOf(task) <= cursor;
}
