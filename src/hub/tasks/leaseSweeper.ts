import type { Database } from '../database/database';
import { change, currentTask } from './taskChange';

/** Leases taken back in one go; each is its own transaction, so others get their turn. */
const BATCH = 100;

/**
 * Takes back leases that ran out, by the database's clock. All hubs of a database sweep; under the
 * hub's clock the first one finds the task lapsed and the others find it pending.
 */
export async function sweepLeases(database: Database): Promise<void> {
  const lapsed = await database.query<{ id: number }>(
    `select id from tasks where status = 'in_progress' and lease_expires <= clock_timestamp()
     order by lease_expires limit $1::int`,
    [BATCH],
  );
  for (const { id } of lapsed) {
    await change(database, (session) => currentTask(session, id));
  }
}
