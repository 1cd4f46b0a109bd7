import type { Database } from '../database/database';

export interface TaskStats {
  readonly total: number;
  readonly by_status: Readonly<Record<string, number>>;
  readonly by_channel: Readonly<Record<string, number>>;
  /** From creation to completion; 0 while nothing was completed. */
  readonly avg_completion_seconds: number;
  readonly completed_count: number;
  readonly recent: {
    readonly created_24h: number;
    readonly completed_24h: number;
    readonly created_7d: number;
    readonly completed_7d: number;
  };
}

/** Over all projects. */
export async function taskStats(database: Database): Promise<TaskStats> {
  const rows = await database.query<{ stats: TaskStats }>(
    `select jsonb_build_object(
       'total', count(*),
       'by_status', (select coalesce(jsonb_object_agg(status, n), '{}') from
         (select status, count(*) as n from tasks group by status) as s),
       'by_channel', (select coalesce(jsonb_object_agg(channel, n), '{}') from
         (select channel, count(*) as n from tasks group by channel) as c),
       'avg_completion_seconds', coalesce(round(
         avg(extract(epoch from completed_at - created_at)) filter (where status = 'completed'),
         3), 0),
       'completed_count', count(*) filter (where status = 'completed'),
       'recent', jsonb_build_object(
         'created_24h', count(*) filter (where created_at > now() - interval '24 hours'),
         'completed_24h', count(*) filter (where completed_at > now() - interval '24 hours'),
         'created_7d', count(*) filter (where created_at > now() - interval '7 days'),
         'completed_7d', count(*) filter (where completed_at > now() - interval '7 days'))
     ) as stats from tasks`,
  );
  const stats = rows[0]?.stats;
  if (stats === undefined) throw new Error('the statistics have no row');
  return stats;
}
