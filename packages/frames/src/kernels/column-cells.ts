import type { Column, FieldKind } from '../model/index.ts';
import { BLOCK_BYTES, BLOCK_ROWS, filled, loadCells, loadValidity } from './block.ts';
import { writeBoolRows } from './bool-rows.ts';
import { writeEntityRows, writeFloat32Rows, writeFloat64Rows } from './float-rows.ts';
import {
  writeInt8Rows,
  writeInt16Rows,
  writeInt32Rows,
  writeInt64Rows,
  writeUint8Rows,
  writeUint16Rows,
  writeUint32Rows,
  writeUint64Rows,
} from './integer-rows.ts';
import { JSON_KERNEL } from './json-rows.ts';
import { SPECIAL, specials } from './specials.ts';
import { STRING_KERNEL } from './string-rows.ts';
import { writeShortTexts, writeTexts } from './text-rows.ts';
import { writeNanoRows, writeTimeRows } from './time-rows.ts';

/** Writes rows that are loaded, each cell with a comma behind it, and returns the position behind them. */
interface RowKernel {
  readonly write: (rows: number, hasNulls: boolean, p: number) => number;
  /** Bytes that a cell takes at most, comma included. */
  readonly worstBytes: number;
}

const ROW_KERNELS: Readonly<Record<Exclude<FieldKind, 'string' | 'json'>, RowKernel>> = {
  int8: { write: writeInt8Rows, worstBytes: 5 },
  int16: { write: writeInt16Rows, worstBytes: 7 },
  int32: { write: writeInt32Rows, worstBytes: 12 },
  int64: { write: writeInt64Rows, worstBytes: 21 },
  uint8: { write: writeUint8Rows, worstBytes: 5 },
  uint16: { write: writeUint16Rows, worstBytes: 6 },
  uint32: { write: writeUint32Rows, worstBytes: 11 },
  uint64: { write: writeUint64Rows, worstBytes: 21 },
  float32: { write: writeFloat32Rows, worstBytes: 26 },
  float64: { write: writeFloat64Rows, worstBytes: 26 },
  bool: { write: writeBoolRows, worstBytes: 6 },
  time: { write: writeTimeRows, worstBytes: 21 },
  enum: { write: writeUint16Rows, worstBytes: 6 },
};
const NANO_KERNEL: RowKernel = { write: writeNanoRows, worstBytes: 7 };
const ENTITY_BYTES = 11;

/**
 * Writes the cells of a short column from position p of the block, each with a comma behind it, without a generator,
 * which would cost as much as ten cells. Special values met are in `specials.found`, to be read at once.
 *
 * @returns the position behind the cells, or -1 when the column is long or the block might not have room
 */
export function writeShortCells(column: Column, p: number): number {
  specials.found = 0;
  if (column.kind === 'string') return writeShortTexts(column, STRING_KERNEL, p);
  if (column.kind === 'json') return writeShortTexts(column, JSON_KERNEL, p);
  return writeShortRows(column, ROW_KERNELS[column.kind], p);
}

/** The nanoseconds beyond whole milliseconds of a short time column, as `writeShortCells` does it. */
export function writeShortNanos(column: Column, p: number): number {
  return writeShortRows(column, NANO_KERNEL, p);
}

function writeShortRows(column: Column, { write, worstBytes }: RowKernel, p: number): number {
  const rows = column.length;
  if (rows > BLOCK_ROWS || p + rows * worstBytes > BLOCK_BYTES) return -1;
  loadCells(column, 0, rows);
  return write(rows, loadValidity(column, 0, rows), p);
}

/**
 * Writes the cells of a column from position p of the block, each with a comma behind it. Yields the block, filled
 * so far, whenever it is full and after each 8192 rows; its reader has to consume or copy it before going on.
 * Special values met are in `specials.found`, to be read at once.
 */
export function* writeCells(column: Column, p: number): Generator<Uint8Array, number> {
  specials.found = 0;
  if (column.kind === 'string') return yield* writeTexts(column, STRING_KERNEL, p);
  if (column.kind === 'json') return yield* writeTexts(column, JSON_KERNEL, p);
  return yield* writeRows(column, ROW_KERNELS[column.kind], p);
}

/** Writes the nanoseconds beyond whole milliseconds of a time column. */
export function* writeNanos(column: Column, p: number): Generator<Uint8Array, number> {
  return yield* writeRows(column, NANO_KERNEL, p);
}

function* writeRows(column: Column, { write, worstBytes }: RowKernel, start: number): Generator<Uint8Array, number> {
  let p = start;
  let found = 0;
  for (let row = 0; row < column.length; row += BLOCK_ROWS) {
    const rows = Math.min(BLOCK_ROWS, column.length - row);
    if (row > 0 || p + rows * worstBytes > BLOCK_BYTES) {
      yield filled(p);
      p = 0;
    }
    loadCells(column, row, rows);
    specials.found = 0;
    p = write(rows, loadValidity(column, row, rows), p);
    found |= specials.found;
  }
  specials.found = found;
  return p;
}

/** Writes the numbers of the rows that hold one special value (one of `SPECIAL`), with commas between. */
export function* writeEntities(column: Column, special: number, start: number): Generator<Uint8Array, number> {
  let p = start;
  let isFirst = true;
  for (let row = 0; row < column.length; row += BLOCK_ROWS) {
    const rows = Math.min(BLOCK_ROWS, column.length - row);
    if (p + rows * ENTITY_BYTES > BLOCK_BYTES) {
      yield filled(p);
      p = 0;
    }
    loadCells(column, row, rows);
    const hasNulls = loadValidity(column, row, rows);
    const next = writeEntityRows(column.kind === 'float32', { rows, hasNulls, firstRow: row, special, isFirst }, p);
    isFirst &&= next === p;
    p = next;
  }
  return p;
}

export { SPECIAL, specials };
