import { CatchUp } from './catchUp';
import { BeelineError } from '../errors';
import { parseEventFrame } from './eventFrames';
import type { EventFrame } from './eventFrames';
import { Told } from './told';
import type { AtsClient, Task, TaskEvent } from './types';

export interface TaskFeedOptions {
  readonly client: AtsClient;
  /** Empty means tasks of every type. */
  readonly taskTypes: readonly string[];
  readonly overlapMs: number;
  readonly pageSize: number;
}

/**
 * One stream of events out of two sources, the socket's frames and what asking finds: in order,
 * without doubles, each with a whole task. Only one call may run at a time.
 */
export class TaskFeed {
  readonly #client: AtsClient;
  readonly #told = new Told();
  readonly #catchUp: CatchUp;
  readonly #tell: (event: TaskEvent) => void;

  constructor(
    options: TaskFeedOptions,
    channels: readonly string[],
    tell: (event: TaskEvent) => void,
  ) {
    this.#client = options.client;
    this.#tell = tell;
    this.#catchUp = new CatchUp(
      {
        ...options,
        told: this.#told,
        tell: (task) => {
          tell({ type: 'seen', task });
        },
      },
      channels,
    );
  }

  setChannels(channels: readonly string[]): void {
    this.#catchUp.setChannels(channels);
  }

  /** Tells what was missed; `whole` as `CatchUp.run` has it. */
  async catchUp(whole: boolean, signal: AbortSignal): Promise<void> {
    await this.#catchUp.run(whole, signal);
  }

  /** Tells what a frame of the socket says. To be called only after catching up. */
  async take(frame: unknown, signal: AbortSignal): Promise<void> {
    const parsed = parseEventFrame(frame);
    if (parsed === undefined) return;
    const event = await this.#toEvent(parsed, signal);
    if (event === undefined || !this.#catchUp.covers(event.task)) return;
    this.#catchUp.advance(event.task);
    if (this.#told.takeEvent(event)) this.#tell(event);
  }

  async #toEvent(frame: EventFrame, signal: AbortSignal): Promise<TaskEvent | undefined> {
    const { type, message, actorId } = frame;
    if (frame.task !== undefined && !this.#told.isOutdated(frame.task)) {
      return { type, task: frame.task, message, actorId };
    }
    const task = await this.#current(frame.taskId, signal);
    if (task === undefined) return undefined;
    // What an outdated event told of is long part of the state; a message is still a message, and
    // an event that came without its task is what it says.
    return frame.task === undefined || message !== undefined
      ? { type, task, message, actorId }
      : { type: 'seen', task };
  }

  async #current(id: number, signal: AbortSignal): Promise<Task | undefined> {
    try {
      return await this.#client.getTask(id, signal);
    } catch (thrown) {
      if (thrown instanceof BeelineError && thrown.code === 'ATS_NOT_FOUND') return undefined;
      throw thrown;
    }
  }
}
