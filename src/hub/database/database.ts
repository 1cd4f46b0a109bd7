/**
 * PostgreSQL as the hub uses it, embedded or a real server: one SQL for both.
 *
 * Parameters are strings, numbers, booleans and null, with a cast in the SQL; JSON is passed as
 * text. Results are cast in the SQL to what both drivers give alike: text, int, float8 and jsonb.
 */
export interface Database extends Session {
  /** Runs `body` in one transaction; a throw rolls it back. */
  transaction<T>(body: (session: Session) => Promise<T>): Promise<T>;

  /**
   * Calls back for every notification, and whenever some may have been missed (after the connection
   * was made again). Resolves once listening.
   */
  listen(channel: string, wake: () => void): Promise<void>;

  /** Ends listening and lets go of everything. */
  close(): Promise<void>;
}

export interface Session {
  query<R>(sql: string, params?: readonly Param[]): Promise<R[]>;
  /** Several statements at once, without parameters. */
  script(sql: string): Promise<void>;
}

export type Param = string | number | boolean | null;

/** The SQLSTATE of a database error; both drivers carry it as `code`. */
export function sqlState(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  // No class of SQLSTATE begins like the system's own EPIPE.
  return typeof code === 'string' && /^[0-9FHPX][0-9A-Z]{4}$/.test(code) ? code : undefined;
}

export const UNIQUE_VIOLATION = '23505';
