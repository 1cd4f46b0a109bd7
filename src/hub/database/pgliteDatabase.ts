import { mkdir } from 'node:fs/promises';
import type { PGlite, Transaction } from '@electric-sql/pglite';
import { errors } from '../../core/errors';
import { loadPart } from '../parts';
import type { Database, Param, Session } from './database';
import { lockFolder } from './lockFolder';

/**
 * PostgreSQL inside this process, in a folder or in memory.
 * A folder belongs to one hub at a time: two would corrupt it, so it is locked.
 */
export async function openPglite(
  folder: string | undefined,
  log: (line: string) => void,
): Promise<Database> {
  const { PGlite } = await loadPart('@electric-sql/pglite', () => import('@electric-sql/pglite'));
  if (folder === undefined) return new PgliteDatabase(await PGlite.create(), nothingToRelease);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw unusable(folder, cause);
  }
  const release = await lockFolder(folder, log);
  try {
    return new PgliteDatabase(await PGlite.create(folder), release);
  } catch (cause) {
    await release();
    throw unusable(folder, cause);
  }
}

class PgliteDatabase implements Database {
  constructor(
    private readonly pglite: PGlite,
    private readonly release: () => Promise<void>,
  ) {}

  query<R>(sql: string, params?: readonly Param[]): Promise<R[]> {
    return sessionOf(this.pglite).query<R>(sql, params);
  }

  script(sql: string): Promise<void> {
    return sessionOf(this.pglite).script(sql);
  }

  transaction<T>(body: (session: Session) => Promise<T>): Promise<T> {
    return this.pglite.transaction((tx) => body(sessionOf(tx)));
  }

  async listen(channel: string, wake: () => void): Promise<void> {
    await this.pglite.listen(channel, wake);
  }

  async close(): Promise<void> {
    try {
      if (!this.pglite.closed) await this.pglite.close();
    } finally {
      await this.release();
    }
  }
}

function sessionOf(on: PGlite | Transaction): Session {
  return {
    query: async <R>(sql: string, params: readonly Param[] = []) =>
      (await on.query<R>(sql, [...params])).rows,
    script: async (sql) => {
      await on.exec(sql);
    },
  };
}

function unusable(folder: string, cause: unknown): Error {
  const why = cause instanceof Error ? cause.message : String(cause);
  return errors.configInvalid(`The hub cannot keep its state in ${folder}: ${why}`, { cause });
}

const nothingToRelease = (): Promise<void> => Promise.resolve();
