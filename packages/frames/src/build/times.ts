import { buildBigIntegers } from './big-integers.ts';
import { bytesOf, type Cells, type ColumnInput, type ColumnOptions, cellError, finishColumn } from './column-options.ts';
import { ValidityBuilder } from './validity.ts';

/** Milliseconds beyond which a time no longer fits 64 bits of nanoseconds (the years 1677 and 2262). */
const MAX_MILLIS = 9_223_372_036_854;

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
    setNanos(halves, row * 2, millis);
  }
  return finishColumn({ kind: 'time', length, values: bytesOf(halves), validity }, options);
}

/** Writes milliseconds as 64-bit nanoseconds, in two halves: exact, and without a bigint per cell. */
function setNanos(halves: Int32Array, at: number, millis: number): void {
  const whole = Math.floor(millis);
  const high = Math.floor(whole / 65536);
  // nanos = (high × 2^16 + low) × 10^6 + fraction; each product below stays under 2^53.
  const low = (whole - high * 65536) * 1_000_000 + Math.round((millis - whole) * 1_000_000);
  const product = high * 1_000_000;
  const productHigh = Math.floor(product / 65536);
  const sum = low + (product - productHigh * 65536) * 65536;
  halves[at] = sum | 0;
  halves[at + 1] = productHigh + Math.floor(sum / 4294967296);
}
