import { MICROSECONDS_FROM, NANOSECONDS_FROM, SECONDS_BELOW } from '../macros/time-sql.ts';

const ISO = /^(\d{4})-(\d{2})-(\d{2})(?:[ T](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9})\d*)?)?\s*(Z|[+-]\d{2}:?\d{2})?)?$/i;

/** ISO text as epoch nanoseconds; without a zone it is UTC, as everywhere in SQLite. Undefined when it is no time. */
export function parseIsoTime(text: string): bigint | undefined {
  const match = ISO.exec(text.trim());
  if (match === null) return undefined;
  const [, year, month, day, hour = '00', minute = '00', second = '00', fraction = '', zone = 'Z'] = match;
  const ms = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (Number.isNaN(ms)) return undefined;
  return BigInt(ms - zoneOffsetMs(zone)) * 1_000_000n + BigInt(fraction.padEnd(9, '0'));
}

/** An integer as epoch nanoseconds; seconds, milliseconds, microseconds and nanoseconds are told apart by magnitude. */
export function integerToNanos(value: bigint): bigint {
  const size = value < 0n ? -value : value;
  if (size < BigInt(SECONDS_BELOW)) return value * 1_000_000_000n;
  if (size < BigInt(MICROSECONDS_FROM)) return value * 1_000_000n;
  if (size < BigInt(NANOSECONDS_FROM)) return value * 1000n;
  return value;
}

/** A real number as epoch nanoseconds, by magnitude as integers; undefined when it is no finite number in range. */
export function realToNanos(value: number): bigint | undefined {
  const size = Math.abs(value);
  if (!(size < 9.2e18)) return undefined;
  // Through microseconds: that is what a double of today's seconds holds.
  if (size < SECONDS_BELOW) return BigInt(Math.round(value * 1e6)) * 1000n;
  if (size < MICROSECONDS_FROM) return BigInt(Math.round(value * 1e3)) * 1000n;
  return integerToNanos(BigInt(Math.round(value)));
}

function zoneOffsetMs(zone: string): number {
  const match = /^([+-])(\d{2}):?(\d{2})$/.exec(zone);
  if (match === null) return 0;
  return (match[1] === '-' ? -1 : 1) * (Number(match[2]) * 60 + Number(match[3])) * 60_000;
}
