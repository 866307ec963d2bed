import { SdkError } from '../errors.ts';
import { parseDuration } from './duration.ts';
import { findZone, parseOffset, type Zone } from './zone.ts';

/** How the words of a date are meant. */
export interface DateMathOptions {
  /** What `now` is, in epoch milliseconds. */
  readonly nowMs?: number | undefined;
  /** `/d` means the last millisecond of the day instead of its first: for the end of a range. */
  readonly roundUp?: boolean | undefined;
  /** IANA name of the zone whose days and months count; UTC unless given. */
  readonly timeZone?: string | undefined;
  /** First day of the week: 0 is Sunday, 1, unless given, is Monday. */
  readonly weekStart?: number | undefined;
  /** First month of the fiscal year, 1 to 12; January unless given. */
  readonly fiscalStartMonth?: number | undefined;
}

type Unit = 'y' | 'fy' | 'Q' | 'fQ' | 'M' | 'w' | 'd' | 'b' | 'h' | 'm' | 's';

const longestText = 1000;

/**
 * Reads a time as Grafana's SDK does: epoch milliseconds as text, a duration back from now (`5m`), or date math:
 * `now` or a date (`2026-01-31T12:00:00Z||`), followed by steps such as `-7d`, `+1M` or `/w`. Units are those of durations
 * and `Q`, `fQ`, `fy`, `b` (business days, Monday to Friday), `H`.
 *
 * @returns epoch milliseconds
 * @throws SdkError `date_invalid` for anything else; `time_zone_unknown`
 */
export function parseTime(text: string, options: DateMathOptions = {}): number {
  const { nowMs = Date.now() } = options;
  const ms =
    text.length > longestText ? undefined : (wholeMillis(text) ?? backFromNow(text, nowMs) ?? evaluate(text, { ...options, nowMs }));
  if (ms !== undefined && Math.abs(ms) <= 8.64e15) return ms;
  const shown = JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
  throw new SdkError(
    'date_invalid',
    `${shown} is no time; write epoch milliseconds, now-6h, now/d, or a date such as 2026-01-31T12:00:00Z`,
  );
}

/**
 * Reads both ends of a time range; rounding (`now/d`) takes the end to the last millisecond.
 *
 * @throws SdkError as `parseTime`
 */
export function parseTimeRange(
  { from, to }: { readonly from: string; readonly to: string },
  options: Omit<DateMathOptions, 'roundUp'> = {},
): { readonly fromMs: number; readonly toMs: number } {
  const { nowMs = Date.now() } = options;
  return { fromMs: parseTime(from, { ...options, nowMs }), toMs: parseTime(to, { ...options, nowMs, roundUp: true }) };
}

function wholeMillis(text: string): number | undefined {
  return /^[+-]?\d+$/.test(text) ? Number(text) : undefined;
}

function backFromNow(text: string, nowMs: number): number | undefined {
  try {
    return Math.floor(nowMs - parseDuration(text));
  } catch {
    return undefined; // it is something else, or nothing: the caller says so
  }
}

interface Context extends DateMathOptions {
  readonly nowMs: number;
}

const steps = /([+-])(\d*)(fy|fQ|[yQMwdbhHms])|\/(fy|fQ|[yQMwdhHms])/g;
const expression = /^(?:(now)|([\d:.TZ+-]+?)(?:\|\||$))((?:[+-]\d*(?:fy|fQ|[yQMwdbhHms])|\/(?:fy|fQ|[yQMwdhHms]))*)$/;

function evaluate(text: string, context: Context): number | undefined {
  const found = expression.exec(text);
  if (found === null) return undefined;
  const [, now, date = '', operations = ''] = found;
  const anchor = now === undefined ? parseDate(date) : { localMs: undefined, zone: undefined };
  if (anchor === undefined) return undefined;
  // A date with a zone of its own is counted on from in that zone.
  const zone = anchor.zone ?? findZone(context.timeZone ?? 'UTC');
  const calendar = new Calendar(zone, context);
  let ms = anchor.localMs === undefined ? context.nowMs : zone.toUtc(anchor.localMs);
  for (const [, sign, count, addUnit, roundUnit] of operations.matchAll(steps)) {
    if (roundUnit !== undefined) ms = calendar.round(ms, toUnit(roundUnit), context.roundUp === true);
    else ms = calendar.add(ms, (sign === '-' ? -1 : 1) * Number(count || 1), toUnit(addUnit ?? ''));
    if (!Number.isFinite(ms)) return undefined;
  }
  return ms;
}

function toUnit(text: string): Unit {
  return (text === 'H' ? 'h' : text) as Unit;
}

const exactMs = { h: 3_600_000, m: 60_000, s: 1000 } as const;

/** Years, months, weeks and days as one zone and its habits have them. Everything takes and gives epoch milliseconds. */
class Calendar {
  readonly #zone: Zone;
  readonly #weekStart: number;
  readonly #fiscalStartMonth: number;

  constructor(zone: Zone, { weekStart = 1, fiscalStartMonth = 1 }: DateMathOptions) {
    this.#zone = zone;
    this.#weekStart = weekStart;
    this.#fiscalStartMonth = fiscalStartMonth;
  }

  add(ms: number, count: number, unit: Unit): number {
    switch (unit) {
      case 'h':
      case 'm':
      case 's':
        return ms + count * exactMs[unit];
      case 'b':
        return this.#addBusinessDays(ms, count);
      case 'd':
      case 'w':
        return this.#move(ms, (date) => date.setUTCDate(date.getUTCDate() + (unit === 'w' ? 7 * count : count)));
      case 'M':
      case 'Q':
      case 'fQ':
        // The 31st of a month with 30 days is the 1st of the next one, as in Go.
        return this.#move(ms, (date) => date.setUTCMonth(date.getUTCMonth() + (unit === 'M' ? count : 3 * count)));
      case 'y':
      case 'fy':
        return this.#move(ms, (date) => date.setUTCFullYear(date.getUTCFullYear() + count));
      default:
        return unit satisfies never;
    }
  }

  round(ms: number, unit: Unit, up: boolean): number {
    const start = this.#startOf(ms, unit);
    return up ? this.add(start, 1, unit) - 1 : start;
  }

  #addBusinessDays(ms: number, count: number): number {
    const step = Math.sign(count);
    return this.#move(ms, (date) => {
      const next = (): void => {
        do date.setUTCDate(date.getUTCDate() + step);
        while (date.getUTCDay() === 0 || date.getUTCDay() === 6);
      };
      let left = Math.abs(count);
      // From a weekend the first step leads to a working day; from there five of them are a week.
      if (left > 0) next();
      left = Math.max(0, left - 1);
      date.setUTCDate(date.getUTCDate() + step * 7 * Math.floor(left / 5));
      for (left %= 5; left > 0; left--) next();
    });
  }

  #startOf(ms: number, unit: Unit): number {
    if (unit === 'h' || unit === 'm' || unit === 's') return Math.floor(ms / exactMs[unit]) * exactMs[unit];
    return this.#move(ms, (date) => {
      date.setUTCHours(0, 0, 0, 0);
      if (unit === 'w') date.setUTCDate(date.getUTCDate() - ((date.getUTCDay() - this.#weekStart + 7) % 7));
      else if (unit !== 'd') date.setUTCMonth(date.getUTCMonth() - this.#monthsInto(date, unit), 1);
    });
  }

  /** How many months after the start of its unit a date lies. */
  #monthsInto(date: Date, unit: Unit): number {
    const fiscal = (date.getUTCMonth() - (this.#fiscalStartMonth - 1) + 12) % 12;
    switch (unit) {
      case 'y':
        return date.getUTCMonth();
      case 'Q':
        return date.getUTCMonth() % 3;
      case 'fy':
        return fiscal;
      case 'fQ':
        return fiscal % 3;
      default:
        return 0;
    }
  }

  /** Changes the wall clock of the zone. */
  #move(ms: number, change: (date: Date) => void): number {
    const date = new Date(this.#zone.toLocal(ms));
    change(date);
    return this.#zone.toUtc(date.getTime());
  }
}

const clock = '(?<hour>\\d{2})(?::(?<minute>\\d{2})(?::(?<second>\\d{2})(?:\\.(?<fraction>\\d{1,3}))?)?)?';
const datePattern = new RegExp(
  `^(?:(?<year>\\d{4})(?:-(?<month>\\d{2})(?:-(?<day>\\d{2}))?)?(?:T${clock}(?<zone>Z|[+-]\\d{2}:\\d{2})?)?|${clock})$`,
);

/** A date, a time of 1 January 1970, or both; parts may be left off at the end. Five digits and more are epoch milliseconds. */
function parseDate(text: string): { readonly localMs: number; readonly zone: Zone | undefined } | undefined {
  if (/^\d{5,}$/.test(text)) return { localMs: Number(text), zone: parseOffset('Z') };
  const found = datePattern.exec(text);
  if (found?.groups === undefined) return undefined;
  const { year = '1970', month = '01', day = '01', hour = '00', minute = '00', second = '00', fraction = '', zone } = found.groups;
  const localMs = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction.padEnd(3, '0')}Z`);
  // Date.parse takes the 31st of any month, and 24:00.
  if (Number.isNaN(localMs) || new Date(localMs).getUTCDate() !== Number(day)) return undefined;
  return { localMs, zone: zone === undefined ? undefined : parseOffset(zone) };
}
