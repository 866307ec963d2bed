/** Texts of megabytes would take seconds to read. */
const longestText = 1000;

export interface ParseTimeOptions {
  readonly nowMs: number;
  /** For the end of a range: `/d` and dates without a time mean the last millisecond. */
  readonly roundUp?: boolean | undefined;
}

/**
 * Reads a time as Grafana does: epoch milliseconds as text, else a duration back from now (`5m`), else date
 * math (`now-1d/d`, `2024-01-01||+1M`). What cannot be read is 0, never an error; times are UTC.
 *
 * Milliseconds beyond the range of nanoseconds in 64 bits overflow as they do in Go.
 */
export function parseTime(text: string, options: ParseTimeOptions): number {
  if (text.length > longestText) return 0;
  if (/^[+-]?\d+$/.test(text)) return wrapMillis(BigInt(text));
  const backMs = parseGoDuration(text);
  const ms = backMs === undefined ? evaluateDateMath(text, options) : options.nowMs - backMs;
  return ms !== undefined && Number.isSafeInteger(ms) ? ms : 0;
}

function wrapMillis(ms: bigint): number {
  if (BigInt.asIntN(64, ms) !== ms) return 0;
  return Number(BigInt.asIntN(64, ms * 1_000_000n) / 1_000_000n);
}

const goUnitMs: Readonly<Record<string, number>> = { ns: 1e-6, us: 1e-3, µs: 1e-3, μs: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

function parseGoDuration(text: string): number | undefined {
  if (text === '0') return 0;
  if (!/^(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/.test(text)) return undefined;
  const parts = text.matchAll(/(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g);
  return Math.trunc([...parts].reduce((sum, [, count, unit]) => sum + Number(count) * (goUnitMs[unit ?? ''] ?? 0), 0));
}

type Unit = 'y' | 'M' | 'w' | 'd' | 'h' | 'm' | 's';

function evaluateDateMath(text: string, options: ParseTimeOptions): number | undefined {
  const found = /^(?:(now)|(.+?)(?:\|\||$))((?:[+-]\d*[yMwdhHms]|\/[yMwdhHms])*)$/.exec(text);
  if (found === null) return undefined;
  const [, now, date, operations = ''] = found;
  let ms = now === undefined ? parseDate(date ?? '', options.roundUp === true && operations === '') : options.nowMs;
  if (ms === undefined) return undefined;
  for (const [, sign, count, addUnit, roundUnit] of operations.matchAll(/(?:([+-])(\d*)([yMwdhHms])|\/([yMwdhHms]))/g)) {
    ms =
      roundUnit === undefined
        ? add(ms, (sign === '-' ? -1 : 1) * Number(count || 1), toUnit(addUnit))
        : round(ms, toUnit(roundUnit), options.roundUp === true);
  }
  return ms;
}

function toUnit(letter: string | undefined): Unit {
  return (letter === 'H' ? 'h' : letter) as Unit;
}

const unitMs: Readonly<Record<'w' | 'd' | 'h' | 'm' | 's', number>> = { w: 604_800_000, d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000 };

function add(ms: number, count: number, unit: Unit): number {
  if (unit !== 'y' && unit !== 'M') return ms + count * unitMs[unit];
  const date = new Date(ms);
  if (unit === 'y') date.setUTCFullYear(date.getUTCFullYear() + count);
  else date.setUTCMonth(date.getUTCMonth() + count);
  return date.getTime();
}

function round(ms: number, unit: Unit, up: boolean): number {
  const start = startOf(ms, unit);
  return up ? add(start, 1, unit) - 1 : start;
}

function startOf(ms: number, unit: Unit): number {
  const date = new Date(ms);
  switch (unit) {
    case 'y':
      return Date.UTC(date.getUTCFullYear(), 0);
    case 'M':
      return Date.UTC(date.getUTCFullYear(), date.getUTCMonth());
    case 'w': {
      const daysSinceMonday = (date.getUTCDay() + 6) % 7;
      return startOf(ms, 'd') - daysSinceMonday * unitMs.d;
    }
    default:
      return Math.floor(ms / unitMs[unit]) * unitMs[unit];
  }
}

const datePattern = /^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T(\d{2})(?::(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?)?)?)?)?(Z|[+-]\d{2}:?\d{2})?$/;

function parseDate(text: string, roundUp: boolean): number | undefined {
  const found = datePattern.exec(text);
  if (found === null) return undefined;
  const [, year, month, day, hour, minute, second, fraction = ''] = found;
  const parts = [month ?? '01', day ?? '01', hour ?? '00', minute ?? '00', second ?? '00'] as const;
  const iso = `${year}-${parts[0]}-${parts[1]}T${parts[2]}:${parts[3]}:${parts[4]}.${fraction.padEnd(3, '0').slice(0, 3)}`;
  const ms = Date.parse(iso + zone(found[8]));
  if (Number.isNaN(ms)) return undefined;
  if (!roundUp || second !== undefined) return ms;
  const smallest: Unit = minute !== undefined ? 'm' : hour !== undefined ? 'h' : day !== undefined ? 'd' : month !== undefined ? 'M' : 'y';
  return add(ms, 1, smallest) - 1;
}

function zone(text = 'Z'): string {
  return text === 'Z' || text.includes(':') ? text : `${text.slice(0, 3)}:${text.slice(3)}`;
}
