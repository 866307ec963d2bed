/** Everything that can go wrong in this data source; the table with next steps is in docs/sqlite.md. */
export type SqliteErrorCode =
  | 'settings_invalid'
  | 'database_missing'
  | 'query_invalid'
  | 'macro_invalid'
  | 'sql_failed'
  | 'sql_refused'
  | 'query_timeout'
  | 'query_cancelled'
  | 'engine_lost';

const STATUS: Readonly<Record<SqliteErrorCode, number>> = {
  settings_invalid: 400,
  database_missing: 400,
  query_invalid: 400,
  macro_invalid: 400,
  sql_failed: 400,
  sql_refused: 403,
  query_timeout: 504,
  query_cancelled: 499,
  engine_lost: 500,
};

/** What a query, a health check or a resource call of this data source fails with. */
export class SqliteError extends Error {
  override readonly name = 'SqliteError';
  readonly code: SqliteErrorCode;

  constructor(code: SqliteErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  /** HTTP-like status of the answer. */
  get status(): number {
    return STATUS[this.code];
  }

  /** Whose fault: only a lost engine process is the plugin's own; the rest comes from the query, the settings or the database. */
  get errorSource(): 'plugin' | 'downstream' {
    return this.code === 'engine_lost' ? 'plugin' : 'downstream';
  }
}
