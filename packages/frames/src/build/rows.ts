import { type FieldKind, type FieldOptions, Frame, FrameError, type FrameOptions } from '../model/index.ts';
import { buildRowCells, convertCell, joinKinds, kindOfValue, rowCellError } from './cell-values.ts';
import type { ColumnInput } from './column-options.ts';
import { field } from './frame.ts';

/** One column of a table of rows. */
export interface RowColumn extends FieldOptions {
  readonly name: string;
  /** Inferred from the values when absent. */
  readonly kind?: FieldKind | undefined;
  /** True by default: what is null can change from one query to the next, the type should not. */
  readonly nullable?: boolean | undefined;
}

/** How to make a frame of rows. */
export interface RowsOptions extends FrameOptions {
  readonly name?: string | undefined;
  /** Rows beyond this number are left out, and a warning on the frame says so. */
  readonly limit?: number | undefined;
}

/**
 * Makes a frame of rows, as databases return them.
 *
 * Numbers become float64, bigints int64, dates time, bytes text, other objects json; a column of mixed values
 * becomes text, and so does one of nulls only. With `kind` given, times may be dates, milliseconds, bigint
 * nanoseconds or text as `parseNanos` reads it, bools may be 0 and 1, and numbers may be text.
 *
 * @throws FrameError `cell_invalid` naming field and row when a value does not fit the given kind
 */
export function frameFromRows(columns: readonly RowColumn[], rows: readonly (readonly unknown[])[], options: RowsOptions = {}): Frame {
  const { name = '', limit = Number.POSITIVE_INFINITY } = options;
  const kept = rows.length > limit ? rows.slice(0, Math.max(0, limit)) : rows;
  assertRows(kept);
  const fields = columns.map((column, index) => field(column.name, buildRowColumn(column, kept, index)));
  const frame = new Frame(name, fields, options);
  if (kept === rows) return frame;
  return frame.withNotice({ severity: 'warning', text: `Results have been limited to ${limit} because the SQL row limit was reached` });
}

/** Rows come from drivers and JSON, where one may be missing. @throws FrameError `cell_invalid` naming the row */
export function assertRows(rows: readonly unknown[]): void {
  for (let row = 0; row < rows.length; row++)
    if (typeof rows[row] !== 'object' || rows[row] === null)
      throw new FrameError('cell_invalid', { reason: `${String(rows[row])} in place of a row`, row, hint: 'leave it out' });
}

function buildRowColumn(column: RowColumn, rows: readonly (readonly unknown[])[], index: number): ColumnInput {
  const { name, kind = inferKind(rows, index), nullable = true, labels, config } = column;
  const cells = rows.map((row, rowIndex) => {
    const cell = convertCell(kind, row[index]);
    if (cell === undefined) throw rowCellError(name, kind, rowIndex, row[index]);
    return cell;
  });
  return buildRowCells(name, kind, cells, { nullable, labels, config });
}

function inferKind(rows: readonly (readonly unknown[])[], index: number): FieldKind {
  let kind: FieldKind | undefined;
  for (const row of rows) {
    kind = joinKinds(kind, kindOfValue(row[index]));
    if (kind === 'string') break;
  }
  return kind ?? 'string';
}
