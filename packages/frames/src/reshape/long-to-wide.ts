import { groupRows, rowsByGroup } from '../dataplane/index.ts';
import { Field, Frame } from '../model/index.ts';
import { assertCells, fillColumn, type WideOptions } from './fill.ts';
import { pickCells } from './pick-cells.ts';
import { ascendingTimes, requireFactors, requireSeries } from './require-series.ts';
import { compareSeries } from './series-order.ts';

/**
 * Turns a long time series into a wide one: a row per time, and a field per value field and combination of factors
 * (text and bool fields), which become its labels. Of rows with equal time and factors the last one counts.
 *
 * Names, config, meta and refId stay; the type becomes `timeseries-wide`. Fields are ordered as Go orders them: by
 * name, then by labels. Linear in the rows given plus the cells made. No rows make fields without rows and labels.
 *
 * @throws FrameError `series_expected` when the frame is not long; `series_unsorted`, `series_time_null` naming the
 *   row; `fields_mismatch` when factors share a name; `frame_too_large` past `maxCells`
 */
export function longToWide(frame: Frame, { fill = 'null', maxCells }: WideOptions = {}): Frame {
  const schema = requireSeries(frame, 'long');
  const time = frame.fields[schema.timeIndex];
  const factors = requireFactors(frame, schema);
  const values = schema.valueIndices.map((index) => frame.fields[index]);
  const { instantOf, firstRows } = findInstants(ascendingTimes(time));
  const groups = groupRows(factors, frame.length);
  assertCells(firstRows.length, Math.max(groups.labels.length, 1) * values.length + 1, maxCells);
  const rows = rowsByGroup(groups);
  const picks = new Int32Array(firstRows.length);
  const series = groups.labels.flatMap((labels, group) => {
    picks.fill(-1);
    for (const row of rows[group]) picks[instantOf[row]] = row;
    return values.map((value) => new Field(value.name, fillColumn(value, picks, fill), { labels, config: value.config }));
  });
  const empty = frame.length === 0 ? values.map(({ name, column, config }) => new Field(name, column, { config })) : [];
  const keys = factors.map(({ name }) => name);
  const fields = [...series, ...empty].sort((a, b) => compareSeries(a, b, keys));
  const index = new Field(time.name, pickCells([time.column], { rows: firstRows }, false), time);
  return new Frame(frame.name, [index, ...fields], frame).as('timeseries-wide');
}

/** The distinct times: which one each row has, and the first row of each. */
function findInstants(times: BigInt64Array): { instantOf: Int32Array; firstRows: Int32Array } {
  const instantOf = new Int32Array(times.length);
  const firstRows = new Int32Array(times.length);
  let count = 0;
  for (let row = 0; row < times.length; row++) {
    if (row === 0 || times[row] !== times[row - 1]) firstRows[count++] = row;
    instantOf[row] = count - 1;
  }
  return { instantOf, firstRows: firstRows.subarray(0, count) };
}
