import type { Labels } from '@backplane/sdk/frames';
import type { Cells } from '../cells/index.ts';
import { SqliteError } from '../errors.ts';

/** Columns that can be a time axis. */
export type TimeCells = Extract<Cells, { kind: 'time' | 'int64' }>;

/** The rows of one combination of labels. */
export interface RowGroup {
  readonly labels: Labels;
  /** Row numbers by ascending time; rows of the same time keep their order. */
  readonly rows: readonly number[];
}

/** The parts that a result plays in a time series. */
export interface RowGroups {
  readonly time: TimeCells;
  readonly values: readonly Cells[];
  /** By label text. */
  readonly groups: readonly RowGroup[];
}

/**
 * Reads rows as series: string columns are labels, numbers and booleans are values, other columns are left out.
 *
 * @throws SqliteError `query_invalid` without a time column or a value column, or with a null time
 */
export function groupRows(columns: readonly Cells[]): RowGroups {
  const time = findTime(columns);
  const values = columns.filter(({ kind }) => kind === 'int64' || kind === 'float64' || kind === 'bool');
  if (values.length === 0)
    throw new SqliteError('query_invalid', 'format time_series needs at least one column of numbers or booleans beside the time');
  const groups = groupByLabels(
    columns.filter((cells) => cells.kind === 'string'),
    sortByTime(time),
  );
  return { time, values, groups };
}

function findTime(columns: readonly Cells[]): TimeCells {
  const time = columns.find((cells): cells is TimeCells => cells.kind === 'time');
  if (time === undefined)
    throw new SqliteError(
      'query_invalid',
      `format time_series needs a time column, and there is none among ${columns.map(({ name }) => name).join(', ') || 'no columns'}; ` +
        'name one time (epoch seconds, milliseconds or ISO text), or use format table',
    );
  const row = time.nulls?.indexOf(1) ?? -1;
  if (row >= 0)
    throw new SqliteError('query_invalid', `time column ${time.name} is NULL in row ${row + 1}; add WHERE ${time.name} IS NOT NULL`);
  return time;
}

function sortByTime({ values, length }: TimeCells): Uint32Array {
  const order = Uint32Array.from({ length }, (_, row) => row);
  let sorted = true;
  for (let row = 1; row < length && sorted; row++) sorted = values[row - 1]! <= values[row]!;
  return sorted ? order : order.sort((a, b) => (values[a]! < values[b]! ? -1 : values[a]! > values[b]! ? 1 : a - b));
}

function groupByLabels(columns: readonly Cells[], order: Uint32Array): RowGroup[] {
  const groups = new Map<string, { labels: Labels; rows: number[] }>();
  for (const row of order) {
    const texts = columns.map((cells) => (cells.values[row] as string | null) ?? '');
    const key = texts.length === 1 ? texts[0]! : JSON.stringify(texts);
    let group = groups.get(key);
    if (group === undefined) {
      group = { labels: Object.fromEntries(columns.map(({ name }, index) => [name, texts[index]!])), rows: [] };
      groups.set(key, group);
    }
    group.rows.push(row);
  }
  return [...groups.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group);
}
