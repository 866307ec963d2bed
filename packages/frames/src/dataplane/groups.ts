import { createCellReader, type Field, type Labels } from '../model/index.ts';

/** The rows of a long frame that share their dimensions. */
export interface RowGroup {
  readonly labels: Labels;
  /** Row numbers, ascending. */
  readonly rows: Int32Array;
}

/** One more than the most different texts that a dimension can have: keys below stay exact doubles. */
const CODES = 0x4000000;

/**
 * Groups rows by the cells of their dimensions, in the order in which groups first appear.
 *
 * Null counts as the empty text, and of two dimensions with one name the last counts: both as in Grafana. One pass
 * per dimension; what is kept per row is one integer per column and one in its group.
 */
export function groupRows(dimensions: readonly Field[], length: number): RowGroup[] {
  const distinct = [...new Map(dimensions.map((field) => [field.name, field])).values()];
  let groupOfRow = new Int32Array(length);
  let groups: Labels[] = length === 0 ? [] : [{}];
  for (const dimension of distinct) [groupOfRow, groups] = splitGroups(dimension, groupOfRow, groups);
  const counts = new Int32Array(groups.length);
  for (const group of groupOfRow) counts[group]++;
  const result = groups.map((labels, group) => ({ labels, rows: new Int32Array(counts[group]) }));
  const next = new Int32Array(groups.length);
  for (let row = 0; row < length; row++) {
    const group = groupOfRow[row];
    result[group].rows[next[group]++] = row;
  }
  return result;
}

function splitGroups(dimension: Field, before: Int32Array, groups: readonly Labels[]): [Int32Array<ArrayBuffer>, Labels[]] {
  const read = createCellReader(dimension.column);
  const codes = new Map<string, number>();
  const split = new Map<number, number>();
  const labels: Labels[] = [];
  const after = new Int32Array(before.length);
  for (let row = 0; row < before.length; row++) {
    const text = (read(row) as string | null) ?? '';
    const code = codes.get(text) ?? codes.size;
    if (code === codes.size) codes.set(text, code);
    const key = before[row] * CODES + code;
    const group = split.get(key) ?? labels.length;
    if (group === labels.length) {
      split.set(key, group);
      labels.push({ ...groups[before[row]], [dimension.name]: text });
    }
    after[row] = group;
  }
  return [after, labels];
}
