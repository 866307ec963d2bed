import type { LogEntry, LogLevel } from './entry.ts';

/** The longest line that Go's host reads whole. */
export const MAX_LOG_LINE_BYTES = 64 * 1024;

const LEVELS: ReadonlySet<string> = new Set<LogLevel>(['trace', 'debug', 'info', 'warn', 'error']);
const PREFIX = /^\[(TRACE|DEBUG|INFO|WARN|ERROR)\]/;
const PANIC = /^(panic: |fatal error: )/;
/** Go's layout 2006-01-02T15:04:05.000000Z07:00, which takes a comma and one-digit hours as well. */
const TIMESTAMP = /^(\d{4})-(\d{2})-(\d{2})T(\d{1,2}):(\d{2}):(\d{2})[.,]\d{6}(?:Z|[+-](\d{2}):(\d{2}))$/;

/** Where a number above 1.8e308 may hide. */
const HUGE_NUMBER = /[eE]\+?\d{3}|\d{308}/;

/**
 * Reads the lines that a plugin writes to stderr as go-plugin's host does.
 *
 * One parser per process, because lines depend on earlier ones: after `panic: ` or `fatal error: ` what is
 * no JSON is an error for the rest of the process, and the pieces of an overlong line are debug lines as they are.
 */
export class LogLineParser {
  readonly #maxLineBytes: number;
  #inPanic = false;
  #inPieces = false;

  constructor({ maxLineBytes = MAX_LOG_LINE_BYTES }: { readonly maxLineBytes?: number } = {}) {
    this.#maxLineBytes = maxLineBytes;
  }

  /** Takes one line without its LF, or one piece as `readLines` cuts them. Never throws, whatever the line holds. */
  parse(line: string): LogEntry {
    const wasInPieces = this.#inPieces;
    this.#inPieces = line.length * 3 >= this.#maxLineBytes && Buffer.byteLength(line) >= this.#maxLineBytes;
    if (wasInPieces || this.#inPieces) return textEntry('debug', line);
    return parseJsonLine(line) ?? this.#parseText(line);
  }

  #parseText(line: string): LogEntry {
    const prefix = PREFIX.exec(line)?.[1];
    if (prefix !== undefined) return textEntry(prefix.toLowerCase() as LogLevel, line);
    if (PANIC.test(line)) this.#inPanic = true;
    return textEntry(this.#inPanic ? 'error' : 'debug', line);
  }
}

/** Reads one line that stands alone. */
export function parseLogLine(line: string): LogEntry {
  return new LogLineParser().parse(line);
}

/** An entry when the line is a JSON object with usable `@` keys; one that names no known level is a debug line as it is. */
function parseJsonLine(line: string): LogEntry | undefined {
  const value = parseObject(line);
  if (value === undefined) return undefined;
  const { '@message': message = '', '@level': levelName = '', '@timestamp': timestamp, timestamp: _, ...fields } = value ?? {};
  // Go's host dies of these; a line of text they are to us.
  if (typeof message !== 'string' || typeof levelName !== 'string') return undefined;
  if (timestamp !== undefined && !(typeof timestamp === 'string' && isTimestamp(timestamp))) return undefined;
  const level = levelName.trim().toLowerCase();
  if (!isLevel(level)) return textEntry('debug', line);
  return { level, message: message.toWellFormed(), fields, timestamp };
}

/** How an object and null begin: a line of text should not pay for the error of a parser. */
const OBJECT_START = /^[ \t\r\n]*[{n]/;

/** The object, null for the JSON value null, undefined when the line is neither. */
function parseObject(line: string): Record<string, unknown> | null | undefined {
  if (!OBJECT_START.test(line)) return undefined;
  try {
    const value: unknown = JSON.parse(line);
    if (HUGE_NUMBER.test(line) && holdsInfinity(value)) return undefined;
    return typeof value === 'object' && !Array.isArray(value) ? (value as Record<string, unknown> | null) : undefined;
  } catch {
    return undefined; // Not JSON is no failure here: most lines of foreign programs are plain text.
  }
}

/** A number too large for a double makes the line no JSON for Go. */
function holdsInfinity(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.values(value).some(holdsInfinity);
  return value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY;
}

function isLevel(name: string): name is LogLevel {
  return LEVELS.has(name);
}

function isTimestamp(text: string): boolean {
  const parts = TIMESTAMP.exec(text);
  if (parts === null) return false;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, zoneHour = 0, zoneMinute = 0] = parts
    .slice(1)
    .map((part) => Number(part ?? 0));
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const days = month === 2 ? (isLeap ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31;
  const isDate = month >= 1 && month <= 12 && day >= 1 && day <= days;
  return isDate && hour < 24 && minute < 60 && second < 60 && zoneHour <= 24 && zoneMinute <= 60;
}

function textEntry(level: LogLevel, line: string): LogEntry {
  return { level, message: line, fields: {}, timestamp: undefined };
}
