/** Fields of a log line. Values that are a Secret print as `[secret]`. */
export type LogFields = Readonly<Record<string, unknown>>;

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Where the server tells what happens. The host's logger has the same four methods. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** The same logger with these fields in every line. */
  with(fields: LogFields): Logger;
}

export interface LoggerOptions {
  /** Lines below this level are left out; `info` by default. */
  readonly level?: LogLevel | undefined;
  /** Takes one line without its line feed; standard error by default. */
  readonly write?: ((line: string) => void) | undefined;
  readonly now?: (() => Date) | undefined;
  readonly fields?: LogFields | undefined;
}

const rank: Record<LogLevel, number> = { debug: 0, info: 1, warn: 2, error: 3 };
const maxValueLength = 4096;

/** Makes a logger that writes logfmt: `t=… level=info logger=server msg="…" key=value`. */
export function createLogger(options: LoggerOptions = {}): Logger {
  const { level = 'info', write = writeToStderr, now = () => new Date(), fields: base = {} } = options;
  const log =
    (lineLevel: LogLevel) =>
    (message: string, fields: LogFields = {}) => {
      if (rank[lineLevel] < rank[level]) return;
      write(formatLogfmt({ t: now().toISOString(), level: lineLevel, logger: 'server', ...base, msg: message, ...fields }));
    };
  return {
    debug: log('debug'),
    info: log('info'),
    warn: log('warn'),
    error: log('error'),
    with: (fields) => createLogger({ ...options, fields: { ...base, ...fields } }),
  };
}

/** One logfmt line. Line feeds and quotes are escaped, long values are cut, so that one call is one line. */
export function formatLogfmt(fields: LogFields): string {
  return Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key.replace(/[\s="]/g, '_')}=${formatValue(value)}`)
    .join(' ');
}

function formatValue(value: unknown): string {
  const text = cut(plainText(value));
  return text !== '' && /^[^\s"=\\\p{Cc}]+$/u.test(text) ? text : JSON.stringify(text);
}

function plainText(value: unknown): string {
  if (value instanceof Error) return value.message;
  if (typeof value === 'object' && value !== null) return JSON.stringify(value) ?? String(value);
  return String(value);
}

function cut(text: string): string {
  return text.length <= maxValueLength ? text : `${text.slice(0, maxValueLength)}… (${text.length} characters)`;
}

function writeToStderr(line: string): void {
  process.stderr.write(`${line}\n`);
}
