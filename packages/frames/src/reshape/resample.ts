import { float64, time as timeBuilders } from '../build/index.ts';
import { toNumber } from '../dataplane/index.ts';
import { createCellReader, Field, Frame, FrameError, isNumberKind, millisToNanos } from '../model/index.ts';
import { ascendingTimes, requireValues } from './require-series.ts';

const DOWNSAMPLERS = ['mean', 'min', 'max', 'sum', 'last'] as const;
const UPSAMPLERS = ['pad', 'backfilling', 'fillna'] as const;

/** How several points of one interval become one: `last` may be null, the others make NaN of a null or NaN. */
export type Downsampler = (typeof DOWNSAMPLERS)[number];

/** What stands where an interval has no point: the point before, the point after, or null. */
export type Upsampler = (typeof UPSAMPLERS)[number];

/** The range, step and rules of resampling. */
export interface ResampleOptions {
  /** First time of the result, in milliseconds since 1970. */
  readonly fromMs: number;
  /** No time of the result is later. */
  readonly toMs: number;
  readonly intervalMs: number;
  readonly down: Downsampler;
  readonly up: Upsampler;
  /** Cells that the result may have, times included; 20 million by default. */
  readonly maxCells?: number | undefined;
}

const MAX_CELLS = 20_000_000;

/**
 * Gives series a point every `intervalMs`, as Grafana's server side expressions do: the point at t stands for all
 * points after the one before it up to t (the first one for all points up to `fromMs`). A single point is taken as it
 * is, several go through `down`, none is `up`'s matter.
 *
 * Every value field becomes nullable float64; names, labels, config, meta and refId stay. Linear in points and result.
 *
 * @throws FrameError `series_expected` when the frame is not wide or a value is neither number nor bool;
 *   `series_unsorted`, `series_time_null` naming the row; `resample_range` when the range is shorter than the
 *   interval or leaves the years 1678 to 2262; `resample_rule` when `down` or `up` is not known; `frame_too_large` past
 *   `maxCells`
 */
export function resample(frame: Frame, options: ResampleOptions): Frame {
  assertRule('down', options.down, DOWNSAMPLERS);
  assertRule('up', options.up, UPSAMPLERS);
  const { time, values } = requireValues(frame);
  const ticks = createTicks(options, values.length + 1);
  const ends = windowEnds(ascendingTimes(time), ticks);
  const index = new Field(time.name, timeBuilders.fromNanos(ticks).column, time);
  return new Frame(frame.name, [index, ...values.map((value) => resampleField(value, ends, options))], frame);
}

/** Rules come out of queries, which nobody has checked. */
function assertRule(option: string, rule: string, known: readonly string[]): void {
  if (known.includes(rule)) return;
  throw new FrameError('resample_rule', { reason: `${option} is ${JSON.stringify(rule)}`, hint: `give one of ${known.join(', ')}` });
}

/** Milliseconds that nanoseconds of 64 bits can still say. */
const MAX_MILLIS = 9_223_372_036_854;

/** The times of the result in nanoseconds, for so many fields. */
function createTicks({ fromMs, toMs, intervalMs, maxCells = MAX_CELLS }: ResampleOptions, fields: number): BigInt64Array {
  const steps = Math.trunc((toMs - fromMs) / intervalMs);
  if (!(intervalMs >= 1e-6 && steps > 0 && Math.abs(fromMs) <= MAX_MILLIS && Math.abs(toMs) <= MAX_MILLIS))
    throw new FrameError('resample_range', {
      reason: `the range from ${fromMs} to ${toMs} ms does not hold an interval of ${intervalMs} ms`,
      hint: 'make the interval shorter or the range longer, within the years 1678 to 2262',
    });
  if ((steps + 1) * fields > maxCells)
    throw new FrameError('frame_too_large', {
      reason: `${steps + 1} points by ${fields} fields are more than ${maxCells} cells`,
      hint: 'make the interval longer, or raise maxCells',
    });
  const [start, step] = [millisToNanos(fromMs), millisToNanos(intervalMs)];
  return BigInt64Array.from({ length: steps + 1 }, (_, i) => start + BigInt(i) * step);
}

/** For each tick the number of rows up to it. */
function windowEnds(times: BigInt64Array, ticks: BigInt64Array): Int32Array {
  let row = 0;
  return Int32Array.from(ticks, (tick) => {
    while (row < times.length && times[row] <= tick) row++;
    return row;
  });
}

function resampleField(field: Field, ends: Int32Array, { down, up }: ResampleOptions): Field {
  const points = readNumbers(field);
  const cells = new Array<number | null>(ends.length);
  for (let tick = 0, start = 0; tick < ends.length; tick++) {
    const end = ends[tick];
    if (end === start) cells[tick] = fillGap(points, end, up);
    else cells[tick] = end - start === 1 ? points[start] : reduce(points, [start, end], down);
    start = end;
  }
  return new Field(field.name, float64(cells, { nullable: true }).column, field);
}

function readNumbers({ name, kind, column }: Field): readonly (number | null)[] {
  if (!isNumberKind(kind) && kind !== 'bool')
    throw new FrameError('series_expected', { reason: `${kind} cells cannot be resampled`, field: name, hint: 'leave the field out' });
  const read = createCellReader(column);
  return Array.from({ length: column.length }, (_, row) => toNumber(read(row)));
}

function fillGap(points: readonly (number | null)[], next: number, up: Upsampler): number | null {
  switch (up) {
    case 'pad':
      return next === 0 ? null : points[next - 1];
    case 'backfilling':
      return next === points.length ? null : points[next];
    case 'fillna':
      return null;
    default:
      return up satisfies never;
  }
}

/** Two or more points as one. */
function reduce(points: readonly (number | null)[], [start, end]: readonly [number, number], down: Downsampler): number | null {
  switch (down) {
    case 'last':
      return points[end - 1];
    case 'sum':
      return fold(points, [start, end], (a, b) => a + b);
    case 'mean':
      return fold(points, [start, end], (a, b) => a + b) / (end - start);
    case 'min':
      return fold(points, [start, end], Math.min);
    case 'max':
      return fold(points, [start, end], Math.max);
    default:
      return down satisfies never;
  }
}

/** One number of many; NaN when one of them is null or NaN, as sums, Math.min and Math.max pass NaN on. */
function fold(points: readonly (number | null)[], [start, end]: readonly [number, number], join: (a: number, b: number) => number): number {
  let result = points[start] ?? Number.NaN;
  for (let row = start + 1; row < end; row++) result = join(result, points[row] ?? Number.NaN);
  return result;
}
