const TIME = /^(\d{4})-(\d{2})-(\d{2})(?:[ T](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9})\d*)?)?\s*(Z|[+-](?:[01]\d|2[0-3]):?[0-5]\d)?)?$/i;

/**
 * Nanoseconds since 1970 of a time in RFC 3339 or its relatives: with a blank for the T, without seconds, without a
 * time of day, or without a zone, which means UTC, as in SQL. Digits beyond nanoseconds are cut off.
 *
 * @returns undefined for text that is no such time, or for a day that no calendar has
 */
export function parseNanos(text: string): bigint | undefined {
  const match = TIME.exec(text.trim());
  if (match === null) return undefined;
  const [, year, month, day, hour = '00', minute = '00', second = '00', fraction = '', zone = 'Z'] = match;
  const midnight = Date.parse(`${year}-${month}-${day}T00:00:00Z`);
  const millis = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  // The engine takes February 30 for March 1 or 2.
  if (Number.isNaN(millis) || new Date(midnight).getUTCDate() !== Number(day)) return undefined;
  return BigInt(millis - zoneMillis(zone)) * 1_000_000n + BigInt(fraction.padEnd(9, '0'));
}

function zoneMillis(zone: string): number {
  const [, sign, hours, minutes] = /^([+-])(\d{2}):?(\d{2})$/.exec(zone) ?? [];
  if (sign === undefined) return 0;
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
}
