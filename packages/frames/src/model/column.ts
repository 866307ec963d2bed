import { FrameError } from './frame-error.ts';
import { type FieldKind, isVariableKind, KIND_INFO } from './kind.ts';

/**
 * The cells of one field, laid out as Arrow lays them out, in one chunk. Views, never copies.
 *
 * | part     | bytes                     | content                                                    |
 * |----------|---------------------------|------------------------------------------------------------|
 * | values   | length × cellBytes        | cells, little endian; time: int64 nanoseconds since 1970   |
 * |          | ⌈(bitOffset + length)/8⌉  | bool: one bit per cell, lowest bit first                   |
 * |          | any                       | string, json: UTF-8 bytes of all cells                     |
 * | offsets  | (length + 1) × 4          | string, json: int32 start of each cell in values, and end  |
 * | validity | ⌈(bitOffset + length)/8⌉  | one bit per cell, set where the cell is not null           |
 *
 * All parts may sit at any alignment. Offsets of decoded columns are checked where they are read.
 */
export interface Column {
  readonly kind: FieldKind;
  /** Whether the type admits null, whether or not there is one. */
  readonly nullable: boolean;
  readonly length: number;
  readonly values: Uint8Array;
  /** Present for string and json only. */
  readonly offsets: Uint8Array | undefined;
  /** Absent when no cell is null; always absent when the column is not nullable. */
  readonly validity: Uint8Array | undefined;
  /** Bits to skip (0–7) at the start of validity and of bool values: what slicing leaves over. */
  readonly bitOffset: number;
}

/** Whether a cell is null. */
export function isNull({ validity, bitOffset }: Column, row: number): boolean {
  return validity !== undefined && !bitAt(validity, bitOffset + row);
}

/** Number of null cells. */
export function countNulls({ validity, bitOffset, length }: Column): number {
  return validity === undefined ? 0 : length - countBits(validity, bitOffset, length);
}

/**
 * The rows from `from` up to, not including, `to`, as views on the same bytes. Rows beyond the column are none: numbers
 * below 0 count as 0, fractions are cut off.
 */
export function sliceColumn(column: Column, from: number, to: number): Column {
  const { kind, values, offsets, validity, bitOffset } = column;
  const start = clampRow(from, 0, column.length);
  const end = clampRow(to, start, column.length);
  const length = end - start;
  const firstBit = bitOffset + start;
  const bits = (bytes: Uint8Array) => bytes.subarray(firstBit >> 3, (firstBit + length + 7) >> 3);
  const { cellBytes } = KIND_INFO[kind];
  return {
    ...column,
    length,
    values: isVariableKind(kind) ? values : kind === 'bool' ? bits(values) : values.subarray(start * cellBytes, end * cellBytes),
    offsets: offsets?.subarray(start * 4, (end + 1) * 4),
    validity: validity && bits(validity),
    bitOffset: firstBit & 7,
  };
}

function clampRow(row: number, low: number, high: number): number {
  return Math.min(Math.max(Math.trunc(row) || 0, low), high);
}

/** Bit `index` of a bitmap, lowest bit of each byte first. */
export function bitAt(bits: Uint8Array, index: number): boolean {
  return ((bits[index >> 3] >> (index & 7)) & 1) === 1;
}

/** So many bytes from `start`, as a view. `subarray` does the same and takes several times as long, or more than ten cells. */
export function viewBytes(bytes: Uint8Array, start: number, length: number): Uint8Array {
  return length === bytes.length ? bytes : new Uint8Array(bytes.buffer, bytes.byteOffset + start, length);
}

/** Number of set bits among `length` bits from bit `start`. */
export function countBits(bits: Uint8Array, start: number, length: number): number {
  let count = 0;
  const end = start + length;
  let index = start;
  for (; index < end && (index & 7) !== 0; index++) count += (bits[index >> 3] >> (index & 7)) & 1;
  for (; index + 8 <= end; index += 8) count += POPCOUNT[bits[index >> 3]];
  for (; index < end; index++) count += (bits[index >> 3] >> (index & 7)) & 1;
  return count;
}

/** Copies `length` bits from bit `start` of `source` to the first bits of `target`; bits after them are cleared. */
export function copyBits(source: Uint8Array, start: number, target: Uint8Array, length: number): void {
  const bytes = (length + 7) >> 3;
  const from = start >> 3;
  const shift = start & 7;
  if (shift === 0) target.set(viewBytes(source, from, bytes));
  else for (let i = 0; i < bytes; i++) target[i] = (source[from + i] >> shift) | ((source[from + i + 1] ?? 0) << (8 - shift));
  if ((length & 7) !== 0) target[bytes - 1] &= (1 << (length & 7)) - 1;
}

/** A column of text without its offsets is no column. @throws TypeError */
export function offsetsView({ offsets }: Pick<Column, 'offsets'>): DataView {
  if (offsets === undefined) throw new TypeError('a column of text needs offsets');
  return new DataView(offsets.buffer, offsets.byteOffset, offsets.byteLength);
}

/** A column without cells. */
export function emptyColumn(kind: FieldKind, nullable: boolean): Column {
  const offsets = isVariableKind(kind) ? new Uint8Array(4) : undefined;
  return { kind, nullable, length: 0, values: new Uint8Array(0), offsets, validity: undefined, bitOffset: 0 };
}

/** A bitmap of so many set bits; bits after them are clear. */
export function allSet(length: number): Uint8Array {
  const bits = new Uint8Array((length + 7) >> 3).fill(255);
  if ((length & 7) !== 0) bits[bits.length - 1] = (1 << (length & 7)) - 1;
  return bits;
}

/** Offsets are int32, so a column holds less than 2 GiB of text. @throws FrameError `column_too_large` */
export function assertTextBytes(bytes: number, field?: string): void {
  if (bytes < 2 ** 31) return;
  const facts = { reason: 'more than 2 GiB of text', hint: 'split the frame' };
  throw new FrameError('column_too_large', field === undefined ? facts : { ...facts, field });
}

/** The error for a string cell whose offsets leave the column's bytes, as only damaged Arrow files have them. */
export function offsetsError(row: number, start: number, end: number, bytes: number): FrameError {
  return new FrameError('arrow_invalid', { reason: `cell offsets ${start}–${end} leave the ${bytes} bytes of the column`, row });
}

const POPCOUNT = Uint8Array.from({ length: 256 }, (_, byte) => {
  let count = 0;
  for (let rest = byte; rest !== 0; rest &= rest - 1) count++;
  return count;
});
