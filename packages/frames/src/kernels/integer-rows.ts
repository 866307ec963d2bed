import {
  cellBytes,
  cellInts8,
  cellInts16,
  cellInts32,
  cellUints16,
  cellUints32,
  NULL_WORD,
  outBytes,
  outView,
  validBits,
} from './block.ts';
import { writeInt64, writeUint4, writeUint31, writeUint53 } from './digits.ts';

// V8 folds constants of the module at hand into machine code, but not imported ones.
const OUT = outBytes;
const COMMA = 44;
const MINUS = 45;
const VIEW = outView;
const VALID = validBits;
const HALVES = cellInts32;

/** Writes the loaded int64 cells, each with a comma behind it. Worst cell: 21 bytes. */
export function writeInt64Rows(rows: number, hasNulls: boolean, p: number): number {
  return write64(rows, hasNulls, p, true);
}

/** Writes the loaded uint64 cells. Worst cell: 21 bytes. */
export function writeUint64Rows(rows: number, hasNulls: boolean, p: number): number {
  return write64(rows, hasNulls, p, false);
}

function write64(rows: number, hasNulls: boolean, p: number, signed: boolean): number {
  for (let i = 0; i < rows; i++) {
    if (hasNulls && !((VALID[i >> 3] >> (i & 7)) & 1)) {
      VIEW.setUint32(p, NULL_WORD, true);
      OUT[p + 4] = COMMA;
      p += 5;
      continue;
    }
    p = writeInt64(p, HALVES[i * 2 + 1], HALVES[i * 2], signed);
    OUT[p++] = COMMA;
  }
  return p;
}

/** Writes the loaded cells of a kind of at most 32 bits. Worst cell: 12 bytes. */
type SmallRows = (rows: number, hasNulls: boolean, p: number) => number;

export const writeInt8Rows: SmallRows = (rows, hasNulls, p) => writeSigned(cellInts8, rows, hasNulls, p);
export const writeInt16Rows: SmallRows = (rows, hasNulls, p) => writeSigned(cellInts16, rows, hasNulls, p);
export const writeInt32Rows: SmallRows = (rows, hasNulls, p) => writeSigned(cellInts32, rows, hasNulls, p);
export const writeUint8Rows: SmallRows = (rows, hasNulls, p) => writeUnsigned(cellBytes, rows, hasNulls, p);
export const writeUint16Rows: SmallRows = (rows, hasNulls, p) => writeUnsigned(cellUints16, rows, hasNulls, p);
export const writeUint32Rows: SmallRows = (rows, hasNulls, p) => writeUnsigned(cellUints32, rows, hasNulls, p);

function writeSigned(cells: Int8Array | Int16Array | Int32Array, rows: number, hasNulls: boolean, p: number): number {
  for (let i = 0; i < rows; i++) {
    if (hasNulls && !((VALID[i >> 3] >> (i & 7)) & 1)) {
      VIEW.setUint32(p, NULL_WORD, true);
      OUT[p + 4] = COMMA;
      p += 5;
      continue;
    }
    const cell = cells[i];
    if (cell >= 0) p = writeUint31(p, cell);
    else {
      OUT[p++] = MINUS;
      // The magnitude of -2^31 is no int32.
      p = cell === -2147483648 ? writeUint53(p, 2147483648) : writeUint31(p, -cell);
    }
    OUT[p++] = COMMA;
  }
  return p;
}

function writeUnsigned(cells: Uint8Array | Uint16Array | Uint32Array, rows: number, hasNulls: boolean, p: number): number {
  for (let i = 0; i < rows; i++) {
    if (hasNulls && !((VALID[i >> 3] >> (i & 7)) & 1)) {
      VIEW.setUint32(p, NULL_WORD, true);
      OUT[p + 4] = COMMA;
      p += 5;
      continue;
    }
    const cell = cells[i];
    p = cell < 10000 ? writeUint4(p, cell) : writeUint53(p, cell);
    OUT[p++] = COMMA;
  }
  return p;
}
