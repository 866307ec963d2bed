import { bitAt, type Column, isNull, offsetsError } from './column.ts';
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

function createTextReader({ values, offsets }: Column): (row: number) => string {
  if (offsets === undefined) throw new TypeError('a column of text needs offsets');
  const starts = new DataView(offsets.buffer, offsets.byteOffset, offsets.byteLength);
  return (row) => {
    const start = starts.getInt32(row * 4, true);
    const end = starts.getInt32(row * 4 + 4, true);
    if (start < 0 || end < start || end > values.length) throw offsetsError(row, start, end, values.length);
    return decodeText(values, start, end);
  };
}
