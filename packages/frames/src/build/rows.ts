import { decodeText, type FieldKind, type FieldOptions, Frame, FrameError, type FrameOptions } from '../model/index.ts';
import { buildColumn } from './column.ts';
import type { ColumnInput } from './column-options.ts';
import { field } from './frame.ts';
import { json } from './texts.ts';
import { time } from './times.ts';

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
 * nanoseconds or text in RFC 3339, bools may be 0 and 1, and numbers may be text.
 *
 * @throws FrameError `cell_invalid` naming field and row when a value does not fit the given kind
 */
export function frameFromRows(columns: readonly RowColumn[], rows: readonly (readonly unknown[])[], options: RowsOptions = {}): Frame {
  const { name = '', limit = Number.POSITIVE_INFINITY } = options;
  const kept = rows.length > limit ? rows.slice(0, limit) : rows;
  const fields = columns.map((column, index) => field(column.name, buildRowColumn(column, kept, index)));
  const frame = new Frame(name, fields, options);
  if (kept === rows) return frame;
  return frame.withNotice({ severity: 'warning', text: `Results have been limited to ${limit} because the SQL row limit was reached` });
}

function buildRowColumn(column: RowColumn, rows: readonly (readonly unknown[])[], index: number): ColumnInput {
  const { name, kind = inferKind(rows, index), nullable = true, labels, config } = column;
  const cells = rows.map((row, rowIndex) => {
    const value = row[index];
    if (value === null || value === undefined) return null;
    const cell = convert(kind, value);
    if (cell === undefined)
      throw new FrameError('cell_invalid', {
        reason: `${typeof value} ${String(value).slice(0, 40)} in a column of kind ${kind}`,
        field: name,
        row: rowIndex,
      });
    return cell;
  });
  const options = { nullable, labels, config };
  try {
    if (kind === 'json') return json(cells, options);
    return buildColumn(kind, kind === 'time' ? cells.map(toNanos) : cells, options);
  } catch (cause) {
    if (!(cause instanceof FrameError)) throw cause;
    throw new FrameError(cause.code, { ...cause.facts, field: name }, { cause });
  }
}

function inferKind(rows: readonly (readonly unknown[])[], index: number): FieldKind {
  let kind: FieldKind | undefined;
  for (const row of rows) {
    const seen = kindOf(row[index]);
    if (seen === undefined || seen === kind) continue;
    const bothNumbers = (kind === 'float64' || kind === 'int64') && (seen === 'float64' || seen === 'int64');
    if (kind !== undefined && !bothNumbers) return 'string';
    kind = kind === undefined ? seen : 'float64';
  }
  return kind ?? 'string';
}

function kindOf(value: unknown): FieldKind | undefined {
  switch (typeof value) {
    case 'number':
      return 'float64';
    case 'bigint':
      return 'int64';
    case 'boolean':
      return 'bool';
    case 'object':
      return value === null ? undefined : value instanceof Date ? 'time' : value instanceof Uint8Array ? 'string' : 'json';
    case 'undefined':
      return undefined;
    default:
      return 'string';
  }
}

/** The value as its column takes it, undefined when it does not fit. */
function convert(kind: FieldKind, value: unknown): unknown {
  switch (kind) {
    case 'json':
      return value;
    case 'string':
      return toText(value);
    case 'bool':
      return typeof value === 'boolean' ? value : value === 0 || value === 0n ? false : value === 1 || value === 1n ? true : undefined;
    case 'time':
      return toTime(value);
    case 'int64':
    case 'uint64':
      if (typeof value === 'string') return /^\s*[+-]?\d+\s*$/.test(value) ? BigInt(value.trim().replace(/^\+/, '')) : undefined;
      return typeof value === 'bigint' || typeof value === 'number' ? value : undefined;
    default:
      return toNumber(value);
  }
}

function toText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array) return decodeText(value);
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function toNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  if (typeof value !== 'string' || value.trim() === '') return undefined;
  const number = Number(value);
  return Number.isNaN(number) ? undefined : number;
}

/** Milliseconds as number, nanoseconds as bigint. */
function toTime(value: unknown): number | bigint | undefined {
  if (typeof value === 'number' || typeof value === 'bigint') return value;
  const millis = value instanceof Date ? value.getTime() : typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(millis) ? undefined : millis;
}

function toNanos(cell: unknown): bigint | null {
  if (typeof cell !== 'number') return cell as bigint | null;
  const { values } = time.fromMillis([cell]).column;
  return new DataView(values.buffer, values.byteOffset).getBigInt64(0, true);
}
