import { SdkError } from '../errors.ts';

/** A time zone, as far as calendars need one: how far its clocks are ahead of UTC. */
export interface Zone {
  /** Wall clock time of an instant: a number of milliseconds whose UTC fields are those of the clock. */
  toLocal(utcMs: number): number;
  /** Instant of a wall clock time. A time that is skipped or passed twice is read as Go reads it. */
  toUtc(localMs: number): number;
}

const utc: Zone = { toLocal: (ms) => ms, toUtc: (ms) => ms };
const zones = new Map<string, Zone>();

/** Reads the zone at the end of a date: `Z`, or an offset such as `+05:30`. */
export function parseOffset(text: string): Zone {
  if (text === 'Z') return utc;
  const [, sign, hours, minutes] = /^([+-])(\d{2}):(\d{2})$/.exec(text) ?? [];
  const offset = (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
  return createZone(() => offset);
}

/**
 * Finds a time zone by its IANA name.
 *
 * @throws SdkError `time_zone_unknown`
 */
export function findZone(name: string): Zone {
  if (name === 'UTC' || name === 'utc' || name === '') return utc;
  let zone = zones.get(name);
  if (zone === undefined) {
    zone = createZone(offsetReader(name));
    zones.set(name, zone);
  }
  return zone;
}

function createZone(offsetAt: (utcMs: number) => number): Zone {
  return {
    toLocal: (utcMs) => utcMs + offsetAt(utcMs),
    // The offset at the wall clock time, taken for UTC, is right unless a change of clocks lies in between.
    toUtc: (localMs) => localMs - offsetAt(localMs - offsetAt(localMs)),
  };
}

function offsetReader(name: string): (utcMs: number) => number {
  const digits = { year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit' } as const;
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', { timeZone: name, hourCycle: 'h23', ...digits });
  } catch (cause) {
    throw new SdkError('time_zone_unknown', `there is no time zone ${JSON.stringify(name)}; give an IANA name such as Europe/Berlin`, {
      cause,
    });
  }
  return (utcMs) => {
    const at: Record<string, number> = {};
    for (const { type, value } of format.formatToParts(utcMs)) at[type] = Number(value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = at;
    return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(utcMs / 1000) * 1000;
  };
}
