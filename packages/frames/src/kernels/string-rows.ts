import { type Column, offsetsError, viewBytes } from '../model/index.ts';
import { BLOCK_BYTES, BLOCK_ROWS, filled, loadValidity, NULL_WORD, outBytes, outView, validBits } from './block.ts';
import { cutBefore, ESCAPED_BYTES, TEXT_BYTES, textBytes, writeEscaped } from './escape.ts';

// V8 folds constants of the module at hand into machine code, but not imported ones.
const OUT = outBytes;
const QUOTE = 34;
const COMMA = 44;
const VIEW = outView;
const VALID = validBits;
const LIMIT = BLOCK_BYTES;
const WORST = ESCAPED_BYTES;
/** Offsets of the current rows. */
const OFFSETS = new Int32Array(BLOCK_ROWS + 1);
const OFFSET_BYTES = new Uint8Array(OFFSETS.buffer);
/** Bytes of a long cell that are written at once: even if all of them are escaped, they fit a block. */
const PIECE_BYTES = 32768;

/** Writes all cells of a string column, each with a comma behind it. */
export function* writeStrings(column: Column, p: number): Generator<Uint8Array, number> {
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
    const done = writeStringRows(rows, hasNulls, base, loaded);
    p = progress.p;
    if (done < rows) assertOffsets(column, row + done, { index: done, rows });
    const isNullRow = hasNulls && (VALID[0] & 1) === 0;
    const cellBytes = done === 0 && !isNullRow ? OFFSETS[1] - base : 0;
    row += done;
    if (done === 0 && (cellBytes > TEXT_BYTES || worstCase(cellBytes) > BLOCK_BYTES)) {
      p = yield* writeLongString(column.values, base, base + cellBytes, p);
      row++;
    } else if (row < column.length && (done === 0 || done === rows || p + worstCase(OFFSETS[done + 1] - OFFSETS[done]) > BLOCK_BYTES)) {
      yield filled(p);
      p = 0;
    }
  }
  return p;
}

/** Writes a short column that fits the block without a pause; -1 when it may not fit, and then nothing is written. */
export function writeShortStrings(column: Column, p: number): number {
  const { length } = column;
  if (length > BLOCK_ROWS) return -1;
  loadOffsets(column, 0, length);
  const base = OFFSETS[0];
  const bytes = OFFSETS[length] - base;
  if (bytes > TEXT_BYTES || p + bytes * WORST + length * 5 > LIMIT) return -1;
  const hasNulls = loadValidity(column, 0, length);
  textBytes.set(viewBytes(column.values, base, bytes));
  progress.p = p;
  const done = writeStringRows(length, hasNulls, base, bytes);
  if (done < length) assertOffsets(column, done, { index: done, rows: length });
  return progress.p;
}

/** Where `writeStringRows` leaves off: a returned pair would be an allocation per call. */
const progress = { p: 0 };

/**
 * Writes rows whose text is loaded, as long as the block has room and the offsets make sense; returns the number of rows
 * written. Offsets are checked here and not before, because a pass of its own costs as much as the digits of a time.
 */
function writeStringRows(rows: number, hasNulls: boolean, base: number, loaded: number): number {
  let p = progress.p;
  let start = 0;
  let i = 0;
  for (; i < rows; i++) {
    const end = OFFSETS[i + 1] - base;
    const bytes = end - start;
    if (hasNulls && !((VALID[i >> 3] >> (i & 7)) & 1)) {
      if (bytes < 0 || p + 5 > LIMIT) break;
      VIEW.setUint32(p, NULL_WORD, true);
      OUT[p + 4] = COMMA;
      p += 5;
    } else {
      // Negative when the offsets fall, or the text is not loaded.
      if ((bytes | (loaded - end)) < 0 || p + bytes * WORST + 3 > LIMIT) break;
      OUT[p] = QUOTE;
      p = writeEscaped(p + 1, start, end);
      OUT[p] = QUOTE;
      OUT[p + 1] = COMMA;
      p += 2;
    }
    start = end;
  }
  progress.p = p;
  return i;
}

/** Quotes, comma, and every byte escaped. */
function worstCase(bytes: number): number {
  return bytes * ESCAPED_BYTES + 3;
}

/** Writes a cell that does not fit the scratch or the block, in pieces cut between characters. */
function* writeLongString(values: Uint8Array, start: number, end: number, p: number): Generator<Uint8Array, number> {
  if (p + 1 > BLOCK_BYTES) {
    yield filled(p);
    p = 0;
  }
  OUT[p++] = QUOTE;
  for (let s = start; s < end; ) {
    const cut = s + PIECE_BYTES < end ? cutBefore(values, s + PIECE_BYTES) : end;
    yield filled(p);
    textBytes.set(values.subarray(s, cut));
    p = writeEscaped(0, 0, cut - s);
    s = cut;
  }
  OUT[p] = QUOTE;
  OUT[p + 1] = COMMA;
  return p + 2;
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
