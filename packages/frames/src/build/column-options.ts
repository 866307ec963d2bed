import { type Column, type FieldKind, type FieldOptions, FrameError, keepShape } from '../model/index.ts';
import { ValidityBuilder } from './validity.ts';

/** Cells as authors give them: null and undefined are null. */
export type Cells<T> = ArrayLike<T | null | undefined>;

/** What every column builder takes besides the cells. */
export interface ColumnOptions extends FieldOptions {
  /** Whether the type admits null; by default, whether there is one. */
  readonly nullable?: boolean | undefined;
}

/** A column with the labels and config of its field, waiting for a name. */
export interface ColumnInput extends FieldOptions {
  readonly column: Column;
}

/** The parts that a builder has filled. */
export interface ColumnParts {
  readonly kind: FieldKind;
  readonly length: number;
  readonly values: Uint8Array;
  readonly offsets?: Uint8Array | undefined;
  readonly validity: ValidityBuilder;
}

/** Joins the parts of a column with what the author asked for. */
export function finishColumn(parts: ColumnParts, { nullable, labels, config }: ColumnOptions): ColumnInput {
  const { kind, length, values, offsets } = parts;
  if (!Number.isInteger(length)) throw new TypeError('cells need a length: give an array, or spread what is iterated into one');
  const validity = parts.validity.bits;
  if (validity !== undefined && nullable === false) throw nullError(parts, validity);
  return {
    column: { kind, nullable: nullable ?? validity !== undefined, length, values, offsets, validity, bitOffset: 0 },
    labels,
    config,
  };
}

/** The bytes of a typed array, without copying. */
export function bytesOf(array: ArrayBufferView): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

/** The error for a value that its column cannot hold. */
export function cellError(kind: FieldKind, row: number, value: unknown, expected: string): FrameError {
  return new FrameError('cell_invalid', { reason: `${show(value)} in a column of kind ${kind}`, row, hint: `give ${expected}, or null` });
}

function nullError({ kind, length }: ColumnParts, validity: Uint8Array): FrameError {
  let row = 0;
  while (row < length && ((validity[row >> 3] >> (row & 7)) & 1) === 1) row++;
  return new FrameError('cell_invalid', {
    reason: `null in a column of kind ${kind} that was said not to be nullable`,
    row,
    hint: 'leave out `nullable: false`',
  });
}

function show(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 40));
  return typeof value === 'object' ? Object.prototype.toString.call(value) : String(value);
}

keepShape(finishColumn({ kind: 'float64', length: 0, values: new Uint8Array(0), validity: new ValidityBuilder(0) }, {}));
