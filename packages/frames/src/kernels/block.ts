// The memory that all kernels share. It is module state, constant for the life of the process: no growth, no
// allocation per frame. Generators flush before every yield and fill the scratch anew after it, so any number of
// them may take turns.
import { type Column, copyBits, KIND_INFO, viewBytes } from '../model/index.ts';

/** Size of the output block. */
export const BLOCK_BYTES = 262144;
/** Rows that one kernel call handles. */
export const BLOCK_ROWS = 8192;
/** Words are written whole and then partly overwritten: this many bytes may be touched behind the end. */
const SLACK = 64;

/** The output block. */
export const outBytes = new Uint8Array(BLOCK_BYTES + SLACK);
/** The same memory for unaligned words. */
export const outView = new DataView(outBytes.buffer);

/** Cells of the current rows, aligned whatever the alignment of the message. */
export const cellBytes = new Uint8Array(BLOCK_ROWS * 8);
export const cellInts8 = new Int8Array(cellBytes.buffer);
export const cellInts16 = new Int16Array(cellBytes.buffer);
export const cellUints16 = new Uint16Array(cellBytes.buffer);
export const cellInts32 = new Int32Array(cellBytes.buffer);
export const cellUints32 = new Uint32Array(cellBytes.buffer);
export const cellFloats32 = new Float32Array(cellBytes.buffer);
export const cellFloats64 = new Float64Array(cellBytes.buffer);
/** Validity of the current rows; meaningful only when `loadValidity` said so. */
export const validBits = new Uint8Array(BLOCK_ROWS / 8);

/** The block up to position p, to be yielded. */
export function filled(p: number): Uint8Array {
  return viewBytes(outBytes, 0, p);
}

/** Copies the cells of rows [row, row + count) of a column of fixed width, or the bits of a bool column, to the scratch. */
export function loadCells(column: Column, row: number, count: number): void {
  const { kind, values, bitOffset } = column;
  const bytes = KIND_INFO[kind].cellBytes;
  if (kind === 'bool') copyBits(values, bitOffset + row, cellBytes, count);
  else cellBytes.set(viewBytes(values, row * bytes, count * bytes));
}

/** Copies the validity of rows [row, row + count) to the scratch; false when the column has no nulls. */
export function loadValidity({ validity, bitOffset }: Column, row: number, count: number): boolean {
  if (validity === undefined) return false;
  copyBits(validity, bitOffset + row, validBits, count);
  return true;
}

/** ASCII of `null` as a little-endian word. */
export const NULL_WORD = 0x6c6c756e;
