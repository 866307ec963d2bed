import { type Cells, pickRows } from '../cells/index.ts';
import { SqliteError } from '../errors.ts';
import type { Fill, FillMode } from '../macros/index.ts';
import type { WideSeries } from './pivot.ts';

const MAX_POINTS = 1_000_000;

/**
 * Puts series on the full grid of a time group, from the interval that holds `fromMs` to `toMs`.
 *
 * @throws SqliteError `query_invalid` when the grid has more than a million points
 */
export function fillGaps(wide: WideSeries, { intervalMs, mode }: Fill, range: { fromMs: number; toMs: number }): WideSeries {
  const axis = gridAxis(wide.time.values, intervalMs, range);
  // Both axes ascend, so one walk finds every old row; 0 stands for none.
  const rows = new Uint32Array(axis.length);
  for (let at = 0, old = 0; at < axis.length && old < wide.time.length; at++) if (axis[at] === wide.time.values[old]) rows[at] = ++old;
  return {
    ...wide,
    time: { kind: 'time', name: wide.time.name, length: axis.length, nulls: undefined, values: axis },
    series: wide.series.map(({ labels, cells }) => ({ labels, cells: fillCells(cells, rows, mode) })),
  };
}

function gridAxis(times: BigInt64Array, intervalMs: number, { fromMs, toMs }: { fromMs: number; toMs: number }): BigInt64Array {
  const first = Math.floor(fromMs / intervalMs) * intervalMs;
  const count = Math.max(0, Math.floor((toMs - first) / intervalMs) + 1);
  if (count > MAX_POINTS)
    throw new SqliteError(
      'query_invalid',
      `filling ${intervalMs} ms steps over this time range makes ${count} points, more than ${MAX_POINTS}; use a longer interval`,
    );
  const grid = new Set<bigint>(times);
  for (let step = 0; step < count; step++) grid.add(BigInt(first + step * intervalMs) * 1_000_000n);
  return BigInt64Array.from(grid).sort();
}

/** A null counts as a gap. */
function fillCells(cells: Cells, rows: Uint32Array, mode: FillMode): Cells {
  switch (mode.kind) {
    case 'null':
      return pickRows(cells, rows);
    case 'previous':
      return pickRows(cells, carryForward(cells, rows));
    case 'value':
      return replaceNulls(pickRows(cells, rows), mode.value);
    default:
      return mode satisfies never;
  }
}

/** Rows of the latest value at or before each point. */
function carryForward(cells: Cells, rows: Uint32Array): Uint32Array {
  let latest = 0;
  return rows.map((row) => {
    if (row !== 0 && cells.nulls?.[row - 1] !== 1) latest = row;
    return latest;
  });
}

function replaceNulls(cells: Cells, value: number): Cells {
  const { name, length, nulls } = cells;
  if (nulls === undefined) return cells;
  const common = { name, length, nulls: undefined };
  if (cells.kind === 'bool')
    return { ...common, kind: 'bool', values: cells.values.map((cell, row) => (nulls[row] === 1 ? Number(value !== 0) : cell)) };
  if (cells.kind === 'int64' && Number.isInteger(value))
    return { ...common, kind: 'int64', values: cells.values.map((cell, row) => (nulls[row] === 1 ? BigInt(value) : cell)) };
  // A fraction does not fit integers: the column becomes real.
  const reals = Float64Array.from(cells.values as ArrayLike<bigint | number>, Number);
  return { ...common, kind: 'float64', values: reals.map((cell, row) => (nulls[row] === 1 ? value : cell)) };
}
