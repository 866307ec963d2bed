import type { LogEntry } from './entry.ts';
import { MAX_LOG_LINE_BYTES } from './parse-log-line.ts';
import { toJsonValue } from './to-json-value.ts';

/** Keys whose values Go's host takes for strings without looking; anything else there kills it. */
const RESERVED = ['@message', '@level', '@timestamp'];
/**
 * Characters that message and fields may use each, tried in turn until the line is short enough.
 * A character becomes at most six bytes, so the last one always fits.
 */
const CHARACTER_LIMITS = [60_000, 12_000, 5000];

/**
 * Writes an hclog JSON line, LF included, that any go-plugin host reads.
 *
 * Never throws, whatever the fields hold: errors become their text, cycles and deep nesting are cut, a field named
 * like a reserved key loses its `@`. A line that would reach 64 KiB, which hosts cut into pieces, is shortened.
 *
 * @param now epoch milliseconds; fractions become microseconds
 */
export function formatLogLine({ level, message, fields }: Omit<LogEntry, 'timestamp'>, now: number): string {
  const timestamp = formatTimestamp(now);
  let line = '';
  for (const limit of CHARACTER_LIMITS) {
    const entry: Record<string, unknown> = { '@level': level, '@message': cut(message, limit), '@timestamp': timestamp };
    for (const [name, value] of Object.entries(asFields(toJsonValue(fields, limit)))) {
      setField(entry, RESERVED.includes(name) ? name.slice(1) : name, value);
    }
    line = `${JSON.stringify(entry)}\n`;
    if (isShort(line)) break;
  }
  return line;
}

/** UTC with six fraction digits: Go's host takes a time of any other precision for no log line at all. */
function formatTimestamp(now: number): string {
  const millis = Math.floor(now);
  const micros = Math.min(999, Math.floor((now - millis) * 1000));
  const date = new Date(millis);
  const text = Number.isNaN(date.getTime()) || date.getUTCFullYear() > 9999 || date.getUTCFullYear() < 0 ? new Date(0) : date;
  return `${text.toISOString().slice(0, -1)}${String(Number.isNaN(micros) ? 0 : micros).padStart(3, '0')}Z`;
}

/** Untyped callers hand over anything: what is no object gets a name. */
function asFields(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : { value };
}

function setField(entry: Record<string, unknown>, name: string, value: unknown): void {
  Object.defineProperty(entry, name, { value, enumerable: true, configurable: true, writable: true });
}

function isShort(line: string): boolean {
  return line.length * 3 < MAX_LOG_LINE_BYTES || Buffer.byteLength(line) < MAX_LOG_LINE_BYTES;
}

function cut(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit)}…`;
}
