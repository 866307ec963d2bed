import { floorToMillis } from '../model/index.ts';

/** ISO 8601 in UTC, with nanoseconds where there are any. */
export function formatNanos(nanos: bigint): string {
  const millis = floorToMillis(nanos);
  const text = new Date(millis).toISOString();
  const rest = nanos - BigInt(millis) * 1_000_000n;
  return rest === 0n ? text : `${text.slice(0, -1)}${String(rest).padStart(6, '0')}Z`;
}

/** Where and when the reader of a date is. */
export interface DateOptions {
  /** IANA name such as `Europe/Berlin`; `UTC` by default. */
  readonly timeZone?: string | undefined;
  /** The present, for `dateTimeFromNow` and units without date if it is today; the clock of the system by default. */
  readonly nowMs?: number | undefined;
}

/** Milliseconds since 1970 as text. */
export type DateFormatter = (millis: number, options: DateOptions) => string;

/** The formatter of a date unit such as `dateTimeAsIso` or `time:YYYY-MM-DD`; undefined for other units. */
export function findDateUnit(unit: string): DateFormatter | undefined {
  if (unit === 'dateTimeFromNow') return formatFromNow;
  if (unit.startsWith('time:')) return pattern(unit.slice(5));
  const format = Object.hasOwn(PATTERNS, unit) ? PATTERNS[unit] : undefined;
  return format && pattern(...format);
}

const PATTERNS: Readonly<Record<string, readonly [full: string, today?: string]>> = {
  dateTimeAsIso: ['YYYY-MM-DD HH:mm:ss'],
  dateTimeAsIsoNoDateIfToday: ['YYYY-MM-DD HH:mm:ss', 'HH:mm:ss'],
  dateTimeAsUS: ['MM/DD/YYYY h:mm:ss a'],
  dateTimeAsUSNoDateIfToday: ['MM/DD/YYYY h:mm:ss a', 'h:mm:ss a'],
  dateTimeAsLocal: ['YYYY-MM-DD HH:mm:ss'],
  dateTimeAsLocalNoDateIfToday: ['YYYY-MM-DD HH:mm:ss', 'HH:mm:ss'],
  dateTimeAsSystem: ['YYYY-MM-DD HH:mm:ss'],
};

/** Text in brackets stands for itself, as in moment.js; tokens not listed too. */
const TOKENS = /\[([^\]]*)\]|YYYY|YY|MM|DD|HH|hh|h|mm|ss|SSS|a|A/g;

function pattern(full: string, today: string = full): DateFormatter {
  return (millis, { timeZone = 'UTC', nowMs = Date.now() }) => {
    if (!Number.isFinite(millis) || Math.abs(millis) > 8.64e15) return 'Invalid date';
    const parts = partsOf(millis, timeZone);
    const format = today !== full && dayOf(parts) === dayOf(partsOf(nowMs, timeZone)) ? today : full;
    return format.replace(TOKENS, (token, literal: string | undefined) => literal ?? parts[token]);
  };
}

const dayOf = (parts: Readonly<Record<string, string>>) => `${parts.YYYY}-${parts.MM}-${parts.DD}`;

function partsOf(millis: number, timeZone: string): Readonly<Record<string, string>> {
  const local = new Date(timeZone === 'UTC' || timeZone === 'utc' ? millis : millis + offsetOf(millis, timeZone));
  const hour = local.getUTCHours();
  const two = (value: number) => String(value).padStart(2, '0');
  const year = String(local.getUTCFullYear()).padStart(4, '0');
  return {
    YYYY: year,
    YY: year.slice(-2),
    MM: two(local.getUTCMonth() + 1),
    DD: two(local.getUTCDate()),
    HH: two(hour),
    hh: two(hour % 12 || 12),
    h: String(hour % 12 || 12),
    mm: two(local.getUTCMinutes()),
    ss: two(local.getUTCSeconds()),
    SSS: String(local.getUTCMilliseconds()).padStart(3, '0'),
    a: hour < 12 ? 'am' : 'pm',
    A: hour < 12 ? 'AM' : 'PM',
  };
}

const ZONES = new Map<string, Intl.DateTimeFormat>();
const MAX_ZONES = 64;

/** Milliseconds by which clocks in a time zone are ahead of UTC. */
function offsetOf(millis: number, timeZone: string): number {
  let zone = ZONES.get(timeZone);
  if (zone === undefined) {
    zone = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
    if (ZONES.size >= MAX_ZONES) ZONES.clear();
    ZONES.set(timeZone, zone);
  }
  const name = zone.formatToParts(millis).find(({ type }) => type === 'timeZoneName')?.value ?? 'GMT';
  const [, sign, hours, minutes, seconds = '0'] = /GMT([+-])(\d+):(\d+)(?::(\d+))?/.exec(name) ?? [];
  if (sign === undefined) return 0;
  const size = (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000;
  return sign === '-' ? -size : size;
}

const STEPS = [
  ['year', 31536000],
  ['month', 2592000],
  ['day', 86400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
] as const;

function formatFromNow(millis: number, { nowMs = Date.now() }: DateOptions): string {
  const seconds = (millis - nowMs) / 1000;
  if (!Number.isFinite(seconds)) return 'Invalid date';
  const [name, size] = STEPS.find(([, step]) => Math.round(Math.abs(seconds) / step) >= 1) ?? STEPS[5];
  const count = Math.round(Math.abs(seconds) / size);
  const words = `${count} ${name}${count === 1 ? '' : 's'}`;
  return seconds > 0 ? `in ${words}` : `${words} ago`;
}
