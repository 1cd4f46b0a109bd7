import type { Actor, TaskEventType } from '../../core/ats/types';
import type { Database, Session } from '../database/database';
import type { MessageRow, TaskRow } from '../tasks/taskRow';

/** An event as it goes over the WebSocket. */
export interface HubEvent {
  readonly type: TaskEventType;
  readonly data: { readonly task: TaskRow; readonly message?: MessageRow };
  readonly actor_type: string;
  readonly actor_id: string;
  readonly actor_name: string;
  /** When it was committed, by the database's clock; equals the task's `updated_at`. */
  readonly timestamp: string;
}

export const EVENT_CHANNEL = 'beeline_events';

/** Stored and announced with the change it tells of, in the same transaction. */
export async function appendEvent(
  session: Session,
  type: TaskEventType,
  actor: Actor,
  task: TaskRow,
  message?: MessageRow,
): Promise<void> {
  const event: HubEvent = {
    type,
    data: message === undefined ? { task } : { task, message },
    actor_type: actor.type,
    actor_id: actor.id,
    actor_name: actor.name,
    timestamp: task.updated_at,
  };
  // The notification carries the id only: PostgreSQL limits it to 8000 bytes.
  await session.query(
    `with stored as (insert into events (event) values ($1::text::jsonb) returning id)
     select pg_notify($2::text, id::text) from stored`,
    [JSON.stringify(event), EVENT_CHANNEL],
  );
}

export interface StoredEvent {
  readonly id: number;
  readonly event: HubEvent;
}

export async function latestEventId(session: Session): Promise<number> {
  const rows = await session.query<{ id: number }>(
    'select coalesce(max(id), 0)::float8 as id from events',
  );
  return rows[0]?.id ?? 0;
}

/** In the order of their commits: ids are given out under the hub's clock. */
export function eventsAfter(
  session: Session,
  id: number,
  limit: number,
): Promise<readonly StoredEvent[]> {
  return session.query<StoredEvent>(
    `select id::float8 as id, event from events
     where id > $1::float8::bigint order by events.id limit $2::int`,
    [id, limit],
  );
}

export async function forgetOldEvents(database: Database): Promise<void> {
  await database.query(
    `delete from events where created_at < clock_timestamp() - interval '1 hour'`,
  );
}
