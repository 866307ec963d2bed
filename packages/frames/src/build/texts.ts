import { assertTextBytes, type FieldKind, keepShape } from '../model/index.ts';
import { bytesOf, type Cells, type ColumnInput, type ColumnOptions, cellError, finishColumn } from './column-options.ts';
import { ValidityBuilder } from './validity.ts';

/** Rows that are encoded by one call. Their text stays small enough for V8 to make it in its young generation. */
const BATCH = 256;
/** Average length up to which cells are worth joining. */
const SHORT_UNITS = 64;
/** Cells that are looked at, all over the column, to tell how much room it will take. */
const SAMPLES = 256;
/** Room made at most before cells are seen: those looked at may be longer than the rest. */
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
  const packer = new TextPacker(kind, cells);
  packer.pack();
  const { offsets, validity, bytes } = packer;
  return finishColumn({ kind, length: cells.length, values: bytes.view(), offsets: bytesOf(offsets), validity }, options);
}

/** Encodes the cells of one column. */
class TextPacker {
  readonly kind: FieldKind;
  readonly cells: Cells<string>;
  readonly offsets: Int32Array;
  readonly validity: ValidityBuilder;
  readonly bytes = new GrowingBytes();

  constructor(kind: FieldKind, cells: Cells<string>) {
    this.kind = kind;
    this.cells = cells;
    this.offsets = new Int32Array(cells.length + 1);
    this.validity = new ValidityBuilder(cells.length);
  }

  pack(): void {
    const { length } = this.cells;
    for (let row = 0; row < length; row += BATCH) {
      this.#packBatch(row, Math.min(length, row + BATCH));
      if (row === 0 && length > BATCH) this.#reserveRest();
    }
    this.offsets[length] = this.bytes.length;
  }

  /** Makes room for all cells, when the first batch is there: growing by and by copies as much again. */
  #reserveRest(): void {
    const { cells, bytes } = this;
    // Cells often grow with their row, as numbers in them do, so the first ones tell the bytes of a unit alone.
    const bytesPerUnit = bytes.length / Math.max(1, unitsOf(cells, 1, BATCH));
    const step = cells.length / SAMPLES;
    const units = unitsOf(cells, step, SAMPLES) * step;
    const foreseen = units * bytesPerUnit * 1.05 - bytes.length;
    if (foreseen > 0) bytes.reserve(Math.min(foreseen, MAX_FORESIGHT_BYTES));
  }

  /** Short cells are joined and encoded by one call: 10 ns a cell, against 100 for a call each. */
  #packBatch(first: number, last: number): void {
    const { kind, cells, offsets, validity, bytes } = this;
    const start = bytes.length;
    const mostUnits = SHORT_UNITS * (last - first);
    let units = 0;
    let joined = '';
    for (let row = first; row < last; row++) {
      const cell = cells[row];
      // Where the cell begins when all are joined and are ASCII.
      offsets[row] = start + units;
      if (typeof cell === 'string') {
        units += cell.length;
        if (units <= mostUnits) joined += cell;
      } else if (cell === null || cell === undefined) validity.markNull(row);
      else throw cellError(kind, row, cell, 'text');
    }
    if (units <= mostUnits) {
      if (bytes.append(joined) === units || this.#findBorders(first, last, start)) return;
      bytes.length = start;
    }
    for (let row = first; row < last; row++) {
      offsets[row] = bytes.length;
      bytes.append(cells[row] ?? '');
    }
  }

  /**
   * Sets the offsets of cells that were encoded in one piece from `start` on, walking over their bytes: that takes half
   * the time of looking at the characters of the cells.
   *
   * @returns false when halves of a surrogate pair met at a border of cells and became one character
   */
  #findBorders(first: number, last: number, start: number): boolean {
    const { cells, offsets } = this;
    const encoded = this.bytes.view();
    let at = start;
    for (let row = first; row < last; row++) {
      offsets[row] = at;
      let units = cells[row]?.length ?? 0;
      while (units > 0) {
        const lead = encoded[at];
        at += lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
        units -= lead < 0xf0 ? 1 : 2;
      }
      if (units < 0) return false;
    }
    return true;
  }
}

/** UTF-16 units of every so many cells together. */
function unitsOf(cells: Cells<string>, step: number, count: number): number {
  let units = 0;
  for (let i = 0; i < count; i++) units += cells[Math.floor(i * step)]?.length ?? 0;
  return units;
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

keepShape(new TextPacker('string', []));
