import { UsageError } from '../terminal/index.ts';

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/**
 * A point in time: epoch milliseconds, `now`, `now-6h`, `now+1d`, or a date as Date.parse reads it.
 *
 * @returns epoch milliseconds
 * @throws UsageError when the text is none of these
 */
export function parseTime(text: string, option: string, nowMs: number): number {
  if (/^-?\d+$/.test(text)) return Number(text);
  const relative = /^now(?:([+-])(\d+)(ms|[smhdw]))?$/.exec(text);
  if (relative !== null) {
    const [, sign, count, unit] = relative;
    return nowMs + (sign === '-' ? -1 : 1) * Number(count ?? 0) * (UNITS_MS[unit ?? ''] ?? 0);
  }
  const ms = Date.parse(text);
  if (Number.isNaN(ms))
    throw new UsageError(`${option} ${text} is no time; use now-6h, epoch milliseconds or a date such as 2026-01-31T12:00:00Z`);
  return ms;
}

/**
 * A limit: `30s`, `500ms`, `2m`, or a number of seconds.
 *
 * @returns milliseconds
 * @throws UsageError when the text is no positive duration
 */
export function parseLimit(text: string, option: string): number {
  const [, count, unit = 's'] = /^(\d+(?:\.\d+)?)(ms|[smhdw])?$/.exec(text) ?? [];
  const ms = Number(count) * (UNITS_MS[unit] ?? 0);
  if (!(ms >= 1)) throw new UsageError(`${option} ${text} is no duration; use 500ms, 30s or 2m`);
  return ms;
}
