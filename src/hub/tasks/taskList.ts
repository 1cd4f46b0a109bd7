import type { TaskStatus } from '../../core/ats/types';
import type { Database, Param } from '../database/database';
import { refusals } from '../refusal';
import { TASK_COLUMNS, TASK_TABLES, type TaskRow } from './taskRow';

export const DEFAULT_PAGE = 100;
/** Tasks of one answer; more are asked for page by page. */
export const MAX_PAGE = 1000;

export const SORTABLE = ['created_at', 'updated_at', 'priority', 'title'] as const;

export interface TaskListQuery {
  readonly status?: TaskStatus;
  readonly type?: string;
  readonly channel?: string;
  readonly assignee_id?: string;
  /** A number, or a slug. */
  readonly project_id?: string;
  readonly search?: string;
  readonly created_after?: string;
  readonly updated_after?: string;
  readonly priority?: number;
  readonly min_priority?: number;
  readonly max_priority?: number;
  readonly sort_by?: (typeof SORTABLE)[number];
  readonly sort_dir?: 'asc' | 'desc';
  readonly limit?: number;
  readonly offset?: number;
}

/**
 * A page of the tasks that match, and how many match in all.
 *
 * `updated_after` is strict. On this hub updated_at follows the order of commits, so the greatest
 * one seen is enough to ask with; a client that does not know which service answers still asks
 * with an overlap.
 */
export async function listTasks(
  database: Database,
  query: TaskListQuery,
  project?: number,
): Promise<{ readonly tasks: readonly TaskRow[]; readonly count: number }> {
  const { where, params } = conditions(query, project);
  const sortBy = query.sort_by ?? 'created_at';
  const direction = query.sort_dir ?? 'desc';
  const page = [...params, query.limit ?? DEFAULT_PAGE, query.offset ?? 0];
  const [tasks, counts] = await Promise.all([
    database.query<TaskRow>(
      `select ${TASK_COLUMNS} from ${TASK_TABLES} where ${where}
       order by t.${sortBy} ${direction}, t.id ${direction}
       limit $${String(page.length - 1)}::int offset $${String(page.length)}::int`,
      page,
    ),
    database.query<{ count: number }>(
      `select count(*)::int as count from ${TASK_TABLES} where ${where}`,
      params,
    ),
  ]);
  return { tasks, count: counts[0]?.count ?? tasks.length };
}

function conditions(
  query: TaskListQuery,
  project: number | undefined,
): { readonly where: string; readonly params: readonly Param[] } {
  const params: Param[] = [];
  const parts = ['true'];
  const add = (value: Param | undefined, sql: (param: string) => string): void => {
    if (value === undefined) return;
    params.push(value);
    parts.push(sql(`$${String(params.length)}`));
  };
  add(project, (p) => `t.project_id = ${p}::int`);
  add(query.status, (p) => `t.status = ${p}::text`);
  add(query.type, (p) => `t.type = ${p}::text`);
  add(query.channel, (p) => `t.channel = ${p}::text`);
  add(query.assignee_id, (p) => `t.assignee_id = ${p}::text`);
  add(query.project_id, (p) => `(t.project_id::text = ${p}::text or p.slug = ${p}::text)`);
  add(query.priority, (p) => `t.priority = ${p}::int`);
  add(query.min_priority, (p) => `t.priority >= ${p}::int`);
  add(query.max_priority, (p) => `t.priority <= ${p}::int`);
  add(time('created_after', query.created_after), (p) => `t.created_at > ${p}::text::timestamptz`);
  add(time('updated_after', query.updated_after), (p) => `t.updated_at > ${p}::text::timestamptz`);
  // The search text is a text, not a pattern.
  const pattern = query.search?.replace(/[\\%_]/g, '\\$&');
  add(
    pattern === undefined || pattern === '' ? undefined : `%${pattern}%`,
    (p) => `(t.title ilike ${p}::text or t.description ilike ${p}::text)`,
  );
  return { where: parts.join(' and '), params };
}

/** Passed on as text, because a JavaScript date would cut off the microseconds. */
function time(field: string, value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  // A plus sign that was not encoded arrives as a space.
  const text = value.replace(/ (\d\d:?\d\d)$/, '+$1');
  const shape = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d(:?\d\d)?)?)?$/i.test(
    text,
  );
  // Date rejects what is no day or hour, before PostgreSQL does so less kindly.
  if (!shape || Number.isNaN(Date.parse(text.slice(0, 19).replace(' ', 'T')))) {
    throw refusals.badTime(field);
  }
  // A time without a zone is in UTC, whatever zone the database server is in.
  return /(Z|[+-]\d\d(:?\d\d)?)$/i.test(text.slice(10))
    ? text
    : `${text}${text.length > 10 ? 'Z' : 'T00:00:00Z'}`;
}
