import { assertTextBytes, type FieldKind } from '../model/index.ts';
import { bytesOf, type Cells, type ColumnInput, type ColumnOptions, cellError, finishColumn } from './column-options.ts';
import { ValidityBuilder } from './validity.ts';

const BATCH = 4096;
/** Room made at most before cells are seen: the first ones may be longer than the rest. */
const MAX_FORESIGHT_BYTES = 2 ** 26;
const ENCODER = new TextEncoder();

/** Text. */
export function utf8(cells: Cells<string>, options: ColumnOptions = {}): ColumnInput {
  return buildTexts('string', cells, options);
}

/** JSON columns also take text that is JSON already. */
export interface JsonOptions extends ColumnOptions {
  /** The cells are raw JSON text, stored as they are. Text that is not JSON is shown as null. */
  readonly raw?: boolean;
}

/** JSON documents: any values that `JSON.stringify` can write. */
export function json(cells: Cells<unknown>, { raw = false, ...options }: JsonOptions = {}): ColumnInput {
  if (raw) return buildTexts('json', cells as Cells<string>, options);
  const texts = Array.from(cells, (cell, row) => {
    if (cell === null || cell === undefined) return null;
    const text = jsonText(cell);
    if (text === undefined) throw cellError('json', row, cell, 'a value that JSON can hold');
    return text;
  });
  return buildTexts('json', texts, options);
}

/** The value as JSON; undefined where JSON cannot hold it: functions, bigints, cycles. */
export function jsonText(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

function buildTexts(kind: FieldKind & ('string' | 'json'), cells: Cells<string>, options: ColumnOptions): ColumnInput {
  const { length } = cells;
  const offsets = new Int32Array(length + 1);
  const validity = new ValidityBuilder(length);
  const bytes = new GrowingBytes();
  for (let row = 0; row < length; row += BATCH) {
    packBatch({ kind, cells, offsets, validity, bytes }, row, Math.min(length, row + BATCH));
    // The first cells tell how much room all will take: growing by and by copies as much again.
    if (row === 0 && length > BATCH) bytes.reserve(Math.min(bytes.length * ((length / BATCH) * 1.05 - 1), MAX_FORESIGHT_BYTES));
  }
  offsets[length] = bytes.length;
  return finishColumn({ kind, length, values: bytes.view(), offsets: bytesOf(offsets), validity }, options);
}

interface Packing {
  readonly kind: FieldKind;
  readonly cells: Cells<string>;
  readonly offsets: Int32Array;
  readonly validity: ValidityBuilder;
  readonly bytes: GrowingBytes;
}

/** Short cells are joined and encoded by one call (28 ns a cell, against 156 for a call each). */
function packBatch(packing: Packing, first: number, last: number): void {
  const { kind, cells, offsets, validity, bytes } = packing;
  let units = 0;
  for (let row = first; row < last; row++) {
    const cell = cells[row];
    if (cell === null || cell === undefined) validity.markNull(row);
    else if (typeof cell !== 'string') throw cellError(kind, row, cell, 'text');
    else units += cell.length;
  }
  if (units <= 64 * (last - first) && packJoined(packing, { first, last, units })) return;
  for (let row = first; row < last; row++) {
    offsets[row] = bytes.length;
    bytes.append(cells[row] ?? '');
  }
}

/** Packs cells by one call; false, and nothing is packed, when halves of a surrogate pair meet at a border of cells. */
function packJoined(
  { cells, offsets, bytes }: Packing,
  { first, last, units }: { readonly first: number; readonly last: number; readonly units: number },
): boolean {
  let joined = '';
  for (let row = first; row < last; row++) joined += cells[row] ?? '';
  const start = bytes.length;
  const isAscii = bytes.append(joined) === units;
  let offset = start;
  for (let row = first; row < last; row++) {
    offsets[row] = offset;
    const cell = cells[row] ?? '';
    offset += isAscii ? cell.length : utf8Length(cell);
  }
  if (offset === bytes.length) return true;
  bytes.length = start;
  return false;
}

/** Bytes of a text as UTF-8, a lone surrogate counting as the three of U+FFFD. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    bytes += unit < 0x800 ? 1 : 2;
    // Two units that are a pair take four bytes together.
    if (unit >= 0xd800 && unit < 0xdc00 && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00) i++;
  }
  return bytes;
}

class GrowingBytes {
  length = 0;
  #bytes = new Uint8Array(0);

  /** Encodes text behind what is there and returns its number of bytes. */
  append(text: string): number {
    let rest = text;
    let total = 0;
    this.reserve(text.length);
    for (;;) {
      const { read, written } = ENCODER.encodeInto(rest, this.#bytes.subarray(this.length));
      this.length += written;
      total += written;
      assertTextBytes(this.length);
      if (read === rest.length) return total;
      // Not ASCII: a UTF-16 unit takes up to three bytes.
      rest = rest.slice(read);
      this.reserve(rest.length * 3);
    }
  }

  view(): Uint8Array {
    return this.#bytes.subarray(0, this.length);
  }

  /** Makes room for so many bytes more. */
  reserve(more: number): void {
    const needed = this.length + more;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 1.5));
    grown.set(this.view());
    this.#bytes = grown;
  }
}
