import { createCellReader, type Field, FrameError, type Labels } from '../model/index.ts';

/** Rows told apart by their factors. */
export interface RowGroups {
  /** Group of each row, counted in order of first appearance. */
  readonly groupOf: Int32Array;
  /** Labels of each group. */
  readonly labels: readonly Labels[];
}

/**
 * Groups rows that have the same text in every factor. Null counts as empty text, and as false.
 *
 * @throws FrameError `fields_mismatch` when two factors have one name, as their labels could not be told apart
 */
export function groupRows(factors: readonly Field[], length: number): RowGroups {
  let groupOf = new Int32Array(length);
  let labels: Labels[] = length === 0 ? [] : [{}];
  for (const [index, factor] of factors.entries()) {
    if (factors.findIndex(({ name }) => name === factor.name) !== index)
      throw new FrameError('fields_mismatch', { reason: 'two text or bool fields have one name', field: factor.name, hint: 'rename one' });
    ({ groupOf, labels } = refine({ groupOf, labels }, factor));
  }
  return { groupOf, labels };
}

/** Splits groups by one more factor: a column at a time, so that no keys are put together as text. */
function refine({ groupOf, labels }: RowGroups, factor: Field): { groupOf: Int32Array<ArrayBuffer>; labels: Labels[] } {
  const read = createCellReader(factor.column);
  const codes = new Map<string, number>();
  const groups = new Map<number, number>();
  const refined = new Int32Array(groupOf.length);
  const refinedLabels: Labels[] = [];
  for (let row = 0; row < groupOf.length; row++) {
    const text = String(read(row) ?? (factor.kind === 'bool' ? false : ''));
    const code = codes.get(text) ?? codes.size;
    if (code === codes.size) codes.set(text, code);
    const key = code * labels.length + groupOf[row];
    const group = groups.get(key) ?? groups.size;
    if (group === groups.size) {
      groups.set(key, group);
      refinedLabels.push({ ...labels[groupOf[row]], [factor.name]: text });
    }
    refined[row] = group;
  }
  return { groupOf: refined, labels: refinedLabels };
}

/** Row numbers sorted by group, in order within each; the rows of group g start at `starts[g]`. */
export function rowsByGroup({ groupOf, labels }: RowGroups): { readonly starts: Int32Array; readonly rows: Int32Array } {
  const starts = new Int32Array(labels.length + 1);
  for (const group of groupOf) starts[group + 1]++;
  for (let group = 0; group < labels.length; group++) starts[group + 1] += starts[group];
  const next = starts.slice();
  const rows = new Int32Array(groupOf.length);
  for (let row = 0; row < groupOf.length; row++) rows[next[groupOf[row]]++] = row;
  return { starts, rows };
}
