import type { TaskStatus } from '../../core/ats/types';

/** A task as it goes over the wire, in the service's own names. */
export interface TaskRow {
  readonly id: number;
  readonly title: string;
  readonly description: string | null;
  readonly status: TaskStatus;
  readonly priority: number;
  readonly type: string;
  readonly channel: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly outputs: readonly unknown[];
  /** Why it failed, was rejected or reopened, when somebody said so. */
  readonly reason: string | null;
  readonly source_type: string;
  readonly source_id: string;
  readonly source_name: string;
  readonly assignee_type: string | null;
  readonly assignee_id: string | null;
  readonly assignee_name: string | null;
  /** Who changed it last, for instance who completed it. */
  readonly updated_by_type: string;
  readonly updated_by_id: string;
  readonly updated_by_name: string;
  readonly project_id: number;
  readonly organization: string;
  readonly project: string;
  readonly lease_expires: string | null;
  readonly created_at: string;
  readonly updated_at: string;
  readonly completed_at: string | null;
}

export interface MessageRow {
  readonly id: number;
  readonly task_id: number;
  readonly actor_type: string;
  readonly actor_id: string;
  readonly actor_name: string;
  readonly parts: readonly unknown[];
  readonly created_at: string;
}

/** ISO 8601 in UTC with all six decimals, so that a time read here can be asked with again. */
export function isoTime(column: string): string {
  return `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
}

const TIMES = ['lease_expires', 'created_at', 'updated_at', 'completed_at'];

export const TASK_COLUMNS = `
  t.id, t.title, t.description, t.status, t.priority, t.type, t.channel, t.payload, t.outputs,
  t.reason, t.source_type, t.source_id, t.source_name,
  t.assignee_type, t.assignee_id, t.assignee_name,
  t.updated_by_type, t.updated_by_id, t.updated_by_name,
  t.project_id, o.slug as organization, p.slug as project,
  ${TIMES.map((time) => `${isoTime(`t.${time}`)} as ${time}`).join(', ')}`;

export const TASK_TABLES = `tasks t
  join projects p on p.id = t.project_id
  join organizations o on o.id = p.organization_id`;

export const MESSAGE_COLUMNS = `
  m.id, m.task_id, m.actor_type, m.actor_id, m.actor_name, m.parts,
  ${isoTime('m.created_at')} as created_at`;
