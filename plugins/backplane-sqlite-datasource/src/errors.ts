/** Everything that can go wrong in this data source, with its HTTP-like status; next steps are in docs/sqlite.md. */
const STATUS = {
  settings_invalid: 400,
  database_missing: 400,
  query_invalid: 400,
  sql_failed: 400,
  sql_refused: 403,
  query_timeout: 504,
  query_cancelled: 499,
  engine_lost: 500,
} as const;

/** What went wrong, as a word. */
export type SqliteErrorCode = keyof typeof STATUS;

/** All codes. */
export const SQLITE_ERROR_CODES = Object.keys(STATUS) as readonly SqliteErrorCode[];

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
