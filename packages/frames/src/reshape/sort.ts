import { compareText, createCellReader, Field, Frame, FrameError, isNull } from '../model/index.ts';
import { pickCells } from './pick-cells.ts';

/** A field to sort by, by name (the first of that name) or index. */
export type SortKey = string | number | { readonly field: string | number; readonly descending?: boolean | undefined };

/**
 * Sorts rows by one field, or by several in turn. Stable. Null comes last in both directions, NaN just before it;
 * text is ordered by code point, false before true, json as its text, enum by index.
 *
 * A frame that is in order is returned as it is, after one look at each row.
 *
 * @throws FrameError `field_unknown` when a key names no field
 */
export function sortFrame(frame: Frame, by: SortKey | readonly SortKey[]): Frame {
  const keys: readonly SortKey[] = Array.isArray(by) ? by : [by as SortKey];
  const comparers = keys.map((key) => createComparer(frame, key));
  const compare = (a: number, b: number) => {
    for (const comparer of comparers) {
      const order = comparer(a, b);
      if (order !== 0) return order;
    }
    return a - b;
  };
  const rows = Int32Array.from({ length: frame.length }, (_, row) => row);
  if (rows.every((row) => row === 0 || compare(row - 1, row) < 0)) return frame;
  rows.sort(compare);
  const fields = frame.fields.map((field) => new Field(field.name, pickCells([field.column], { rows }, field.nullable), field));
  return new Frame(frame.name, fields, frame);
}

type Comparer = (a: number, b: number) => number;

function createComparer(frame: Frame, key: SortKey): Comparer {
  const { field: of, descending = false } = typeof key === 'object' ? key : { field: key };
  const field = typeof of === 'number' ? frame.fields[of] : frame.field(of);
  if (field === undefined) {
    const names = frame.fields.map(({ name }) => JSON.stringify(name)).join(', ') || 'none';
    throw new FrameError('field_unknown', { reason: `the frame has no field ${JSON.stringify(of)}`, hint: `its fields are: ${names}` });
  }
  const compare = compareValues(field);
  const { column } = field;
  const rank = (row: number) => (isNull(column, row) ? 2 : compare.isNaN(row) ? 1 : 0);
  return (a, b) => {
    const [rankA, rankB] = [rank(a), rank(b)];
    if (rankA !== rankB || rankA > 0) return rankA - rankB;
    return descending ? compare.order(b, a) : compare.order(a, b);
  };
}

/** How the values of a field compare; each is read once. */
function compareValues({ kind, column }: Field): { order: Comparer; isNaN: (row: number) => boolean } {
  const read = createCellReader(column);
  const never = () => false;
  switch (kind) {
    case 'string':
    case 'json': {
      const texts = Array.from({ length: column.length }, (_, row) => String(read(row) ?? ''));
      return { order: (a, b) => compareText(texts[a], texts[b]), isNaN: never };
    }
    case 'int64':
    case 'time':
    case 'uint64': {
      const cells = Array.from({ length: column.length }, (_, row) => (read(row) ?? 0n) as bigint);
      return { order: (a, b) => (cells[a] < cells[b] ? -1 : cells[a] > cells[b] ? 1 : 0), isNaN: never };
    }
    default: {
      const cells = Float64Array.from({ length: column.length }, (_, row) => Number(read(row) ?? 0));
      return { order: (a, b) => (cells[a] < cells[b] ? -1 : cells[a] > cells[b] ? 1 : 0), isNaN: (row) => Number.isNaN(cells[row]) };
    }
  }
}
