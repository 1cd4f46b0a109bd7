import type { Database } from '../database/database';
import type { HubLimits } from '../limits';
import { refusals } from '../refusal';

/** Any number, the same in every hub: who holds it counts, the others wait. */
const ADMISSION_LOCK = 7_313_302;

/**
 * The public keys that may use the blind relay, for an hour from each time they are registered.
 * They are in the database, so that a client registers at one hub and may use the relay of another.
 */
export class Admissions {
  constructor(
    private readonly database: Database,
    private readonly limits: HubLimits,
  ) {}

  /**
   * Again and again for the same key is how it stays.
   * @returns milliseconds until it has to be registered again
   * @throws Refusal 429 when there are too many
   */
  async register(key: string): Promise<number> {
    const { relayAdmissions, relayAdmissionMs } = this.limits;
    const kept = await this.database.transaction(async (session) => {
      await session.query('select pg_advisory_xact_lock($1::int)', [ADMISSION_LOCK]);
      await session.query('delete from relay_admissions where expires_at <= clock_timestamp()');
      return session.query(
        `insert into relay_admissions (key, expires_at)
         select $1::text, clock_timestamp() + $2::float8 * interval '1 millisecond'
         where (select count(*) from relay_admissions where key <> $1::text) < $3::int
         on conflict (key) do update set expires_at = excluded.expires_at
         returning key`,
        [key, relayAdmissionMs, relayAdmissions],
      );
    });
    if (kept.length === 0) throw refusals.tooManyRelayKeys();
    return relayAdmissionMs;
  }

  async admits(key: string): Promise<boolean> {
    const rows = await this.database.query(
      `select key from relay_admissions
       where key = $1::text and expires_at > clock_timestamp()`,
      [key],
    );
    return rows.length > 0;
  }
}
