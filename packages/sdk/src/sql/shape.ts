import {
  createCellReader,
  Field,
  type FillMode,
  Frame,
  FrameError,
  field,
  float64,
  longToMulti,
  longToWide,
  multiToWide,
  sortFrame,
  time,
  timeSeriesSchema,
  wideToMulti,
} from '@backplane/frames';
import { SdkError } from '../errors.ts';
import type { SqlFormat } from './query-model.ts';

/** A regular grid that series are put on. */
export interface SqlGrid {
  readonly intervalMs: number;
  readonly fromMs: number;
  readonly toMs: number;
}

/** The shape that rows are to have. */
export interface ShapeOptions {
  readonly format: SqlFormat;
  /** What stands where a series has no row; null unless given. */
  readonly fill?: FillMode | undefined;
  /** With a grid, `time_series` has a row for each of its steps too, from the one that holds `fromMs` to `toMs`. */
  readonly grid?: SqlGrid | undefined;
}

const maxGridPoints = 1_000_000;

/**
 * Gives the rows of a query the shape that it asks for.
 *
 * `time_series` and `multi` sort rows by time, and read text and bool columns as labels, all others as values, as
 * Grafana's SDK does; of rows with equal time and labels the last one counts. `logs` and `traces` say so in the meta.
 *
 * @throws SdkError `sql_rows_unfit` when rows are no series, or would make a table that is too large
 */
export function shapeRows(frame: Frame, { format, fill = 'null', grid }: ShapeOptions): Frame[] {
  switch (format) {
    case 'table':
      return [frame];
    case 'logs':
    case 'traces':
      return [frame.with({ meta: { ...frame.meta, preferredVisualisationType: format === 'logs' ? 'logs' : 'trace' } })];
    case 'time_series':
      return unlessUnfit(() => [toWide(frame, fill, grid)]);
    case 'multi':
      return unlessUnfit(() => toMulti(frame));
    default:
      return format satisfies never;
  }
}

function toWide(frame: Frame, fill: FillMode, grid: SqlGrid | undefined): Frame {
  // No rows: the data plane contract wants the type and no fields.
  if (frame.length === 0) return new Frame(frame.name, [], frame).as('timeseries-wide');
  const { sorted, type } = readSeries(frame);
  const wide = type === 'long' ? longToWide(sorted, { fill }) : multiToWide([sorted], { fill });
  return grid === undefined ? wide : fillGrid(wide, fill, grid);
}

function toMulti(frame: Frame): Frame[] {
  if (frame.length === 0) return [new Frame(frame.name, [], frame).as('timeseries-multi')];
  const { sorted, type } = readSeries(frame);
  return type === 'long' ? longToMulti(sorted) : wideToMulti(multiToWide([sorted]));
}

function readSeries(frame: Frame): { readonly sorted: Frame; readonly type: 'long' | 'wide' } {
  const schema = timeSeriesSchema(frame);
  if (schema.type !== 'not') return { sorted: sortFrame(frame, schema.timeIndex), type: schema.type };
  const names = frame.fields.map(({ name, kind }) => `${name} (${kind})`).join(', ') || 'no columns';
  const hasTime = frame.fields.some(({ kind }) => kind === 'time');
  const missing = hasTime ? 'a column of values beside the time, text and booleans being labels' : 'a column of times';
  throw new SdkError('sql_rows_unfit', `a time series needs ${missing}, and there are ${names}; or use the format table`);
}

/** Puts series on the grid; a null counts as a gap. Rows that lie between its steps stay. */
function fillGrid(wide: Frame, fill: FillMode, { intervalMs, fromMs, toMs }: SqlGrid): Frame {
  const first = Math.floor(fromMs / intervalMs) * intervalMs;
  const count = Math.max(0, Math.floor((toMs - first) / intervalMs) + 1);
  if (!(count <= maxGridPoints))
    throw new SdkError(
      'sql_rows_unfit',
      `filling ${intervalMs} ms steps over this time range makes ${count} points, more than ${maxGridPoints}; use a longer interval`,
    );
  const [axis, ...values] = wide.fields as [Field, ...Field[]];
  const series = values.flatMap((value) => wideToMulti(new Frame('', [axis, fitFill(value, fill)]), { dropNulls: true }));
  const steps = new BigInt64Array(count);
  for (let step = 0; step < count; step++) steps[step] = BigInt(first + step * intervalMs) * 1_000_000n;
  const grid = new Frame('', [field(axis.name, time.fromNanos(steps)), field('', float64(new Float64Array(count)))]);
  // The old times too, of rows whose values are all null.
  const old = new Frame('', [axis, field('', float64(new Float64Array(wide.length)))]);
  const filled = multiToWide([...series, old, grid], { fill });
  return new Frame(wide.name, filled.fields.slice(0, -2), wide);
}

/** A fraction does not fit integers: they become real. */
function fitFill(value: Field, fill: FillMode): Field {
  if (typeof fill !== 'number' || Number.isInteger(fill) || !/^u?int/.test(value.kind)) return value;
  const read = createCellReader(value.column);
  const reals = Array.from({ length: value.column.length }, (_, row) => (read(row) === null ? null : Number(read(row))));
  return new Field(value.name, float64(reals, { nullable: true }).column, value);
}

function unlessUnfit(shape: () => Frame[]): Frame[] {
  try {
    return shape();
  } catch (error) {
    if (!(error instanceof FrameError)) throw error;
    throw new SdkError('sql_rows_unfit', `the rows are no time series: ${error.message}`, { cause: error });
  }
}
