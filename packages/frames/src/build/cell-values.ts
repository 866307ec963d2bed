// Values of rows and objects as their columns take them: lenient where nothing is lost, refused where it would be.
import { decodeText, type FieldKind, FrameError, millisToNanos, withFacts } from '../model/index.ts';
import { buildColumn } from './column.ts';
import type { ColumnInput, ColumnOptions } from './column-options.ts';
import { parseNanos } from './parse-nanos.ts';
import { json, jsonText } from './texts.ts';
import { time } from './times.ts';

/** Converted cells of one column; time cells are milliseconds as number or nanoseconds as bigint. */
export type RowCells = (unknown | null)[];

/** The value as a column of that kind takes it, null for null and undefined, undefined when it does not fit. */
export function convertCell(kind: FieldKind, value: unknown): unknown {
  if (value === null || value === undefined) return null;
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

/**
 * Packs converted cells.
 *
 * @throws FrameError `cell_invalid` naming field and row
 */
export function buildRowCells(name: string, kind: FieldKind, cells: RowCells, options: ColumnOptions): ColumnInput {
  return withFacts({ field: name }, () => {
    if (kind === 'json') return json(cells, options);
    if (kind !== 'time') return buildColumn(kind, cells, options);
    if (cells.every((cell) => typeof cell !== 'bigint')) return time.fromMillis(cells as (number | null)[], options);
    return buildColumn(kind, cells.map(toNanos), options);
  });
}

/** The error for a value that `convertCell` refused. */
export function rowCellError(name: string, kind: FieldKind, row: number, value: unknown): FrameError {
  return new FrameError('cell_invalid', {
    reason: `${describeValue(value)} in a column of kind ${kind}`,
    field: name,
    row,
  });
}

function describeValue(value: unknown): string {
  if (value instanceof Date && Number.isNaN(value.getTime())) return 'an invalid Date';
  return typeof value === 'object' ? Object.prototype.toString.call(value) : `${typeof value} ${String(value).slice(0, 40)}`;
}

/** The kind that a plain value suggests; undefined for null. */
export function kindOfValue(value: unknown): FieldKind | undefined {
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

/** The kind that fits both; float64 for mixed numbers, text for anything else that differs. */
export function joinKinds(kind: FieldKind | undefined, seen: FieldKind | undefined): FieldKind | undefined {
  if (seen === undefined || seen === kind) return kind;
  if (kind === undefined) return seen;
  const bothNumbers = (kind === 'float64' || kind === 'int64') && (seen === 'float64' || seen === 'int64');
  return bothNumbers ? 'float64' : 'string';
}

function toText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array) return decodeText(value);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? undefined : value.toISOString();
  if (typeof value === 'object') return jsonText(value);
  return typeof value === 'function' || typeof value === 'symbol' ? undefined : String(value);
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
  if (typeof value === 'string') return parseNanos(value);
  const millis = value instanceof Date ? value.getTime() : Number.NaN;
  return Number.isNaN(millis) ? undefined : millis;
}

function toNanos(cell: unknown, row: number): bigint | null {
  if (typeof cell !== 'number') return cell as bigint | null;
  if (!Number.isFinite(cell)) throw new FrameError('cell_invalid', { reason: `${cell} in a column of kind time`, row });
  return millisToNanos(cell);
}
