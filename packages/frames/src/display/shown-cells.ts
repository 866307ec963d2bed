import { type CellReader, type Column, createCellReader, shortestFloat32 } from '../model/index.ts';

/** Reads cells as frame JSON brings them to browsers: floats of 32 bits in as few digits as tell them apart, 0.1 as 0.1. */
export function createShownReader(column: Column): CellReader {
  const read = createCellReader(column);
  if (column.kind !== 'float32') return read;
  return (row) => {
    const cell = read(row);
    return cell === null ? null : shortestFloat32(cell as number);
  };
}
