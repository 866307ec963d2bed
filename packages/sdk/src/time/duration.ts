import { SdkError } from '../errors.ts';

const nanosOf: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1000n,
  µs: 1000n, // U+00B5
  μs: 1000n, // U+03BC
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};

/** Days, weeks, and the average month and year of the Julian calendar, in hours. */
const hoursOf = { d: 24n, w: 168n, M: 730n, y: 8766n } as const;

/** A month is 730.5 hours: half an hour does not fit whole hours. */
const halfHour = 1_800_000_000_000n;

const longest = 2n ** 63n;

/** No duration needs more, and big numbers of a million digits take seconds. */
const longestText = 1000;

/**
 * Reads a duration as Grafana's SDK does: Go's units (`1h30m`, `-1.5s`, `250us`), or whole days, weeks, months and
 * years (`7d`, `2w`, `1M`, `1y`). A year is 365.25 days, a month the twelfth part of it.
 *
 * @returns milliseconds, with a fraction for what is shorter
 * @throws SdkError `duration_invalid` for text that is none, or longer than 292 years
 */
export function parseDuration(text: string): number {
  return toMillis(parseNanos(text));
}

/**
 * Reads a duration whose days, weeks, months and years are those of the calendar after `nowMs`: `1M` is 28 to 31 days.
 *
 * @returns milliseconds
 * @throws SdkError `duration_invalid`
 */
export function parseInterval(text: string, nowMs: number = Date.now()): number {
  const period = parsePeriod(text);
  if (period === undefined) return parseDuration(text);
  const { count, unit } = period;
  const date = new Date(nowMs);
  if (unit === 'y') date.setUTCFullYear(date.getUTCFullYear() + count);
  else if (unit === 'M') date.setUTCMonth(date.getUTCMonth() + count);
  else date.setUTCDate(date.getUTCDate() + (unit === 'w' ? 7 * count : count));
  const ms = date.getTime() - nowMs;
  if (!(Math.abs(ms) < Number(longest) / 1e6)) throw invalid(text);
  return ms;
}

/**
 * Reads the interval of a setting or query: a duration, perhaps in angle brackets (`<10m` is how Grafana's editor writes
 * a lower bound), or a bare number of seconds.
 *
 * @returns milliseconds
 * @throws SdkError `duration_invalid`
 */
export function parseIntervalSetting(text: string): number {
  const bare = text.replace(/^</, '').replace(/>$/, '');
  if (bare.length > longestText || !/^\d+$/.test(bare)) return parseDuration(bare);
  return toMillis(inRange(BigInt(bare) * 1_000_000_000n, text));
}

/** Writes a duration in its largest whole unit, rounded down, as Grafana writes `$__interval`: `90000` is `1m`, less than 1 is `1ms`. */
export function formatInterval(ms: number): string {
  for (const [unit, size] of shown) if (ms >= size) return `${Math.floor(ms / size)}${unit}`;
  return '1ms';
}

const shown = [
  ['y', 31_536_000_000],
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
] as const;

function parsePeriod(text: string): { readonly count: number; readonly unit: keyof typeof hoursOf } | undefined {
  const found = text.length > longestText ? null : /^(\d+)([dwMy])$/.exec(text);
  return found === null ? undefined : { count: Number(found[1]), unit: found[2] as keyof typeof hoursOf };
}

function parseNanos(text: string): bigint {
  const period = parsePeriod(text);
  if (period === undefined) return parseGoNanos(text);
  const count = BigInt(text.slice(0, -1));
  const nanos = count * (hoursOf[period.unit] * (nanosOf.h as bigint) + (period.unit === 'M' ? halfHour : 0n));
  return inRange(nanos, text);
}

/** Go's `time.ParseDuration`: a sign, then numbers with units; fractions of nanoseconds are cut off part by part. */
function parseGoNanos(text: string): bigint {
  if (/^[+-]?0$/.test(text)) return 0n;
  if (text.length > longestText) throw invalid(text);
  const unsigned = text.replace(/^[+-]/, '');
  if (!/^(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/.test(unsigned)) throw invalid(text);
  let total = 0n;
  for (const [, whole, fraction = '', unit = ''] of unsigned.matchAll(/(\d*)(?:\.(\d*))?(ns|us|µs|μs|ms|s|m|h)/g)) {
    const size = nanosOf[unit] as bigint;
    total += BigInt(whole || 0) * size + (BigInt(fraction || 0) * size) / 10n ** BigInt(fraction.length);
  }
  return inRange(text.startsWith('-') ? -total : total, text);
}

function inRange(nanos: bigint, text: string): bigint {
  if (nanos >= longest || nanos < -longest) throw invalid(text);
  return nanos;
}

function toMillis(nanos: bigint): number {
  return Number(nanos / 1_000_000n) + Number(nanos % 1_000_000n) / 1e6;
}

function invalid(text: string): SdkError {
  const shownText = JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
  return new SdkError('duration_invalid', `${shownText} is no duration; write one such as 30s, 5m, 1h30m, 1d, 1w, 1M or 1y`);
}
