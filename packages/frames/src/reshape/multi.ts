import { groupRows, rowsByGroup } from '../dataplane/index.ts';
import { Field, Frame, type FrameMeta, isNull } from '../model/index.ts';
import { assertCells, fillColumn, type WideOptions } from './fill.ts';
import { joinNotices } from './join-notices.ts';
import { pickCells } from './pick-cells.ts';
import { ascendingTimes, requireFactors, requireSeries, requireValues } from './require-series.ts';
import { compareSeries } from './series-order.ts';

/**
 * Turns a long time series into one frame per series, each with the times it has: nothing is filled in. Of rows with
 * equal time and factors the last one counts. Order and labels are those of `longToWide`.
 *
 * Name, refId, config and meta stay, notices and stats on the first frame only; the type becomes `timeseries-multi`.
 *
 * @throws FrameError as `longToWide`
 */
export function longToMulti(frame: Frame): Frame[] {
  const schema = requireSeries(frame, 'long');
  const time = frame.fields[schema.timeIndex];
  const times = ascendingTimes(time);
  const factors = requireFactors(frame, schema);
  const groups = groupRows(factors, frame.length);
  const rows = rowsByGroup(groups);
  const series = groups.labels.flatMap((labels, group) => {
    const picks = { rows: dropRepeated(rows[group], times) };
    const index = new Field(time.name, pickCells([time.column], picks, false), time);
    return schema.valueIndices.map((value): Series => {
      const { name, column, config } = frame.fields[value];
      return [index, new Field(name, pickCells([column], picks, column.nullable), { labels, config })];
    });
  });
  const keys = factors.map(({ name }) => name);
  return toFrames(
    frame,
    series.sort(([, a], [, b]) => compareSeries(a, b, keys)),
  );
}

/** How a wide frame is taken apart. */
export interface MultiOptions {
  /** Leaves out rows whose value is null, as filling made them. False by default: no value is dropped. */
  readonly dropNulls?: boolean | undefined;
}

/**
 * Turns a wide time series into one frame per value field, over the same bytes unless nulls are dropped.
 *
 * Name, refId, config, labels and meta stay, notices and stats on the first frame only.
 *
 * @throws FrameError `series_expected` when the frame is not wide; `series_unsorted`, `series_time_null` naming the row
 */
export function wideToMulti(frame: Frame, { dropNulls = false }: MultiOptions = {}): Frame[] {
  const { time, values } = requireValues(frame);
  ascendingTimes(time);
  const series = values.map((value): Series => {
    if (!dropNulls || value.column.validity === undefined) return [time, value];
    const picks = { rows: presentRows(value) };
    return [
      new Field(time.name, pickCells([time.column], picks, false), time),
      new Field(value.name, pickCells([value.column], picks, value.nullable), value),
    ];
  });
  return toFrames(frame, series);
}

/**
 * Puts series side by side over all their times. Each frame has a time field and value fields, and may have its own
 * times. Fields keep their order, names, labels and config; name, refId and time field are those of the first frame,
 * and so is meta, with the notices of all. No frames make a frame without fields.
 *
 * Frames with equal times, the usual case, are joined without copying.
 *
 * @throws FrameError `series_expected` when a frame is not a time and values; `series_unsorted`, `series_time_null`
 *   naming the row; `frame_too_large` past `maxCells`
 */
export function multiToWide(frames: readonly Frame[], { fill = 'null', maxCells }: WideOptions = {}): Frame {
  const parts = frames
    .filter(({ fields }) => fields.length > 0)
    .map((frame) => {
      const { time, values } = requireValues(frame);
      return { time, times: ascendingTimes(time), values };
    });
  const base = frames.length === 0 ? new Frame('', []) : frames[0].with({ meta: joinNotices(frames[0].meta, frames) });
  if (parts.length === 0) return new Frame(base.name, [], base).as('timeseries-wide');
  const { time } = parts[0];
  const width = parts.reduce((sum, { values }) => sum + values.length, 1);
  if (parts.every(({ times }) => sameTimes(times, parts[0].times)) && isDistinct(parts[0].times))
    return new Frame(base.name, [withoutNulls(time), ...parts.flatMap(({ values }) => values)], base).as('timeseries-wide');
  const union = distinctTimes(parts.map(({ times }) => times));
  assertCells(union.length, width, maxCells);
  const values = parts.flatMap(({ times, values }) => {
    const rows = rowsAt(union, times);
    return values.map((value) => new Field(value.name, fillColumn(value, rows, fill), value));
  });
  const bytes = new Uint8Array(union.buffer, 0, union.byteLength);
  const column = { ...time.column, nullable: false, length: union.length, values: bytes, validity: undefined, bitOffset: 0 };
  return new Frame(base.name, [new Field(time.name, column, time), ...values], base).as('timeseries-wide');
}

type Series = readonly [time: Field, value: Field];

function toFrames({ name, refId, meta }: Frame, series: readonly Series[]): Frame[] {
  const { notices: _notices, stats: _stats, ...repeated }: Partial<FrameMeta> = meta ?? {};
  return series.map((fields, index) => new Frame(name, fields, { refId, meta: index === 0 ? meta : repeated }).as('timeseries-multi'));
}

/** Of neighbouring rows with equal time the last. */
function dropRepeated(rows: Int32Array, times: BigInt64Array): Int32Array {
  return rows.filter((row, i) => i + 1 === rows.length || times[rows[i + 1]] !== times[row]);
}

function presentRows({ column }: Field): Int32Array {
  const rows = new Int32Array(column.length);
  let count = 0;
  for (let row = 0; row < column.length; row++) if (!isNull(column, row)) rows[count++] = row;
  return rows.subarray(0, count);
}

function sameTimes(a: BigInt64Array, b: BigInt64Array): boolean {
  return a.length === b.length && a.every((time, row) => time === b[row]);
}

function isDistinct(times: BigInt64Array): boolean {
  return times.every((time, row) => row === 0 || time !== times[row - 1]);
}

function withoutNulls(time: Field): Field {
  return time.nullable ? new Field(time.name, { ...time.column, nullable: false, validity: undefined }, time) : time;
}

function distinctTimes(lists: readonly BigInt64Array[]): BigInt64Array {
  const all = new BigInt64Array(lists.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const times of lists) {
    all.set(times, at);
    at += times.length;
  }
  all.sort();
  let count = 0;
  for (let i = 0; i < all.length; i++) if (i === 0 || all[i] !== all[i - 1]) all[count++] = all[i];
  return all.subarray(0, count);
}

/** The row that a series has at each time, the last of several, or -1. */
function rowsAt(union: BigInt64Array, times: BigInt64Array): Int32Array {
  const rows = new Int32Array(union.length).fill(-1);
  let row = 0;
  for (let i = 0; i < union.length; i++) for (; row < times.length && times[row] === union[i]; row++) rows[i] = row;
  return rows;
}
