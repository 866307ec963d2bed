import { digits, formatDecimals, type NumberFormatter } from './decimals.ts';

/** Units of time from small to large: seconds each, and what stands behind the number. */
const LADDER = [
  { seconds: 1e-9, suffix: ' ns' },
  { seconds: 1e-6, suffix: ' µs' },
  { seconds: 1e-3, suffix: ' ms' },
  { seconds: 1, suffix: ' s' },
  { seconds: 60, suffix: ' min' },
  { seconds: 3600, suffix: ' hour' },
  { seconds: 86400, suffix: ' day' },
  { seconds: 604800, suffix: ' week' },
  { seconds: 31536000, suffix: ' year' },
] as const;

const PARTS = [
  ['year', 31536000],
  ['month', 2592000],
  ['week', 604800],
  ['day', 86400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
  ['millisecond', 0.001],
] as const;

/** Durations counted in a unit of so many seconds, shown in the unit that fits: seconds go down to nanoseconds, weeks are for seconds and up. */
export function durations(unitSeconds: number): NumberFormatter {
  const own = LADDER.findIndex(({ seconds }) => seconds === unitSeconds);
  const steps = LADDER.slice(unitSeconds === 1 ? 0 : own).filter(({ suffix }) => unitSeconds >= 1 || suffix !== ' week');
  return (value, decimals) => {
    const size = Math.abs(value);
    // Compared and divided in the unit at hand: 60e9 ns are exactly 1 min.
    const fitting = steps.findLast(({ seconds }) => size >= seconds / unitSeconds) ?? steps[0];
    const { seconds, suffix } = size === 0 || !Number.isFinite(size) ? LADDER[own] : fitting;
    return formatDecimals(value / (seconds / unitSeconds), decimals) + (Number.isFinite(size) ? suffix : '');
  };
}

/** Durations in words: `1 hour, 2 minutes`. Decimals are the number of parts behind the first. */
export function wordyDurations(unitSeconds: number): NumberFormatter {
  return (value, decimals = 0) => {
    if (!Number.isFinite(value)) return formatDecimals(value);
    if (value < 0) return `${wordyDurations(unitSeconds)(-value, decimals)} ago`;
    let millis = Math.round(value * unitSeconds * 1000);
    const words: string[] = [];
    for (const [name, seconds] of PARTS) {
      const count = Math.floor(millis / (seconds * 1000));
      if ((count === 0 && words.length === 0) || words.length > decimals) continue;
      words.push(`${count} ${name}${count === 1 ? '' : 's'}`);
      millis -= count * seconds * 1000;
    }
    return words.join(', ') || `0 ${unitSeconds === 1 ? 'seconds' : 'milliseconds'}`;
  };
}

/** Seconds as `02:03:04`; with days as `1 d 02:03:04`. */
export function clock(withDays: boolean): NumberFormatter {
  return (value) => {
    if (!Number.isFinite(value)) return formatDecimals(value);
    if (value < 0) return `${clock(withDays)(-value, undefined)} ago`;
    const seconds = Math.floor(value);
    const days = withDays ? Math.floor(seconds / 86400) : 0;
    const rest = seconds - days * 86400;
    const text = [Math.floor(rest / 3600), Math.floor((rest % 3600) / 60), rest % 60].map(two).join(':');
    return days > 0 ? `${days} d ${text}` : text;
  };
}

/** Durations as `01h:02m:03s:004ms`, from their first part that is not zero on. Decimals are the number of parts behind it. */
export function spelledClock(unitSeconds: number): NumberFormatter {
  return (value, decimals = 3) => {
    if (!Number.isFinite(value)) return formatDecimals(value);
    if (value < 0) return `-${spelledClock(unitSeconds)(-value, decimals)}`;
    const millis = Math.floor(Number((value * unitSeconds * 1000).toPrecision(15)));
    const parts = [
      `${two(Math.floor(millis / 3_600_000))}h`,
      `${two(Math.floor(millis / 60_000) % 60)}m`,
      `${two(Math.floor(millis / 1000) % 60)}s`,
      `${String(millis % 1000).padStart(3, '0')}ms`,
    ];
    const first = [3_600_000, 60_000, 1000, 0].findIndex((size) => millis >= size);
    return parts.slice(first, first + 1 + digits(decimals)).join(':');
  };
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
