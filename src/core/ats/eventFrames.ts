import * as v from 'valibot';
import { messageSchema, taskIdSchema, taskSchema } from './schemas';
import type { Task, TaskEvent, TaskMessage } from './types';

/** An event as it came; some services send only the id of the task, or part of it. */
export interface EventFrame {
  readonly type: TaskEvent['type'];
  readonly taskId: number;
  /** Absent when what came is no whole task. */
  readonly task: Task | undefined;
  readonly message: TaskMessage | undefined;
  readonly actorId: string | undefined;
}

const known = new Set<string>([
  'task.created',
  'task.claimed',
  'task.updated',
  'task.completed',
  'task.cancelled',
  'task.failed',
  'task.rejected',
  'task.reopened',
  'task.message',
  'task.lease_expired',
] satisfies TaskEvent['type'][]);

const idHolder = v.fallback(v.optional(v.object({ id: taskIdSchema })), undefined);
const optionalId = v.fallback(v.optional(taskIdSchema), undefined);
const optionalText = v.fallback(v.optional(v.string()), undefined);

const frameSchema = v.object({
  type: v.pipe(v.string(), v.startsWith('task.')),
  task_id: optionalId,
  actor_id: optionalText,
  data: v.object({
    task: v.fallback(v.optional(taskSchema), undefined),
    task_id: optionalId,
    message: v.fallback(v.optional(messageSchema), undefined),
    actor_id: optionalText,
  }),
});

const idSchema = v.object({ data: v.object({ task: idHolder }) });

const typeSchema = v.object({ type: v.string() });

/** Anything else the service may say is undefined, and passed over. */
export function parseEventFrame(frame: unknown): EventFrame | undefined {
  const parsed = v.safeParse(frameSchema, frame);
  if (!parsed.success) return undefined;
  const { type, data } = parsed.output;
  const partial = v.safeParse(idSchema, frame);
  const taskId =
    (partial.success ? partial.output.data.task?.id : undefined) ??
    data.task_id ??
    parsed.output.task_id;
  if (taskId === undefined) return undefined;
  return {
    // An event of a newer service still says that the task changed.
    type: known.has(type) ? (type as TaskEvent['type']) : 'seen',
    taskId,
    task: data.task,
    message: data.message,
    actorId: parsed.output.actor_id ?? data.actor_id ?? data.message?.actorId,
  };
}

export function isFrame(frame: unknown, type: string): boolean {
  const parsed = v.safeParse(typeSchema, frame);
  return parsed.success && parsed.output.type === type;
}
