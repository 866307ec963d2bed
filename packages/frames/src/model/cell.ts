import { bitAt, type Column, isNull, offsetsError, offsetsView } from './column.ts';
import { decodeText } from './text.ts';

/**
 * A cell as JavaScript sees it: bigint for int64, uint64 and time (nanoseconds since 1970), the raw
 * JSON text for json, the index for enum, null for null and for empty json.
 */
export type CellValue = number | bigint | string | boolean | null;

/** Reads one cell by row; rows must lie within the column. */
export type CellReader = (row: number) => CellValue;

/** A reader for the cells of a column. */
export function createCellReader(column: Column): CellReader {
  const read = createValueReader(column);
  return column.validity === undefined ? read : (row) => (isNull(column, row) ? null : read(row));
}

/** Rows of text that are decoded by one call. */
const TEXT_ROWS = 1024;
/** Cells longer than this on average are decoded one by one: parts of a long text would keep all of it in memory. */
const LONG_BYTES = 256;

/** All cells of a column. */
export function readCells(column: Column): CellValue[] {
  const read = createCellReader(column);
  const cells = new Array<CellValue>(column.length);
  if (column.kind !== 'string') for (let row = 0; row < cells.length; row++) cells[row] = read(row);
  else for (let row = 0; row < cells.length; row += TEXT_ROWS) readTexts(column, row, { cells, read });
  return cells;
}

/** Reads rows of text: ASCII, where a byte is a character, by one call of the decoder for all. */
function readTexts(column: Column, first: number, { cells, read }: { readonly cells: CellValue[]; readonly read: CellReader }): void {
  const { values, length } = column;
  const last = Math.min(first + TEXT_ROWS, length);
  const starts = offsetsView(column);
  const base = starts.getInt32(first * 4, true);
  const bytes = starts.getInt32(last * 4, true) - base;
  const isShort = base >= 0 && bytes >= 0 && base + bytes <= values.length && bytes <= (last - first) * LONG_BYTES;
  const text = isShort ? decodeText(values, base, base + bytes) : '';
  const isAscii = isShort && text.length === bytes;
  for (let row = first; row < last; row++) {
    const start = starts.getInt32(row * 4, true) - base;
    const end = starts.getInt32(row * 4 + 4, true) - base;
    const isPlain = isAscii && start >= 0 && end >= start && end <= bytes && !isNull(column, row);
    cells[row] = isPlain ? text.slice(start, end) : read(row);
  }
}

function createValueReader(column: Column): CellReader {
  const { kind, values, bitOffset } = column;
  const view = new DataView(values.buffer, values.byteOffset, values.byteLength);
  switch (kind) {
    case 'int8':
      return (row) => view.getInt8(row);
    case 'int16':
      return (row) => view.getInt16(row * 2, true);
    case 'int32':
      return (row) => view.getInt32(row * 4, true);
    case 'int64':
    case 'time':
      return (row) => view.getBigInt64(row * 8, true);
    case 'uint8':
      return (row) => view.getUint8(row);
    case 'uint16':
    case 'enum':
      return (row) => view.getUint16(row * 2, true);
    case 'uint32':
      return (row) => view.getUint32(row * 4, true);
    case 'uint64':
      return (row) => view.getBigUint64(row * 8, true);
    case 'float32':
      return (row) => view.getFloat32(row * 4, true);
    case 'float64':
      return (row) => view.getFloat64(row * 8, true);
    case 'bool':
      return (row) => bitAt(values, bitOffset + row);
    case 'string':
      return createTextReader(column);
    case 'json': {
      const read = createTextReader(column);
      return (row) => read(row) || null;
    }
    default:
      return kind satisfies never;
  }
}

function createTextReader(column: Column): (row: number) => string {
  const { values } = column;
  const starts = offsetsView(column);
  return (row) => {
    const start = starts.getInt32(row * 4, true);
    const end = starts.getInt32(row * 4 + 4, true);
    if (start < 0 || end < start || end > values.length) throw offsetsError(row, start, end, values.length);
    return decodeText(values, start, end);
  };
}
