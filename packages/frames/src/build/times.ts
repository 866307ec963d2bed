import { buildBigIntegers } from './big-integers.ts';
import { bytesOf, type Cells, type ColumnInput, type ColumnOptions, cellError, finishColumn } from './column-options.ts';
import { ValidityBuilder } from './validity.ts';

/** Milliseconds beyond which a time no longer fits 64 bits of nanoseconds (the years 1677 and 2262). */
const MAX_MILLIS = 9_223_372_036_854;
const NANOS_PER_MILLI = 1_000_000;
const TWO_32 = 4294967296;

/** Builders of time columns, one per unit. Times are kept as nanoseconds since 1970, UTC. */
export const time = { fromMillis, fromSeconds, fromNanos };

/** Milliseconds since 1970 (fractions are kept to the nanosecond) or dates. Numbers are faster than dates. */
function fromMillis(cells: Cells<number | Date>, options: ColumnOptions = {}): ColumnInput {
  return buildTimes(cells, 1, options);
}

/** Seconds since 1970, with fractions. */
function fromSeconds(cells: Cells<number>, options: ColumnOptions = {}): ColumnInput {
  return buildTimes(cells, 1000, options);
}

/** Nanoseconds since 1970. A `BigInt64Array` is used as it is. */
function fromNanos(cells: Cells<bigint>, options: ColumnOptions = {}): ColumnInput {
  return buildBigIntegers('time', cells, options);
}

function buildTimes(cells: Cells<number | Date>, millisPerUnit: number, options: ColumnOptions): ColumnInput {
  const { length } = cells;
  const validity = new ValidityBuilder(length);
  const halves = new Int32Array(length * 2);
  for (let row = 0; row < length; row++) {
    const cell = cells[row];
    if (cell === null || cell === undefined) {
      validity.markNull(row);
      continue;
    }
    const millis = (typeof cell === 'number' ? cell : cell instanceof Date ? cell.getTime() : Number.NaN) * millisPerUnit;
    if (!(millis > -MAX_MILLIS && millis < MAX_MILLIS)) throw cellError('time', row, cell, 'a time between the years 1678 and 2262');
    const whole = Math.floor(millis);
    const fraction = whole === millis ? 0 : Math.round((millis - whole) * NANOS_PER_MILLI);
    // Exact without a bigint per cell: the low half modulo 2^32; the high half from a double that is off by less than
    // 2^11, which rounding to a multiple of 2^32 corrects.
    const low = (Math.imul(whole, NANOS_PER_MILLI) + fraction) | 0;
    halves[row * 2] = low;
    halves[row * 2 + 1] = Math.round((whole * NANOS_PER_MILLI + fraction - (low >>> 0)) / TWO_32);
  }
  return finishColumn({ kind: 'time', length, values: bytesOf(halves), validity }, options);
}
