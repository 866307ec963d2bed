import { type CellReader, type CellValue, createCellReader, readCells } from './cell.ts';
import { type Column, emptyColumn, isNull, sliceColumn } from './column.ts';
import type { FieldConfig } from './field-config.ts';
import { keepShape } from './keep-shape.ts';
import type { FieldKind } from './kind.ts';

/** Dimensions of a series, such as `{ host: 'a' }`. */
export type Labels = Readonly<Record<string, string>>;

/** What a field may carry besides its cells. */
export interface FieldOptions {
  readonly labels?: Labels | undefined;
  readonly config?: FieldConfig | undefined;
}

/** A named column with labels and display hints. Iterating it gives its cells. */
export class Field {
  readonly name: string;
  readonly labels: Labels | undefined;
  readonly config: FieldConfig | undefined;
  readonly column: Column;
  #reader: CellReader | undefined;

  constructor(name: string, column: Column, { labels, config }: FieldOptions = {}) {
    this.name = name;
    this.column = column;
    this.labels = labels;
    this.config = config;
  }

  /** What the cells are. */
  get kind(): FieldKind {
    return this.column.kind;
  }

  /** Whether the type admits null. */
  get nullable(): boolean {
    return this.column.nullable;
  }

  /** Number of cells. */
  get length(): number {
    return this.column.length;
  }

  /**
   * One cell; undefined beyond the last row.
   *
   * @throws FrameError `arrow_invalid` when the column was decoded from a file with damaged text offsets
   */
  get(row: number): CellValue | undefined {
    if (!Number.isInteger(row) || row < 0 || row >= this.column.length) return undefined;
    this.#reader ??= createCellReader(this.column);
    return this.#reader(row);
  }

  /** Whether a cell is null. */
  isNull(row: number): boolean {
    return isNull(this.column, row);
  }

  *[Symbol.iterator](): IterableIterator<CellValue> {
    const read = createCellReader(this.column);
    for (let row = 0; row < this.length; row++) yield read(row);
  }

  /** All cells. */
  toArray(): CellValue[] {
    return readCells(this.column);
  }

  /** The cells of a time field as milliseconds since 1970, rounded down. */
  toMillis(): (number | null)[] {
    if (this.kind !== 'time') throw new TypeError(`field ${JSON.stringify(this.name)} holds ${this.kind} cells, not times`);
    return this.toArray().map((cell) => (cell === null ? null : floorToMillis(cell as bigint)));
  }

  /** The rows from `start` up to, not including, `end`, as views on the same bytes. Rows beyond the column are none. */
  slice(start: number, end: number = this.length): Field {
    return new Field(this.name, sliceColumn(this.column, start, end), this);
  }

  /** The same cells with another name, labels or config; what is given as undefined is taken away. */
  with(changes: FieldOptions & { readonly name?: string }): Field {
    return new Field(changes.name ?? this.name, this.column, { labels: this.labels, config: this.config, ...changes });
  }
}

/** Milliseconds since 1970, with fractions, as whole nanoseconds. @throws RangeError for what is no finite number */
export function millisToNanos(millis: number): bigint {
  const whole = Math.floor(millis);
  return BigInt(whole) * 1_000_000n + BigInt(Math.round((millis - whole) * 1_000_000));
}

keepShape(new Field('', emptyColumn('float64', false)));

/** Nanoseconds since 1970 as whole milliseconds, rounded down. */
export function floorToMillis(nanos: bigint): number {
  const millis = nanos / 1_000_000n;
  return Number(millis * 1_000_000n > nanos ? millis - 1n : millis);
}
