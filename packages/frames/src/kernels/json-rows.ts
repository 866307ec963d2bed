import { type Column, isNull, offsetsError } from '../model/index.ts';
import { BLOCK_BYTES, BLOCK_ROWS, filled, NULL_WORD, outBytes, outView } from './block.ts';
import { cutBefore, textBytes, writeSanitized } from './escape.ts';
import { scanJson } from './json-scan.ts';

// V8 folds constants of the module at hand into machine code, but not imported ones.
const OUT = outBytes;
const COMMA = 44;
const VIEW = outView;
/** Below this, copying byte by byte is cheaper than making a view. */
const SHORT_BYTES = 128;
const PIECE_BYTES = 65536;

/** Writes all cells of a json column as they are, each with a comma behind it; null for what is empty or no JSON. */
export function* writeJsonCells(column: Column, p: number): Generator<Uint8Array, number> {
  const { values, offsets, length } = column;
  if (offsets === undefined) throw new TypeError('a column of text needs offsets');
  const starts = new DataView(offsets.buffer, offsets.byteOffset, offsets.byteLength);
  for (let row = 0; row < length; row++) {
    const start = starts.getInt32(row * 4, true);
    const end = starts.getInt32(row * 4 + 4, true);
    if (start < 0 || end < start || end > values.length) throw offsetsError(row, start, end, values.length);
    const found = isNull(column, row) ? 0 : scanJson(values, start, end);
    if (p + Math.max(4, end - start) + 1 > BLOCK_BYTES || (row > 0 && row % BLOCK_ROWS === 0)) {
      yield filled(p);
      p = 0;
    }
    if (found === 0) {
      VIEW.setUint32(p, NULL_WORD, true);
      p += 4;
    } else if (found === 1 && end - start <= SHORT_BYTES) for (let s = start; s < end; s++) OUT[p++] = values[s];
    else p = yield* writeLongJson(values.subarray(start, end), found === 2, p);
    OUT[p++] = COMMA;
  }
  return p;
}

/** Writes a short column of short ASCII documents without a pause; -1 when it is none, and then nothing is written. */
export function writeShortJson(column: Column, p: number): number {
  const { values, offsets, length } = column;
  if (offsets === undefined) throw new TypeError('a column of text needs offsets');
  if (length > BLOCK_ROWS) return -1;
  const starts = new DataView(offsets.buffer, offsets.byteOffset, offsets.byteLength);
  let start = starts.getInt32(0, true);
  if (p + (starts.getInt32(length * 4, true) - start) + length * 5 > BLOCK_BYTES) return -1;
  for (let row = 0; row < length; row++) {
    const end = starts.getInt32(row * 4 + 4, true);
    if (start < 0 || end < start || end - start > SHORT_BYTES || end > values.length) return -1;
    const found = isNull(column, row) ? 0 : scanJson(values, start, end);
    if (found === 2 || p + SHORT_BYTES + 1 > BLOCK_BYTES) return -1;
    if (found === 0) {
      VIEW.setUint32(p, NULL_WORD, true);
      p += 4;
    } else for (let s = start; s < end; s++) OUT[p++] = values[s];
    OUT[p++] = COMMA;
    start = end;
  }
  return p;
}

/** Writes a document in pieces; one that may not be UTF-8 is cut between characters and repaired. */
function* writeLongJson(document: Uint8Array, repair: boolean, p: number): Generator<Uint8Array, number> {
  for (let s = 0; s < document.length; ) {
    const cut = s + PIECE_BYTES < document.length ? cutBefore(document, s + PIECE_BYTES) : document.length;
    const worst = (cut - s) * (repair ? 3 : 1);
    if (p + worst > BLOCK_BYTES) {
      yield filled(p);
      p = 0;
    }
    const piece = document.subarray(s, cut);
    if (repair) {
      textBytes.set(piece);
      p = writeSanitized(p, 0, piece.length);
    } else {
      OUT.set(piece, p);
      p += piece.length;
    }
    s = cut;
  }
  return p;
}
