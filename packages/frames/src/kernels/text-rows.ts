// What string and json columns have in common: offsets and text come into the scratch, and a kernel writes the rows.
import { type Column, offsetsError, viewBytes } from '../model/index.ts';
import { BLOCK_BYTES, BLOCK_ROWS, filled, loadValidity, validBits } from './block.ts';
import { ESCAPED_BYTES, TEXT_BYTES, textBytes } from './escape.ts';

/** Offsets of the current rows. */
export const textOffsets = new Int32Array(BLOCK_ROWS + 1);
const OFFSETS = textOffsets;
const OFFSET_BYTES = new Uint8Array(OFFSETS.buffer);

/** Writes cells of one kind. */
export interface TextKernel {
  /**
   * Writes rows whose text is loaded, from `progress.p` on, as long as the block has room and the offsets make sense;
   * leaves the position behind them in `progress.p` and returns their number.
   */
  readonly writeRows: (rows: number, hasNulls: boolean, base: number, loaded: number) => number;
  /** Writes values[start, end), a cell that does not fit the scratch or the block, with a comma behind it. */
  readonly writeLong: (values: Uint8Array, start: number, end: number, p: number) => Generator<Uint8Array, number>;
}

/** Where `writeRows` starts and leaves off: a returned pair would be an allocation per call. */
export const progress = { p: 0 };

/** Room for a cell: two quotes and a comma, or `null` and a comma, and every byte escaped. */
function worstCase(bytes: number): number {
  return bytes * ESCAPED_BYTES + 5;
}

/** Writes all cells of a column, each with a comma behind it. */
export function* writeTexts(column: Column, { writeRows, writeLong }: TextKernel, p: number): Generator<Uint8Array, number> {
  let row = 0;
  while (row < column.length) {
    // After a yield the scratch may hold another frame's rows, so each turn fills it anew.
    const rows = Math.min(BLOCK_ROWS, column.length - row);
    loadOffsets(column, row, rows);
    const hasNulls = loadValidity(column, row, rows);
    const base = OFFSETS[0];
    const loaded = Math.min(TEXT_BYTES, OFFSETS[rows] - base);
    textBytes.set(viewBytes(column.values, base, loaded));
    progress.p = p;
    const done = writeRows(rows, hasNulls, base, loaded);
    p = progress.p;
    if (done < rows) assertOffsets(column, row + done, { index: done, rows });
    const isNullRow = hasNulls && (validBits[0] & 1) === 0;
    const cellBytes = done === 0 && !isNullRow ? OFFSETS[1] - base : 0;
    row += done;
    if (done === 0 && (cellBytes > TEXT_BYTES || worstCase(cellBytes) > BLOCK_BYTES)) {
      p = yield* writeLong(column.values, base, base + cellBytes, p);
      row++;
    } else if (row < column.length && (done === 0 || done === rows || p + worstCase(OFFSETS[done + 1] - OFFSETS[done]) > BLOCK_BYTES)) {
      yield filled(p);
      p = 0;
    }
  }
  return p;
}

/** Writes a short column that fits the block without a pause; -1 when it may not fit, and then nothing is written. */
export function writeShortTexts(column: Column, { writeRows }: TextKernel, p: number): number {
  const { length } = column;
  if (length > BLOCK_ROWS) return -1;
  loadOffsets(column, 0, length);
  const base = OFFSETS[0];
  const bytes = OFFSETS[length] - base;
  if (bytes > TEXT_BYTES || p + bytes * ESCAPED_BYTES + length * 5 > BLOCK_BYTES) return -1;
  const hasNulls = loadValidity(column, 0, length);
  textBytes.set(viewBytes(column.values, base, bytes));
  progress.p = p;
  const done = writeRows(length, hasNulls, base, bytes);
  if (done < length) assertOffsets(column, done, { index: done, rows: length });
  return progress.p;
}

/** Loads offsets and checks that the outermost lie in the text; a decoded column may carry damaged ones. */
function loadOffsets({ offsets, values }: Column, row: number, rows: number): void {
  if (offsets === undefined) throw new TypeError('a column of text needs offsets');
  OFFSET_BYTES.set(viewBytes(offsets, row * 4, (rows + 1) * 4));
  const [first, last] = [OFFSETS[0], OFFSETS[rows]];
  if (first < 0 || last < first || last > values.length) throw offsetsError(row + rows - 1, first, last, values.length);
}

/** Checks the offsets of a row that was not written: it may just lack room. */
function assertOffsets({ values }: Column, row: number, loaded: { readonly index: number; readonly rows: number }): void {
  const [start, end] = [OFFSETS[loaded.index], OFFSETS[loaded.index + 1]];
  if (start < 0 || end < start || end > OFFSETS[loaded.rows]) throw offsetsError(row, start, end, values.length);
}
