// Times in SQLite have no type: a column may hold epoch seconds, milliseconds, microseconds or nanoseconds as numbers,
// or ISO text. Numbers are told apart by magnitude; everything up to 5138 CE fits each of them without overlap.

/** Numbers below it are epoch seconds, above it milliseconds (1e11 s is 5138 CE, 1e11 ms is 1973 CE). */
export const SECONDS_BELOW = 100_000_000_000;
/** Numbers from here on are microseconds. */
export const MICROSECONDS_FROM = 100_000_000_000_000;
/** Numbers from here on are nanoseconds. */
export const NANOSECONDS_FROM = 100_000_000_000_000_000;

const DAY_MS = 86_400_000;

/**
 * SQL that is true for times from `fromMs` to `toMs`, both included.
 * Each branch compares the bare column with constants, so that an index on it is used.
 */
export function rangeCondition(column: string, fromMs: number, toMs: number): string {
  const branches = [
    between(column, fromMs / 1000, toMs / 1000, -SECONDS_BELOW + 1, SECONDS_BELOW - 1),
    between(column, fromMs, toMs, SECONDS_BELOW, MICROSECONDS_FROM - 1),
    between(column, fromMs * 1000, toMs * 1000, MICROSECONDS_FROM, NANOSECONDS_FROM - 1),
    betweenNanos(column, fromMs, toMs),
    betweenText(column, fromMs, toMs),
  ].filter((branch) => branch !== undefined);
  return `(${branches.join(' OR ')})`;
}

/** SQL for a time as whole epoch milliseconds, whatever its form; NULL for text that is no time. */
export function toMillisSql(column: string): string {
  return (
    `CASE WHEN typeof(${column}) = 'text' THEN CAST(round(unixepoch(${column}, 'subsec') * 1000) AS INTEGER)` +
    ` WHEN abs(${column}) < ${SECONDS_BELOW} THEN CAST(${column} * 1000 AS INTEGER)` +
    ` WHEN abs(${column}) < ${MICROSECONDS_FROM} THEN CAST(${column} AS INTEGER)` +
    ` WHEN abs(${column}) < ${NANOSECONDS_FROM} THEN CAST(${column} / 1000 AS INTEGER)` +
    ` ELSE CAST(${column} / 1000000 AS INTEGER) END`
  );
}

/** SQL for the start of the interval that a time lies in, as epoch milliseconds. */
export function groupSql(column: string, intervalMs: number): string {
  // floor, not integer division: that would round times before 1970 up.
  return `(CAST(floor((${toMillisSql(column)}) / ${intervalMs}.0) AS INTEGER) * ${intervalMs})`;
}

function between(column: string, from: number, to: number, lowest: number, highest: number): string | undefined {
  const [low, high] = [Math.max(from, lowest), Math.min(to, highest)];
  return low > high ? undefined : numeric(column, `${low}`, `${high}`);
}

function betweenNanos(column: string, fromMs: number, toMs: number): string | undefined {
  const [low, high] = [Math.max(fromMs, NANOSECONDS_FROM / 1e6), toMs];
  // Written with six more digits instead of multiplied: a double is not exact up there.
  return low > high ? undefined : numeric(column, `${Math.floor(low)}000000`, `${Math.floor(high)}999999`);
}

/** A column declared TEXT compares numbers as text, and so would find dates of the year 1750 among epoch seconds of 2023. */
function numeric(column: string, low: string, high: string): string {
  return `(${column} BETWEEN ${low} AND ${high} AND typeof(${column}) <> 'text')`;
}

/** Text sorts by its date prefix whatever its separator and zone, within a day and a half; the exact comparison follows. */
function betweenText(column: string, fromMs: number, toMs: number): string | undefined {
  const [first, last] = [isoDate(fromMs - 2 * DAY_MS), isoDate(toMs + 2 * DAY_MS)];
  if (first === undefined || last === undefined) return undefined;
  const exact = `unixepoch(${column}, 'subsec') BETWEEN ${fromMs / 1000} AND ${toMs / 1000}`;
  return `(${column} BETWEEN '${first}' AND '${last}' AND typeof(${column}) = 'text' AND ${exact})`;
}

/** `2024-05-31`, or undefined outside the years 0 to 9999, which SQLite's text dates do not leave either. */
function isoDate(ms: number): string | undefined {
  const text = new Date(Math.min(Math.max(ms, -62_167_219_200_000), 253_402_300_799_000)).toISOString();
  return text.length === 24 ? text.slice(0, 10) : undefined;
}
