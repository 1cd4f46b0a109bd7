import type { Actor, TaskEventType } from '../../core/ats/types';
import type { Database, Param, Session } from '../database/database';
import { appendEvent } from '../events/eventLog';
import { HUB_ACTOR } from '../actor';
import { refusals } from '../refusal';
import { isoTime, TASK_COLUMNS, TASK_TABLES, type MessageRow, type TaskRow } from './taskRow';

/** Milliseconds in SQL; a lease may be longer than an integer's worth of them. */
const MS = `interval '1 millisecond'`;

/** Columns to set; `lease` is in milliseconds from the database's now. */
export interface Changes {
  readonly columns: Readonly<Record<string, Param>>;
  readonly lease?: number | null;
  readonly completed?: boolean;
}

/**
 * One transaction that changes something. It holds the hub's clock from the start, so changes come
 * one after the other on all hubs of a database, and what `body` reads stays true until it commits.
 */
export function change<T>(database: Database, body: (session: Session) => Promise<T>): Promise<T> {
  return database.transaction(async (session) => {
    await session.query('select last::text from hub_clock for update');
    return body(session);
  });
}

/**
 * The time of a change: later than that of every change committed before, so that who asks for
 * what changed after the last thing they saw overlooks nothing.
 */
export async function tick(session: Session): Promise<string> {
  const rows = await session.query<{ now: string }>(
    `update hub_clock set last = greatest(clock_timestamp(), last + interval '1 microsecond')
     returning ${isoTime('last')} as now`,
  );
  const now = rows[0]?.now;
  if (now === undefined) throw new Error('the hub_clock row is gone');
  return now;
}

/**
 * The task as it is now, its lease taken back first when that ran out, whoever noticed.
 * @throws Refusal 404
 */
export async function currentTask(
  session: Session,
  id: number,
  project?: number,
): Promise<TaskRow> {
  const { task, lapsed } = await readTask(session, id);
  if (project !== undefined && task.project_id !== project) throw refusals.noTask(id);
  return lapsed ? expire(session, task) : task;
}

export function expire(session: Session, task: TaskRow): Promise<TaskRow> {
  const changes: Changes = { columns: { status: 'pending', ...NOBODY }, lease: null };
  return apply(session, task, HUB_ACTOR, 'task.lease_expired', changes);
}

/** The columns of a task that nobody holds. */
export const NOBODY = { assignee_type: null, assignee_id: null, assignee_name: null } as const;

/** Writes the changes, and the event that tells of them. */
export async function apply(
  session: Session,
  task: TaskRow,
  actor: Actor,
  event: TaskEventType,
  changes: Changes,
  message?: MessageRow,
): Promise<TaskRow> {
  const columns: Record<string, Param> = {
    ...changes.columns,
    updated_by_type: actor.type,
    updated_by_id: actor.id,
    updated_by_name: actor.name,
  };
  const params: Param[] = [task.id, await tick(session)];
  const sets = ['updated_at = $2::text::timestamptz'];
  for (const [column, value] of Object.entries(columns)) {
    params.push(value);
    sets.push(`${column} = $${String(params.length)}::${CASTS[column] ?? 'text'}`);
  }
  if (changes.lease === null) sets.push('lease_expires = null');
  if (typeof changes.lease === 'number') {
    params.push(changes.lease);
    sets.push(`lease_expires = clock_timestamp() + $${String(params.length)}::float8 * ${MS}`);
  }
  if (changes.completed !== undefined) {
    sets.push(`completed_at = ${changes.completed ? '$2::text::timestamptz' : 'null'}`);
  }
  await session.query(`update tasks set ${sets.join(', ')} where id = $1::int`, params);
  const changed = (await readTask(session, task.id)).task;
  await appendEvent(session, event, actor, changed, message);
  return changed;
}

const CASTS: Readonly<Record<string, string>> = {
  priority: 'int',
  payload: 'text::jsonb',
  outputs: 'text::jsonb',
};

/** `lapsed`: its lease ran out and nobody has taken note yet. */
async function readTask(
  session: Session,
  id: number,
): Promise<{ readonly task: TaskRow; readonly lapsed: boolean }> {
  const rows = await session.query<TaskRow & { lapsed: boolean }>(
    `select ${TASK_COLUMNS},
       coalesce(t.status = 'in_progress' and t.lease_expires <= clock_timestamp(), false) as lapsed
     from ${TASK_TABLES} where t.id = $1::int`,
    [id],
  );
  if (rows[0] === undefined) throw refusals.noTask(id);
  const { lapsed, ...task } = rows[0];
  return { task, lapsed };
}
