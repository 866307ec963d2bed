/** Fields of a log line. Values that are a Secret print as `[secret]`. */
export type LogFields = Readonly<Record<string, unknown>>;

/** How much a line matters, from least to most. */
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

/** What a logger writes, and where. */
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
      const own = { t: now().toISOString(), level: lineLevel, logger: 'server', ...base, msg: message };
      write(formatLogfmt({ ...own, ...withoutOwnNames(fields) }));
    };
  return {
    debug: log('debug'),
    info: log('info'),
    warn: log('warn'),
    error: log('error'),
    with: (fields) => createLogger({ ...options, fields: { ...base, ...fields } }),
  };
}

const ownNames = new Set(['t', 'level', 'msg']);

/** A plugin may log fields of any name; they must not replace what the line itself says. */
function withoutOwnNames(fields: LogFields): LogFields {
  if (!Object.keys(fields).some((name) => ownNames.has(name))) return fields;
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [ownNames.has(name) ? `${name}_` : name, value]));
}

/** One logfmt line. Control characters, line feeds are escaped, long values are cut, so that one call is one line. */
export function formatLogfmt(fields: LogFields): string {
  return Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key.replace(/[\s="]|\p{C}/gu, '_') || '_'}=${formatValue(value)}`)
    .join(' ');
}

function formatValue(value: unknown): string {
  const text = cut(plainText(value));
  if (text !== '' && /^[^\s"=\\\p{C}]+$/u.test(text)) return text;
  // JSON lets some characters pass that steer a terminal or turn the direction of writing.
  return JSON.stringify(text).replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, escapeCharacter);
}

function escapeCharacter(character: string): string {
  return Array.from({ length: character.length }, (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`).join('');
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
