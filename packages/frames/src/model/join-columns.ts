import { assertTextBytes, type Column, copyBits, offsetsError, offsetsView } from './column.ts';
import { isVariableKind, KIND_INFO } from './kind.ts';

/**
 * Columns of one kind end to end, copied once; a single column is returned as it is.
 *
 * @param columns at least one
 * @param nullable whether the result admits null; by default, whether one of the columns does
 * @throws FrameError `column_too_large` when text grows past 2 GiB, `arrow_invalid` for damaged offsets
 */
export function joinColumns(columns: readonly Column[], nullable: boolean = columns.some((column) => column.nullable)): Column {
  const [first] = columns;
  if (columns.length === 1) return first.nullable === nullable ? first : { ...first, nullable };
  const { kind } = first;
  const length = columns.reduce((sum, column) => sum + column.length, 0);
  const validity = columns.some((column) => column.validity !== undefined) ? joinBits(columns, length, 'validity') : undefined;
  const base = { kind, nullable, length, validity, bitOffset: 0 };
  if (isVariableKind(kind)) return { ...base, ...joinTexts(columns, length) };
  return { ...base, offsets: undefined, values: kind === 'bool' ? joinBits(columns, length, 'values') : joinCells(columns, length) };
}

function joinCells(columns: readonly Column[], length: number): Uint8Array {
  const { cellBytes } = KIND_INFO[columns[0].kind];
  const values = new Uint8Array(length * cellBytes);
  let at = 0;
  for (const column of columns) {
    values.set(column.values.subarray(0, column.length * cellBytes), at);
    at += column.length * cellBytes;
  }
  return values;
}

/** Bitmaps end to end; a missing one counts as all set. */
function joinBits(columns: readonly Column[], length: number, part: 'validity' | 'values'): Uint8Array {
  const joined = new Uint8Array(((length + 7) >> 3) + 1);
  let at = 0;
  for (const column of columns) {
    const bits = new Uint8Array((column.length + 7) >> 3).fill(255);
    const source = column[part];
    copyBits(source ?? bits, source === undefined ? 0 : column.bitOffset, bits, column.length);
    for (let i = 0; i < bits.length; i++) {
      joined[(at >> 3) + i] |= bits[i] << (at & 7);
      joined[(at >> 3) + i + 1] |= bits[i] >> (8 - (at & 7));
    }
    at += column.length;
  }
  return joined.subarray(0, (length + 7) >> 3);
}

function joinTexts(columns: readonly Column[], length: number): { values: Uint8Array; offsets: Uint8Array } {
  const offsets = new Int32Array(length + 1);
  const parts: Uint8Array[] = [];
  let row = 0;
  let bytes = 0;
  for (const column of columns) {
    const starts = offsetsView(column);
    const first = starts.getInt32(0, true);
    let previous = first;
    for (let i = 0; i <= column.length; i++) {
      const offset = starts.getInt32(i * 4, true);
      if (offset < previous || offset < 0 || offset > column.values.length)
        throw offsetsError(row + Math.max(0, i - 1), previous, offset, column.values.length);
      offsets[row + i] = bytes + offset - first;
      previous = offset;
    }
    parts.push(column.values.subarray(first, previous));
    row += column.length;
    bytes += previous - first;
    assertTextBytes(bytes);
  }
  const values = new Uint8Array(bytes);
  let at = 0;
  for (const part of parts) {
    values.set(part, at);
    at += part.length;
  }
  return { values, offsets: new Uint8Array(offsets.buffer) };
}
