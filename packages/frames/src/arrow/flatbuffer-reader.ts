// Flatbuffers, as far as Arrow metadata needs them. Nothing that is read is believed: every position is checked
// against the bytes, and the total work against their number, so that neither wild offsets nor a million entries
// that all point at the same table can make the reader crash or crawl.
//
// | at                      | bytes | what                                                      |
// |-------------------------|-------|-----------------------------------------------------------|
// | table                   | 4     | distance back to its vtable                               |
// | vtable                  | 2     | bytes of the vtable, 2 bytes of table size follow         |
// | vtable + 4 + 2 × slot   | 2     | distance from table to the field, 0 when absent           |
// | reference               | 4     | distance forward to a table, string or vector             |
// | string, vector          | 4     | number of bytes or elements, which follow                 |
import { decodeText, FrameError, viewBytes } from '../model/index.ts';

/** Work allowed per byte of the file: an honest writer shares a few strings and tables, no more. */
const WORK_PER_BYTE = 16;
const WORK_FREE = 65536;

/** Checked access to the flatbuffers in one file. Positions are byte offsets in the file; 0 stands for absent. */
export class FlatbufferReader {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  #work: number;

  constructor(bytes: Uint8Array) {
    // A Node Buffer makes slow views, and its slice() does not copy.
    this.bytes = bytes.constructor === Uint8Array ? bytes : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#work = bytes.length * WORK_PER_BYTE + WORK_FREE;
  }

  uint8(at: number): number {
    this.#check(at, 1);
    return this.#view.getUint8(at);
  }

  int16(at: number): number {
    this.#check(at, 2);
    return this.#view.getInt16(at, true);
  }

  int32(at: number): number {
    this.#check(at, 4);
    return this.#view.getInt32(at, true);
  }

  uint32(at: number): number {
    return this.int32(at) >>> 0;
  }

  /** A 64-bit size or position; exact up to 2^53, beyond which nothing passes the checks anyway. */
  int64(at: number): number {
    this.#check(at, 8);
    return this.#view.getInt32(at + 4, true) * 4294967296 + this.#view.getUint32(at, true);
  }

  /** A view on the file. */
  view(at: number, bytes: number): Uint8Array {
    this.#check(at, bytes);
    return viewBytes(this.bytes, at, bytes);
  }

  /** Position of a field in a table, 0 when the writer left it out. */
  slot(table: number, slot: number): number {
    const vtable = table - this.int32(table);
    const entry = 4 + 2 * slot;
    if (entry + 2 > (this.int16(vtable) & 0xffff)) return 0;
    const distance = this.int16(vtable + entry) & 0xffff;
    return distance === 0 ? 0 : table + distance;
  }

  slotUint8(table: number, slot: number): number {
    const at = this.slot(table, slot);
    return at === 0 ? 0 : this.uint8(at);
  }

  slotInt16(table: number, slot: number): number {
    const at = this.slot(table, slot);
    return at === 0 ? 0 : this.int16(at);
  }

  slotInt32(table: number, slot: number): number {
    const at = this.slot(table, slot);
    return at === 0 ? 0 : this.int32(at);
  }

  slotInt64(table: number, slot: number): number {
    const at = this.slot(table, slot);
    return at === 0 ? 0 : this.int64(at);
  }

  /** What a field refers to: a table, string or vector; 0 when absent. */
  slotReference(table: number, slot: number): number {
    const at = this.slot(table, slot);
    return at === 0 ? 0 : this.reference(at);
  }

  /** The position that a reference leads to. */
  reference(at: number): number {
    const distance = this.uint32(at);
    if (distance === 0) throw invalid('a reference leads nowhere');
    this.#check(at + distance, 4);
    return at + distance;
  }

  /** Length of a vector and position of its first element; every element has to lie in the file. */
  vector(at: number, elementBytes: number): { length: number; first: number } {
    if (at === 0) return { length: 0, first: 0 };
    const length = this.uint32(at);
    this.#check(at + 4, length * elementBytes);
    this.spend(length);
    return { length, first: at + 4 };
  }

  text(at: number): string {
    if (at === 0) return '';
    const length = this.uint32(at);
    this.#check(at + 4, length);
    this.spend(length);
    return decodeText(this.bytes, at + 4, at + 4 + length);
  }

  /** Refuses files that cost more work than their size explains. */
  spend(work: number): void {
    this.#work -= work + 1;
    if (this.#work < 0) throw invalid('its metadata refers to the same bytes over and over');
  }

  #check(at: number, bytes: number): void {
    if (!(at >= 0 && at + bytes <= this.bytes.length))
      throw new FrameError('arrow_truncated', { reason: `${bytes} bytes at ${at} lie outside of ${this.bytes.length} bytes` });
  }
}

/** The error for a file that contradicts itself. */
export function invalid(reason: string, field?: string): FrameError {
  return new FrameError('arrow_invalid', { reason, ...(field === undefined ? {} : { field }) });
}
