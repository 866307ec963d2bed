import { formatLogLine } from '@backplane/protocol/log';

/** From most to least talkative. */
export const logLevels = ['trace', 'debug', 'info', 'warn', 'error'] as const;

/** How much a log line matters. */
export type LogLevel = (typeof logLevels)[number];

/** Facts of a log line by name. Errors are written as their text. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Writes structured log lines that Grafana and Backplane read. */
export interface Logger {
  trace(message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A logger whose every line has these fields too. */
  child(fields: LogFields): Logger;
  /** True when lines of this level are written: for facts that are costly to gather. */
  isEnabled(level: LogLevel): boolean;
}

/** Where lines go and which are kept. */
export interface LoggerOptions {
  /** Takes one whole line with its LF. */
  readonly write: (line: string) => void;
  /** The least level that is written, `info` by default. */
  readonly level?: LogLevel;
  /** Epoch milliseconds. */
  readonly now?: () => number;
  readonly fields?: LogFields;
}

/** Makes a logger. Lines below its level cost a comparison. */
export function createLogger({ write, level = 'info', now = Date.now, fields = {} }: LoggerOptions): Logger {
  const least = logLevels.indexOf(level);
  const log = (at: LogLevel, message: string, more: LogFields | undefined): void => {
    if (logLevels.indexOf(at) < least) return;
    write(formatLogLine({ level: at, message: String(message), fields: { ...fields, ...more } }, now()));
  };
  return {
    trace: (message, more) => log('trace', message, more),
    debug: (message, more) => log('debug', message, more),
    info: (message, more) => log('info', message, more),
    warn: (message, more) => log('warn', message, more),
    error: (message, more) => log('error', message, more),
    child: (more) => createLogger({ write, level, now, fields: { ...fields, ...more } }),
    isEnabled: (at) => logLevels.indexOf(at) >= least,
  };
}

/** The level named by `GF_PLUGIN_LOG_LEVEL`, which a Grafana operator sets as `log_level` in `[plugin.<id>]`; else `info`. */
export function logLevelFrom(env: Readonly<Record<string, string | undefined>>): LogLevel {
  const wanted = env.GF_PLUGIN_LOG_LEVEL?.trim().toLowerCase();
  return logLevels.find((level) => level === wanted) ?? 'info';
}
