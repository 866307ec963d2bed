import type { Labels } from '@backplane/sdk/frames';
import { type Cells, pickRows } from '../cells/index.ts';
import { SqliteError } from '../errors.ts';
import { groupRows, type RowGroups } from './group-rows.ts';

/** One value column of one combination of labels. */
export interface Series {
  readonly labels: Labels;
  readonly cells: Cells;
}

/** Series over one shared time axis. */
export interface WideSeries {
  /** Ascending, without duplicates, without nulls. */
  readonly time: Cells & { readonly kind: 'time' };
  readonly series: readonly Series[];
  /** Rows that another row of the same time and labels replaced. */
  readonly replacedRows: number;
}

/** Bounds the table that few rows with very many label combinations would blow up to. */
const MAX_WIDE_CELLS = 50_000_000;

/**
 * Turns rows into series: string columns become labels, numbers and booleans become values, other columns are dropped.
 * Linear in rows and cells; rows need not be sorted.
 *
 * @throws SqliteError `query_invalid` without a time column or a value column, with a null time, or when too wide
 */
export function pivotToWide(columns: readonly Cells[]): WideSeries {
  const grouped = groupRows(columns);
  const { time, values, groups } = grouped;
  const { axis, rowTimes } = distinctTimes(grouped);
  if (groups.length * values.length * axis.length > MAX_WIDE_CELLS) throw tooWide(groups.length * values.length, axis.length);
  const grid = new Grid(grouped, rowTimes, axis.length);
  const series = groups.flatMap(({ labels }, group) => values.map((cells) => ({ labels, cells: grid.spread(cells, group) })));
  return {
    time: { kind: 'time', name: time.name, length: axis.length, nulls: undefined, values: axis },
    series,
    replacedRows: grid.replacedRows,
  };
}

/** The time axis, and for every row its place on it. */
function distinctTimes({ time: { values } }: RowGroups): { axis: BigInt64Array; rowTimes: Uint32Array } {
  const axis = BigInt64Array.from(new Set(values)).sort();
  const places = new Map<bigint, number>();
  for (const [place, at] of axis.entries()) places.set(at, place);
  return { axis, rowTimes: Uint32Array.from(values, (at) => places.get(at)!) };
}

/** Where each row goes: the same for every value column, so worked out once. */
class Grid {
  /** By group, then time: row number + 1, 0 where there is no row. */
  readonly #rows: readonly Uint32Array[];
  replacedRows = 0;

  constructor({ groups }: RowGroups, rowTimes: Uint32Array, times: number) {
    this.#rows = groups.map(({ rows }) => {
      const places = new Uint32Array(times);
      for (const row of rows) {
        if (places[rowTimes[row]!] !== 0) this.replacedRows++;
        places[rowTimes[row]!] = row + 1;
      }
      return places;
    });
  }

  spread(cells: Cells, group: number): Cells {
    return pickRows(cells, this.#rows[group]!);
  }
}

function tooWide(series: number, times: number): SqliteError {
  return new SqliteError(
    'query_invalid',
    `${series} series × ${times} times are too many for one frame; use format multi (one frame per series), ` +
      'group by time, or select fewer text columns',
  );
}
