import { FIELD_KINDS, type FieldKind } from '../model/index.ts';
import { bytesOf, type Cells, type ColumnInput, type ColumnOptions, cellError, finishColumn } from './column-options.ts';
import { ValidityBuilder } from './validity.ts';

type NumberArray = Int8Array | Int16Array | Int32Array | Uint8Array | Uint16Array | Uint32Array | Float32Array | Float64Array;
type NumberKind = Exclude<FieldKind, 'int64' | 'uint64' | 'string' | 'bool' | 'time' | 'json'>;

interface NumberLayout {
  readonly create: (length: number) => NumberArray;
  readonly type: abstract new () => NumberArray;
  /** Limits of whole numbers; absent for floating point. */
  readonly range?: readonly [number, number];
}

const LAYOUTS: Readonly<Record<NumberKind, NumberLayout>> = {
  int8: { create: (length) => new Int8Array(length), type: Int8Array, range: [-128, 127] },
  int16: { create: (length) => new Int16Array(length), type: Int16Array, range: [-32768, 32767] },
  int32: { create: (length) => new Int32Array(length), type: Int32Array, range: [-2147483648, 2147483647] },
  uint8: { create: (length) => new Uint8Array(length), type: Uint8Array, range: [0, 255] },
  uint16: { create: (length) => new Uint16Array(length), type: Uint16Array, range: [0, 65535] },
  uint32: { create: (length) => new Uint32Array(length), type: Uint32Array, range: [0, 4294967295] },
  enum: { create: (length) => new Uint16Array(length), type: Uint16Array, range: [0, 65535] },
  float32: { create: (length) => new Float32Array(length), type: Float32Array },
  float64: { create: (length) => new Float64Array(length), type: Float64Array },
};

/** A column of one numeric kind. A typed array of the kind's own type is used as it is, not copied. */
export function buildNumbers(kind: NumberKind, cells: Cells<number>, options: ColumnOptions = {}): ColumnInput {
  if (!Object.hasOwn(LAYOUTS, kind)) throw new TypeError(`there is no kind ${JSON.stringify(kind)}; kinds are ${FIELD_KINDS.join(', ')}`);
  const { create, type, range } = LAYOUTS[kind];
  const { length } = cells;
  const validity = new ValidityBuilder(length);
  if (cells instanceof type) return finishColumn({ kind, length, values: bytesOf(cells), validity }, options);
  const target = create(length);
  if (target instanceof Float64Array) {
    fillFloats(target, cells, validity);
    return finishColumn({ kind, length, values: bytesOf(target), validity }, options);
  }
  const [low, high] = range ?? [0, 0];
  for (let row = 0; row < length; row++) {
    const cell = cells[row];
    if (cell === null || cell === undefined) validity.markNull(row);
    else if (typeof cell !== 'number') throw cellError(kind, row, cell, 'a number');
    else if (range !== undefined && !(cell >= low && cell <= high && Math.floor(cell) === cell))
      throw cellError(kind, row, cell, `a whole number from ${low} to ${high}`);
    else target[row] = cell;
  }
  return finishColumn({ kind, length, values: bytesOf(target), validity }, options);
}

/** The common kind in a loop of its own: one that has seen all nine types of array is several times slower. */
function fillFloats(target: Float64Array, cells: Cells<number>, validity: ValidityBuilder): void {
  for (let row = 0; row < target.length; row++) {
    const cell = cells[row];
    if (cell === null || cell === undefined) validity.markNull(row);
    else if (typeof cell !== 'number') throw cellError('float64', row, cell, 'a number');
    else target[row] = cell;
  }
}

/** 64-bit floating point numbers. A `Float64Array` is used as it is. */
export function float64(cells: Cells<number>, options?: ColumnOptions): ColumnInput {
  return buildNumbers('float64', cells, options);
}

/** 32-bit floating point numbers. A `Float32Array` is used as it is. */
export function float32(cells: Cells<number>, options?: ColumnOptions): ColumnInput {
  return buildNumbers('float32', cells, options);
}

/** Whole numbers from -128 to 127. */
export function int8(cells: Cells<number>, options?: ColumnOptions): ColumnInput {
  return buildNumbers('int8', cells, options);
}

/** Whole numbers of 16 bits. */
export function int16(cells: Cells<number>, options?: ColumnOptions): ColumnInput {
  return buildNumbers('int16', cells, options);
}

/** Whole numbers of 32 bits. */
export function int32(cells: Cells<number>, options?: ColumnOptions): ColumnInput {
  return buildNumbers('int32', cells, options);
}

/** Whole numbers from 0 to 255. */
export function uint8(cells: Cells<number>, options?: ColumnOptions): ColumnInput {
  return buildNumbers('uint8', cells, options);
}

/** Whole numbers of 16 bits, from 0. */
export function uint16(cells: Cells<number>, options?: ColumnOptions): ColumnInput {
  return buildNumbers('uint16', cells, options);
}

/** Whole numbers of 32 bits, from 0. */
export function uint32(cells: Cells<number>, options?: ColumnOptions): ColumnInput {
  return buildNumbers('uint32', cells, options);
}
