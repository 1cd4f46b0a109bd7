import type { Client, ClientBase, Pool } from 'pg';
import { errors } from '../../core/errors';
import { loadPart } from '../parts';
import type { Database, Param, Session } from './database';

/** Connections of one hub; its transactions are serialised anyway, and reads are short. */
const POOL_SIZE = 8;
const CONNECT_TIMEOUT_MS = 5000;
/** A hub that froze in the middle of a transaction must not hold up the others for longer. */
const IDLE_TRANSACTION_TIMEOUT_MS = 10_000;
const STATEMENT_TIMEOUT_MS = 15_000;
/** Between attempts to listen again after PostgreSQL went away. */
const RECONNECT_MS = 500;

/** @throws CONFIG_INVALID when the server cannot be reached with this address */
export async function openPostgres(url: string, log: (line: string) => void): Promise<Database> {
  const pg = await loadPart('pg', () => import('pg'));
  const options = {
    connectionString: url,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_TRANSACTION_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    keepAlive: true,
    application_name: 'beeline-hub',
  };
  let pool: Pool | undefined;
  try {
    pool = new pg.Pool({ ...options, max: POOL_SIZE });
    // An idle connection that breaks is replaced by the pool; without a listener it would throw.
    pool.on('error', (error) => {
      log(`A database connection broke: ${error.message}`);
    });
    await pool.query('select 1');
  } catch (cause) {
    await pool?.end();
    // The address itself may hold a password and is not repeated.
    const why = cause instanceof Error ? cause.message || String(cause) : String(cause);
    throw errors.configInvalid(`The hub's database cannot be used: ${why}`, { cause });
  }
  return new PostgresDatabase(pool, () => new pg.Client(options), log);
}

class PostgresDatabase implements Database {
  private readonly listeners: Listener[] = [];

  constructor(
    private readonly pool: Pool,
    private readonly makeClient: () => Client,
    private readonly log: (line: string) => void,
  ) {}

  async query<R>(sql: string, params?: readonly Param[]): Promise<R[]> {
    return (await this.pool.query(sql, [...(params ?? [])])).rows as R[];
  }

  async script(sql: string): Promise<void> {
    await this.pool.query(sql);
  }

  async transaction<T>(body: (session: Session) => Promise<T>): Promise<T> {
    const client = await this.pool.connect();
    let broken: Error | undefined;
    try {
      await client.query('begin');
      const result = await body(sessionOf(client));
      await client.query('commit');
      return result;
    } catch (error) {
      await client.query('rollback').catch((reason: unknown) => {
        broken = reason instanceof Error ? reason : new Error(String(reason));
      });
      throw error;
    } finally {
      client.release(broken);
    }
  }

  async listen(channel: string, wake: () => void): Promise<void> {
    const listener = new Listener(channel, wake, this.makeClient, this.log);
    this.listeners.push(listener);
    await listener.connect();
  }

  async close(): Promise<void> {
    await Promise.all(this.listeners.map((listener) => listener.close()));
    await this.pool.end();
  }
}

function sessionOf(client: ClientBase): Session {
  return {
    query: async <R>(sql: string, params: readonly Param[] = []) =>
      (await client.query(sql, [...params])).rows as R[],
    script: async (sql) => {
      await client.query(sql);
    },
  };
}

/** One connection of its own that listens, made again whenever it breaks. */
class Listener {
  private client: Client | undefined;
  private timer: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(
    private readonly channel: string,
    private readonly wake: () => void,
    private readonly makeClient: () => Client,
    private readonly log: (line: string) => void,
  ) {}

  async connect(): Promise<void> {
    const client = this.makeClient();
    client.on('notification', this.wake);
    client.on('error', (error) => {
      this.log(`The listening database connection broke: ${error.message}`);
    });
    client.on('end', () => {
      if (this.client === client) this.again();
    });
    this.client = client;
    await client.connect();
    await client.query(`listen ${client.escapeIdentifier(this.channel)}`);
  }

  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    const client = this.client;
    this.client = undefined;
    await client?.end().catch(() => undefined);
  }

  private again(): void {
    this.client = undefined;
    if (this.closed) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.connect().then(this.wake, (error: unknown) => {
        this.log(`The database cannot be listened to yet: ${String(error)}`);
        this.again();
      });
    }, RECONNECT_MS);
  }
}
