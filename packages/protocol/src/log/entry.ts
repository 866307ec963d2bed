/** How much a line matters, from least to most. */
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error';

/** One line of a plugin's log. */
export interface LogEntry {
  readonly level: LogLevel;
  readonly message: string;
  /** Facts by name: what JSON held beside level, message and time. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** When it happened, as the plugin wrote it: RFC 3339 with six fraction digits. */
  readonly timestamp?: string | undefined;
}
