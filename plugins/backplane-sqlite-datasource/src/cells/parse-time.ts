import { MICROSECONDS_FROM, NANOSECONDS_FROM, SECONDS_BELOW } from '../macros/time-sql.ts';

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
