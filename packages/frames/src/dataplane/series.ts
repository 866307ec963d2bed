import { type CellReader, type CellValue, createCellReader, type Field, type FieldConfig, isNull, type Labels } from '../model/index.ts';

/** One time series: views on the columns of the frame that it came from, which must stay unchanged. */
export interface Series {
  /** Name of the value field. */
  readonly name: string;
  readonly labels: Labels;
  /** Display hints of the value field. */
  readonly config: FieldConfig | undefined;
  /** Number of points. */
  readonly length: number;
  readonly times: SeriesTimes;
  readonly values: SeriesValues;
}

/** The times of a series; never null. */
export class SeriesTimes implements Iterable<bigint> {
  readonly length: number;
  /** The column that the times lie in; for series of long frames it holds the times of other series too. */
  readonly field: Field;
  readonly #rows: Int32Array | undefined;
  readonly #read: CellReader;

  constructor(field: Field, rows?: Int32Array) {
    this.field = field;
    this.#rows = rows;
    this.#read = createCellReader(field.column);
    this.length = rows?.length ?? field.length;
  }

  /** Nanoseconds since 1970 of one point; points count from 0. */
  at(point: number): bigint {
    return this.#read(rowOf(point, this.length, this.#rows)) as bigint;
  }

  /** All times, as nanoseconds since 1970: a view on the column where it is aligned and not shared, otherwise a copy. */
  toNanos(): BigInt64Array {
    const { values } = this.field.column;
    if (this.#rows === undefined && values.byteOffset % 8 === 0) return new BigInt64Array(values.buffer, values.byteOffset, this.length);
    const nanos = new BigInt64Array(this.length);
    for (let point = 0; point < nanos.length; point++) nanos[point] = this.at(point);
    return nanos;
  }

  *[Symbol.iterator](): IterableIterator<bigint> {
    for (let point = 0; point < this.length; point++) yield this.at(point);
  }
}

/** The values of a series as numbers. */
export class SeriesValues implements Iterable<number | null> {
  readonly length: number;
  /** The column that the values lie in; for series of long frames it holds the values of other series too. */
  readonly field: Field;
  readonly #rows: Int32Array | undefined;
  readonly #read: CellReader;

  constructor(field: Field, rows?: Int32Array) {
    this.field = field;
    this.#rows = rows;
    this.#read = createCellReader(field.column);
    this.length = rows?.length ?? field.length;
  }

  /** One value; 64-bit integers are rounded to the nearest double, true is 1 and false is 0. */
  at(point: number): number | null {
    return toNumber(this.exactAt(point));
  }

  /** One value as its column has it: bigint for 64-bit integers, boolean for bools. */
  exactAt(point: number): CellValue {
    return this.#read(rowOf(point, this.length, this.#rows));
  }

  /** Whether a value is null. */
  isNull(point: number): boolean {
    return isNull(this.field.column, rowOf(point, this.length, this.#rows));
  }

  /** All values as doubles, null as NaN: a view on a float64 column without nulls where it is aligned, otherwise a copy. */
  toFloat64(): Float64Array {
    const { kind, values, validity } = this.field.column;
    if (kind === 'float64' && validity === undefined && this.#rows === undefined && values.byteOffset % 8 === 0)
      return new Float64Array(values.buffer, values.byteOffset, this.length);
    const numbers = new Float64Array(this.length);
    for (let point = 0; point < numbers.length; point++) numbers[point] = this.at(point) ?? Number.NaN;
    return numbers;
  }

  *[Symbol.iterator](): IterableIterator<number | null> {
    for (let point = 0; point < this.length; point++) yield this.at(point);
  }
}

/** A cell of a number or bool column as a number. */
export function toNumber(cell: CellValue): number | null {
  return cell === null ? null : Number(cell);
}

/** A series of two fields of one frame. */
export function seriesOf(
  time: Field,
  value: Field,
  { labels = value.labels ?? {}, rows }: { labels?: Labels; rows?: Int32Array } = {},
): Series {
  const times = new SeriesTimes(time, rows);
  return { name: value.name, labels, config: value.config, length: times.length, times, values: new SeriesValues(value, rows) };
}

function rowOf(point: number, length: number, rows: Int32Array | undefined): number {
  if (!Number.isInteger(point) || point < 0 || point >= length) throw new RangeError(`point ${point} of a series of ${length} points`);
  return rows === undefined ? point : rows[point];
}
