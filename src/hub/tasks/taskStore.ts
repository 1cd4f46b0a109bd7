import type { Actor, TaskStatus } from '../../core/ats/types';
import type { Database, Param, Session } from '../database/database';
import { appendEvent } from '../events/eventLog';
import { refusals } from '../refusal';
import { apply, change, currentTask, NOBODY, tick, type Changes } from './taskChange';
import {
  MESSAGE_COLUMNS,
  TASK_COLUMNS,
  TASK_TABLES,
  type MessageRow,
  type TaskRow,
} from './taskRow';
import { actionToward, transitions, type TaskAction } from './transitions';

export const DEFAULT_LEASE_MS = 60_000;

export interface NewTaskBody {
  readonly title: string;
  readonly type?: string | null;
  readonly channel?: string | null;
  readonly priority?: number | null;
  readonly description?: string | null;
  readonly payload?: Readonly<Record<string, unknown>> | null;
}

export interface TaskPatch extends Partial<NewTaskBody> {
  readonly status?: TaskStatus;
}

export interface ActionBody {
  /** Milliseconds. */
  readonly lease_duration?: number | null;
  readonly outputs?: readonly unknown[] | null;
  readonly reason?: string | null;
}

/**
 * Everything that changes tasks. `project`, where given, is the one the task must belong to.
 * @throws Refusal with the sentence the client shows
 */
export class TaskStore {
  constructor(
    private readonly database: Database,
    private readonly holderMayRenew: boolean,
  ) {}

  create(body: NewTaskBody, actor: Actor, project: number): Promise<TaskRow> {
    return change(this.database, async (session) => {
      const rows = await session.query<{ id: number }>(
        `insert into tasks (project_id, title, description, priority, type, channel, payload,
           source_type, source_id, source_name,
           updated_by_type, updated_by_id, updated_by_name, created_at, updated_at)
         values ($1::int, $2::text, $3::text, $4::int, $5::text, $6::text, $7::text::jsonb,
           $8::text, $9::text, $10::text, $8::text, $9::text, $10::text,
           $11::text::timestamptz, $11::text::timestamptz)
         returning id`,
        [
          project,
          body.title,
          body.description ?? null,
          body.priority ?? 5,
          body.type ?? 'task',
          body.channel ?? 'default',
          JSON.stringify(body.payload ?? {}),
          actor.type,
          actor.id,
          actor.name,
          await tick(session),
        ],
      );
      const task = await currentTask(session, rows[0]?.id ?? 0);
      await appendEvent(session, 'task.created', actor, task);
      return task;
    });
  }

  async get(
    id: number,
    project?: number,
  ): Promise<TaskRow & { readonly messages: readonly MessageRow[] }> {
    const rows = await this.database.query<TaskRow>(
      `select ${TASK_COLUMNS} from ${TASK_TABLES}
       where t.id = $1::int and ($2::int is null or t.project_id = $2::int)`,
      [id, project ?? null],
    );
    const task = rows[0];
    if (task === undefined) throw refusals.noTask(id);
    return { ...task, messages: await messagesOf(this.database, id) };
  }

  /** A change of the status is judged like the action of that name, and told as its event. */
  patch(id: number, patch: TaskPatch, actor: Actor, project?: number): Promise<TaskRow> {
    return change(this.database, async (session) => {
      const task = await currentTask(session, id, project);
      const columns = patchedColumns(patch);
      if (patch.status === undefined || patch.status === task.status) {
        return apply(session, task, actor, 'task.updated', { columns });
      }
      const action = actionToward(task.status, patch.status);
      if (action === 'release') {
        const released = { ...columns, status: 'pending', ...NOBODY };
        return apply(session, task, actor, 'task.updated', { columns: released, lease: null });
      }
      check(task, action);
      const changes = changesOf(action, actor, {});
      return apply(session, task, actor, transitions[action].event, {
        ...changes,
        columns: { ...columns, ...changes.columns },
      });
    });
  }

  act(
    id: number,
    action: TaskAction,
    body: ActionBody,
    actor: Actor,
    project?: number,
  ): Promise<TaskRow> {
    return change(this.database, async (session) => {
      const task = await currentTask(session, id, project);
      if (action === 'claim' && this.isRenewal(task, actor)) {
        const lease = body.lease_duration ?? DEFAULT_LEASE_MS;
        return apply(session, task, actor, 'task.updated', { columns: {}, lease });
      }
      check(task, action);
      const message =
        typeof body.reason === 'string' && body.reason !== ''
          ? await insertMessage(session, id, actor, [{ type: 'text', content: body.reason }])
          : undefined;
      const changes = changesOf(action, actor, body);
      return apply(session, task, actor, transitions[action].event, changes, message);
    });
  }

  /** Also moves the task's `updated_at`, so that who catches up by it finds the message. */
  addMessage(
    id: number,
    parts: readonly unknown[],
    actor: Actor,
    project?: number,
  ): Promise<MessageRow> {
    return change(this.database, async (session) => {
      const task = await currentTask(session, id, project);
      const message = await insertMessage(session, id, actor, parts);
      await apply(session, task, actor, 'task.message', { columns: {} }, message);
      return message;
    });
  }

  async messages(id: number, project?: number): Promise<readonly MessageRow[]> {
    return (await this.get(id, project)).messages;
  }

  private isRenewal(task: TaskRow, actor: Actor): boolean {
    return this.holderMayRenew && task.status === 'in_progress' && task.assignee_id === actor.id;
  }
}

function check(task: TaskRow, action: TaskAction): void {
  const { from, to, participle } = transitions[action];
  if (from.includes(task.status)) return;
  throw task.status === to
    ? refusals.alreadyThere(task.id, task.status)
    : refusals.notFrom(task.id, participle, task.status);
}

function changesOf(action: TaskAction, actor: Actor, body: ActionBody): Changes {
  const status = transitions[action].to;
  const reason = body.reason ?? null;
  switch (action) {
    case 'claim':
      return {
        columns: {
          status,
          assignee_type: actor.type,
          assignee_id: actor.id,
          assignee_name: actor.name,
        },
        lease: body.lease_duration ?? DEFAULT_LEASE_MS,
      };
    case 'complete':
      return {
        columns: { status, outputs: JSON.stringify(body.outputs ?? []) },
        lease: null,
        completed: true,
      };
    case 'cancel':
    case 'fail':
    case 'reject':
      return { columns: { status, reason }, lease: null };
    case 'reopen':
      // The work is to be done again, so nothing of the last time is left on the task itself.
      return {
        columns: { status, reason, outputs: '[]', ...NOBODY },
        lease: null,
        completed: false,
      };
  }
}

function patchedColumns(patch: TaskPatch): Record<string, Param> {
  const columns: Record<string, Param> = {};
  const { title, description, priority, type, channel, payload } = patch;
  if (title !== undefined) columns['title'] = title;
  if (description !== undefined) columns['description'] = description;
  if (typeof priority === 'number') columns['priority'] = priority;
  if (typeof type === 'string') columns['type'] = type;
  if (typeof channel === 'string') columns['channel'] = channel;
  if (payload !== undefined) columns['payload'] = JSON.stringify(payload ?? {});
  return columns;
}

async function insertMessage(
  session: Session,
  task: number,
  actor: Actor,
  parts: readonly unknown[],
): Promise<MessageRow> {
  const rows = await session.query<MessageRow>(
    `insert into messages as m (task_id, actor_type, actor_id, actor_name, parts, created_at)
     values ($1::int, $2::text, $3::text, $4::text, $5::text::jsonb, $6::text::timestamptz)
     returning ${MESSAGE_COLUMNS}`,
    [task, actor.type, actor.id, actor.name, JSON.stringify(parts), await tick(session)],
  );
  const message = rows[0];
  if (message === undefined) throw refusals.noTask(task);
  return message;
}

function messagesOf(session: Session, task: number): Promise<readonly MessageRow[]> {
  return session.query<MessageRow>(
    `select ${MESSAGE_COLUMNS} from messages m where m.task_id = $1::int order by m.id`,
    [task],
  );
}
