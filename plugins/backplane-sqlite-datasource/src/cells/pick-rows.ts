import type { Cells, CellValues } from './cells.ts';

/**
 * A column made of rows of another one.
 *
 * @param rows row number + 1 for every cell of the result, 0 for a null
 */
export function pickRows(cells: Cells, rows: Uint32Array): Cells {
  const nulls = new Uint8Array(rows.length);
  let hasNull = false;
  for (const [at, row] of rows.entries()) {
    if (row !== 0 && cells.nulls?.[row - 1] !== 1) continue;
    nulls[at] = 1;
    hasNull = true;
  }
  return { name: cells.name, length: rows.length, nulls: hasNull ? nulls : undefined, ...pickValues(cells, rows) };
}

function pickValues(cells: CellValues, rows: Uint32Array): CellValues {
  switch (cells.kind) {
    case 'int64':
    case 'time':
      return { kind: cells.kind, values: BigInt64Array.from(rows, (row) => (row === 0 ? 0n : cells.values[row - 1]!)) };
    case 'float64':
      return { kind: 'float64', values: Float64Array.from(rows, (row) => (row === 0 ? 0 : cells.values[row - 1]!)) };
    case 'bool':
      return { kind: 'bool', values: Uint8Array.from(rows, (row) => (row === 0 ? 0 : cells.values[row - 1]!)) };
    case 'string':
    case 'json':
      return { kind: cells.kind, values: Array.from(rows, (row) => (row === 0 ? null : cells.values[row - 1]!)) };
    default:
      return cells satisfies never;
  }
}
