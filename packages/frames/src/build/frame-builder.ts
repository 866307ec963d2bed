import {
  type Column,
  type FieldKind,
  type FieldOptions,
  Frame,
  FrameError,
  type FrameOptions,
  joinColumns,
  KIND_INFO,
  withFacts,
} from '../model/index.ts';
import { buildRowCells, convertCell, type RowCells, rowCellError } from './cell-values.ts';
import { field } from './frame.ts';
import { jsonText, utf8Length } from './texts.ts';

/** A column of a frame that grows row by row. */
export interface BuilderColumn extends FieldOptions {
  readonly name: string;
  readonly kind: FieldKind;
  /** True by default. */
  readonly nullable?: boolean | undefined;
}

/** Columns and limits of a frame builder. */
export interface FrameBuilderOptions extends FrameOptions {
  readonly columns: readonly BuilderColumn[];
  readonly name?: string | undefined;
  /** Rows that one frame takes at most. */
  readonly maxRows?: number | undefined;
  /** Bytes of cells that one frame takes at most: the width of fixed cells, the UTF-8 length of text. */
  readonly maxBytes?: number | undefined;
}

/** A row by position, or by column name: keys that are missing are null, keys that no column has are refused. */
export type BuilderRow = readonly unknown[] | Readonly<Record<string, unknown>>;

/** Collects rows for a frame. */
export interface FrameBuilder {
  /** Rows taken since the last `finish`. */
  readonly length: number;
  /** Bytes of cells taken since the last `finish`. */
  readonly byteLength: number;
  /**
   * Takes a row, or leaves it out because of a limit.
   *
   * @returns false when the row would have passed a limit; nothing of it was taken
   * @throws FrameError `cell_invalid` naming field and row; nothing of the row was taken
   */
  append(row: BuilderRow): boolean;
  /** The frame of the rows taken, with a warning when rows were left out. The builder is empty afterwards. */
  finish(): Frame;
}

/** Rows that wait as JavaScript values before they are packed. */
const PACK_ROWS = 4096;

/**
 * A builder that takes rows one at a time and packs them as it goes: for results whose size nobody knows, and for
 * results sent in chunks (`finish` gives a chunk and starts the next).
 *
 * Values are converted as `frameFromRows` converts them: times are dates, milliseconds, bigint nanoseconds or text
 * as `parseNanos` reads it; json cells are values, not text.
 */
export function createFrameBuilder(options: FrameBuilderOptions): FrameBuilder {
  return new RowPacker(options);
}

class RowPacker implements FrameBuilder {
  length = 0;
  byteLength = 0;
  readonly #options: FrameBuilderOptions;
  readonly #positions: ReadonlyMap<string, number>;
  readonly #fixedBytes: number;
  /** Set once a row was left out: the limit in words. */
  #leftOutBy: string | undefined;
  #packed: Column[][];
  #waiting: RowCells[];

  constructor(options: FrameBuilderOptions) {
    this.#options = options;
    this.#positions = new Map(options.columns.map(({ name }, index) => [name, index]));
    this.#fixedBytes = options.columns.reduce((sum, { kind }) => sum + (kind === 'bool' ? 1 / 8 : KIND_INFO[kind].cellBytes), 0);
    this.#packed = options.columns.map(() => []);
    this.#waiting = options.columns.map(() => []);
  }

  append(row: BuilderRow): boolean {
    const { columns, maxRows = Number.POSITIVE_INFINITY, maxBytes = Number.POSITIVE_INFINITY } = this.#options;
    const values = this.#inOrder(row);
    let bytes = this.#fixedBytes;
    const cells = columns.map((column, index) => {
      const cell = this.#convert(column, values[index]);
      if (typeof cell === 'string' && (column.kind === 'string' || column.kind === 'json')) bytes += utf8Length(cell);
      return cell;
    });
    const limit = this.length + 1 > maxRows ? `${maxRows} rows` : this.byteLength + bytes > maxBytes ? `${maxBytes} bytes` : undefined;
    this.#leftOutBy ??= limit;
    if (limit !== undefined) return false;
    for (const [index, cell] of cells.entries()) this.#waiting[index].push(cell);
    this.length++;
    this.byteLength += bytes;
    if (this.length % PACK_ROWS === 0) this.#pack();
    return true;
  }

  finish(): Frame {
    this.#pack();
    const { name = '', columns } = this.#options;
    const fields = columns.map((column, index) => field(column.name, { ...column, column: joinColumns(this.#packed[index]) }));
    const frame = new Frame(name, fields, this.#options);
    const leftOutBy = this.#leftOutBy;
    this.#packed = columns.map(() => []);
    this.#leftOutBy = undefined;
    this.length = 0;
    this.byteLength = 0;
    if (leftOutBy === undefined) return frame;
    return frame.withNotice({ severity: 'warning', text: `Results have been limited to ${leftOutBy}` });
  }

  #pack(): void {
    for (const [index, { name, kind, nullable = true }] of this.#options.columns.entries()) {
      // Cells of json columns are text already: their length had to be known.
      const packed = buildRowCells(name, kind === 'json' ? 'string' : kind, this.#waiting[index], { nullable }).column;
      this.#packed[index].push(kind === 'json' ? { ...packed, kind } : packed);
    }
    this.#waiting = this.#options.columns.map(() => []);
  }

  #inOrder(row: BuilderRow): readonly unknown[] {
    const { columns } = this.#options;
    if (Array.isArray(row)) {
      if (row.length === columns.length) return row;
      throw new FrameError('cell_invalid', { reason: `${row.length} values for ${columns.length} columns`, row: this.length });
    }
    if (this.#positions.size < columns.length)
      throw new FrameError('cell_invalid', { reason: 'two columns have one name', row: this.length, hint: 'give rows by position' });
    const values = new Array<unknown>(columns.length).fill(null);
    for (const [name, value] of Object.entries(row)) {
      const position = this.#positions.get(name);
      if (position === undefined)
        throw new FrameError('cell_invalid', {
          reason: 'no column has that name',
          field: name,
          row: this.length,
          hint: 'leave the key out',
        });
      values[position] = value;
    }
    return values;
  }

  /** The converted and checked cell, so that packing later cannot fail. */
  #convert({ name, kind, nullable = true }: BuilderColumn, value: unknown): unknown {
    const cell = convertCell(kind, value);
    if (cell === undefined) throw rowCellError(name, kind, this.length, value);
    if (cell === null && nullable) return null;
    if (kind === 'json' && cell !== null) return jsonText(cell) ?? rejectCell(this.length, { name, kind, value });
    if (fitsSurely(kind, cell)) return cell;
    withFacts({ row: this.length }, () => buildRowCells(name, kind, [cell], { nullable }));
    return cell;
  }
}

function rejectCell(row: number, { name, kind, value }: { name: string; kind: FieldKind; value: unknown }): never {
  throw rowCellError(name, kind, row, value);
}

/** Whether a converted cell fits its kind. False also where it takes a builder to tell. */
function fitsSurely(kind: FieldKind, cell: unknown): boolean {
  switch (kind) {
    case 'float64':
    case 'float32':
    case 'string':
    case 'bool':
      return cell !== null;
    case 'int8':
      return ((cell as number) << 24) >> 24 === cell;
    case 'int16':
      return ((cell as number) << 16) >> 16 === cell;
    case 'int32':
      return ((cell as number) | 0) === cell;
    case 'uint8':
      return ((cell as number) & 255) === cell;
    case 'uint16':
    case 'enum':
      return ((cell as number) & 65535) === cell;
    case 'uint32':
      return (cell as number) >>> 0 === cell;
    case 'int64':
    case 'uint64':
      return typeof cell === 'number' && (cell | 0) === cell && cell >= 0;
    case 'time':
      return typeof cell === 'number' && Math.abs(cell) < 9e12;
    case 'json':
      return false;
    default:
      return kind satisfies never;
  }
}
