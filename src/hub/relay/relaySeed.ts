import { randomBytes } from 'node:crypto';
import type { Database } from '../database/database';

/**
 * The 32 bytes that the relay's key pair is made from: those this hub used before, or new ones, so
 * that the key that clients know outlives a restart.
 * @param owner which hub of those on one database, as each has a relay of its own
 */
export async function relaySeed(database: Database, owner: string): Promise<Buffer> {
  await database.query(
    `delete from relay_seeds
     where owner <> $1::text and used_at < clock_timestamp() - interval '${FORGET}'`,
    [owner],
  );
  const rows = await database.query<{ seed: string }>(
    `insert into relay_seeds (owner, seed, used_at)
     values ($1::text, $2::text, clock_timestamp())
     on conflict (owner) do update set used_at = excluded.used_at
     returning seed`,
    [owner, randomBytes(32).toString('hex')],
  );
  const [row] = rows;
  if (row === undefined) throw new Error('The database did not keep the seed of the relay.');
  return Buffer.from(row.seed, 'hex');
}

/** Hubs on any free port leave one behind at every start. */
const FORGET = '30 days';
