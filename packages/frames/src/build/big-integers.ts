import { bytesOf, type Cells, type ColumnInput, type ColumnOptions, cellError, finishColumn } from './column-options.ts';
import { ValidityBuilder } from './validity.ts';

const TWO_32 = 4294967296;

/** Whole numbers of 64 bits, exact, as bigint or safe number. A `BigInt64Array` is used as it is. */
export function int64(cells: Cells<bigint | number>, options: ColumnOptions = {}): ColumnInput {
  return buildBigIntegers('int64', cells, options);
}

/** Whole numbers of 64 bits from 0, exact, as bigint or safe number. A `BigUint64Array` is used as it is. */
export function uint64(cells: Cells<bigint | number>, options: ColumnOptions = {}): ColumnInput {
  return buildBigIntegers('uint64', cells, options);
}

/** Cells of eight bytes; `time` cells are nanoseconds. */
export function buildBigIntegers(kind: 'int64' | 'uint64' | 'time', cells: Cells<bigint | number>, options: ColumnOptions): ColumnInput {
  const { length } = cells;
  const validity = new ValidityBuilder(length);
  if (cells instanceof (kind === 'uint64' ? BigUint64Array : BigInt64Array))
    return finishColumn({ kind, length, values: bytesOf(cells), validity }, options);
  const [low, high] = kind === 'uint64' ? [0n, 2n ** 64n - 1n] : [-(2n ** 63n), 2n ** 63n - 1n];
  const halves = new Int32Array(length * 2);
  for (let row = 0; row < length; row++) {
    const cell = cells[row];
    if (cell === null || cell === undefined) validity.markNull(row);
    else if (typeof cell === 'bigint' ? cell < low || cell > high : !Number.isSafeInteger(cell) || (kind === 'uint64' && cell < 0))
      throw cellError(kind, row, cell, `a whole number from ${low} to ${high} (beyond 2^53 as bigint)`);
    else setHalves(halves, row * 2, cell);
  }
  return finishColumn({ kind, length, values: bytesOf(halves), validity }, options);
}

function setHalves(halves: Int32Array, at: number, cell: bigint | number): void {
  if (typeof cell === 'number') {
    halves[at] = (cell % TWO_32) | 0;
    halves[at + 1] = Math.floor(cell / TWO_32);
  } else {
    halves[at] = Number(BigInt.asIntN(32, cell));
    halves[at + 1] = Number(BigInt.asIntN(32, cell >> 32n));
  }
}
