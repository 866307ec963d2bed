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

/** Cells of one column that belong to a series; points count from 0. */
abstract class SeriesCells<T> implements Iterable<T> {
  readonly length: number;
  /** The column that the cells lie in; for series of long frames it holds those of other series too. */
  readonly field: Field;
  /** The row of each point, when they are not all rows. */
  protected readonly rows: Int32Array | undefined;
  readonly #read: CellReader;

  constructor(field: Field, rows?: Int32Array) {
    this.field = field;
    this.rows = rows;
    this.#read = createCellReader(field.column);
    this.length = rows?.length ?? field.length;
  }

  /** The cell of one point. @throws RangeError beyond the last one */
  abstract at(point: number): T;

  /** The cell of one point as its column has it: bigint for 64-bit integers and times, boolean for bools. */
  exactAt(point: number): CellValue {
    return this.#read(this.rowAt(point));
  }

  *[Symbol.iterator](): IterableIterator<T> {
    for (let point = 0; point < this.length; point++) yield this.at(point);
  }

  protected rowAt(point: number): number {
    if (!Number.isInteger(point) || point < 0 || point >= this.length)
      throw new RangeError(`point ${point} of a series of ${this.length} points`);
    return this.rows === undefined ? point : this.rows[point];
  }
}

/** The times of a series; never null. */
export class SeriesTimes extends SeriesCells<bigint> {
  /** Nanoseconds since 1970 of one point. */
  override at(point: number): bigint {
    return this.exactAt(point) as bigint;
  }

  /** All times, as nanoseconds since 1970: a view on the column where it is aligned and not shared, otherwise a copy. */
  toNanos(): BigInt64Array {
    const { values } = this.field.column;
    if (this.rows === undefined && values.byteOffset % 8 === 0) return new BigInt64Array(values.buffer, values.byteOffset, this.length);
    const nanos = new BigInt64Array(this.length);
    for (let point = 0; point < nanos.length; point++) nanos[point] = this.at(point);
    return nanos;
  }
}

/** The values of a series as numbers. */
export class SeriesValues extends SeriesCells<number | null> {
  /** One value; 64-bit integers are rounded to the nearest double, true is 1 and false is 0. */
  override at(point: number): number | null {
    return toNumber(this.exactAt(point));
  }

  /** Whether a value is null. */
  isNull(point: number): boolean {
    return isNull(this.field.column, this.rowAt(point));
  }

  /** All values as doubles, null as NaN: a view on a float64 column without nulls where it is aligned, otherwise a copy. */
  toFloat64(): Float64Array {
    const { kind, values, validity } = this.field.column;
    if (kind === 'float64' && validity === undefined && this.rows === undefined && values.byteOffset % 8 === 0)
      return new Float64Array(values.buffer, values.byteOffset, this.length);
    const numbers = new Float64Array(this.length);
    for (let point = 0; point < numbers.length; point++) numbers[point] = this.at(point) ?? Number.NaN;
    return numbers;
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
