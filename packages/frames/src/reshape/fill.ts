import { buildColumn, buildRowCells } from '../build/index.ts';
import { type Column, type Field, type FieldKind, FrameError, isNumberKind } from '../model/index.ts';
import { type Picks, pickCells } from './pick-cells.ts';

/**
 * What stands where a series has no row for a time:
 * `null`; `previous`, the cell before (null at the start); a number, where the kind is numeric; or `none`, which is
 * Go's conversion without a fill mode: null where the kind admits it, else zero.
 */
export type FillMode = 'null' | 'previous' | 'none' | number;

/** How series are put side by side. */
export interface WideOptions {
  /** What stands where a series has no row; null by default. */
  readonly fill?: FillMode | undefined;
  /** Cells that the wide frame may have, times included: series that share no times make it large. */
  readonly maxCells?: number | undefined;
}

const MAX_CELLS = 50_000_000;

/** @throws FrameError `frame_too_large` when rows × fields pass the limit */
export function assertCells(rows: number, fields: number, maxCells: number = MAX_CELLS): void {
  if (rows * fields <= maxCells && rows < 2 ** 31) return;
  throw new FrameError('frame_too_large', {
    reason: `${rows} rows by ${fields} fields are more than ${maxCells} cells`,
    hint: 'filter or aggregate the rows, keep one frame per series, or raise maxCells',
  });
}

/**
 * One value field of a wide frame.
 *
 * @param rows for each row of the wide frame the row of the field, or -1
 * @throws FrameError `cell_invalid` naming the field when a number to fill with does not fit its kind
 */
export function fillColumn({ name, column }: Field, rows: Int32Array, fill: FillMode): Column {
  if (fill === 'null') return pickCells([column], { rows }, true);
  if (fill === 'previous') return pickCells([column], { rows: carryForward(rows) }, true);
  const filler = rows.includes(-1) ? fillerOf(name, column, fill) : undefined;
  if (filler !== undefined) return pickCells([column, filler], withFiller(rows), column.nullable);
  return pickCells([column], { rows }, column.nullable || rows.includes(-1));
}

function carryForward(rows: Int32Array): Int32Array {
  const carried = rows.slice();
  for (let i = 1; i < carried.length; i++) if (carried[i] < 0) carried[i] = carried[i - 1];
  return carried;
}

/** A column of the one cell that stands in gaps; undefined where that is null. */
function fillerOf(name: string, { kind, nullable }: Column, fill: 'none' | number): Column | undefined {
  if (typeof fill === 'number' && isNumberKind(kind)) {
    return buildRowCells(name, kind, [fill], { nullable }).column;
  }
  // Go's zero time is the year 1, which is no time in nanoseconds: null is what can be said.
  if (nullable || kind === 'time') return undefined;
  return buildColumn(kind, [ZERO_TEXT[kind] ?? 0], { nullable }).column;
}

const ZERO_TEXT: Partial<Record<FieldKind, string | boolean>> = { string: '', json: '', bool: false };

function withFiller(rows: Int32Array): Picks {
  return { rows: rows.map((row) => Math.max(row, 0)), sources: rows.map((row) => (row < 0 ? 1 : 0)) };
}
