import { createCellReader, type Field, type Labels } from '../model/index.ts';

/** Rows told apart by their dimensions. */
export interface RowGroups {
  /** Group of each row, counted in order of first appearance. */
  readonly groupOf: Int32Array;
  /** Labels of each group. */
  readonly labels: readonly Labels[];
}

/**
 * Groups rows that have the same text in every dimension: text or bool fields, each with a name of its own. Null counts
 * as empty text, and as false, as in Go. One pass per dimension; what is kept per row is one integer.
 */
export function groupRows(dimensions: readonly Field[], length: number): RowGroups {
  let groups: Groups = { groupOf: new Int32Array(length), firstRows: length === 0 ? [] : [0] };
  const readers = dimensions.map(createTextReader);
  for (const read of readers) groups = refine(groups, read);
  const { groupOf, firstRows } = groups;
  // Made at the end: labels that grow with every dimension would take the square of their number.
  return { groupOf, labels: firstRows.map((row) => Object.fromEntries(dimensions.map(({ name }, i) => [name, readers[i](row)]))) };
}

/** Groups on their way: the first row stands for each. */
interface Groups {
  readonly groupOf: Int32Array;
  readonly firstRows: readonly number[];
}

type TextReader = (row: number) => string;

function createTextReader({ kind, column }: Field): TextReader {
  const read = createCellReader(column);
  const nothing = kind === 'bool' ? 'false' : '';
  return (row) => String(read(row) ?? nothing);
}

/** Splits groups by one more dimension: a column at a time, so that no keys are put together as text. */
function refine({ groupOf, firstRows }: Groups, read: TextReader): Groups {
  const codes = new Map<string, number>();
  const groups = new Map<number, number>();
  const refined = new Int32Array(groupOf.length);
  const refinedRows: number[] = [];
  for (let row = 0; row < groupOf.length; row++) {
    const text = read(row);
    const code = codes.get(text) ?? codes.size;
    if (code === codes.size) codes.set(text, code);
    const key = code * firstRows.length + groupOf[row];
    const group = groups.get(key) ?? groups.size;
    if (group === groups.size) {
      groups.set(key, group);
      refinedRows.push(row);
    }
    refined[row] = group;
  }
  return { groupOf: refined, firstRows: refinedRows };
}

/** Row numbers of each group, ascending: views on one array. */
export function rowsByGroup({ groupOf, labels }: RowGroups): Int32Array[] {
  const starts = new Int32Array(labels.length + 1);
  for (const group of groupOf) starts[group + 1]++;
  for (let group = 0; group < labels.length; group++) starts[group + 1] += starts[group];
  const next = starts.slice();
  const rows = new Int32Array(groupOf.length);
  for (let row = 0; row < groupOf.length; row++) rows[next[groupOf[row]]++] = row;
  return labels.map((_, group) => rows.subarray(starts[group], starts[group + 1]));
}
