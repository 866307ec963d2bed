import { ENTRY_OVERHEAD, type HeaderFields } from './decoder.ts';
import { STATIC_TABLE } from './static-table.ts';

/** We never use a larger table than the default, whatever the peer allows. */
const LARGEST_TABLE = 4096;
const STATIC_COUNT = STATIC_TABLE.length;
const staticFields = new Map<string, number>();
const staticNames = new Map<string, number>();
for (let index = STATIC_COUNT; index >= 1; index--) {
  const [name, value] = STATIC_TABLE[index - 1];
  staticFields.set(`${name}\0${value}`, index);
  staticNames.set(name, index);
}

/**
 * Writes header blocks, RFC 7541, without Huffman coding.
 *
 * It never evicts: when the table is full it stops inserting. So a block stays valid, octet for octet, for as long as
 * `epoch` stays the same, and callers may keep it. Blocks must go out in the order in which they were encoded.
 */
export class HpackEncoder {
  /** Grows with each change of the table. */
  epoch = 0;
  #maxTableBytes = LARGEST_TABLE;
  #tableBytes = 0;
  #announced = true;
  /** Insertion number by `name\0value`. */
  readonly #inserted = new Map<string, number>();

  /** Takes the peer's SETTINGS_HEADER_TABLE_SIZE: starts over with an empty table, told at the start of the next block. */
  setTableLimit(maxBytes: number): void {
    const wanted = Math.min(maxBytes, LARGEST_TABLE);
    if (wanted === this.#maxTableBytes) return;
    this.#maxTableBytes = wanted;
    this.#tableBytes = 0;
    this.#inserted.clear();
    this.#announced = false;
    this.epoch++;
  }

  /** Upper bound of what `encode` writes for these fields, in octets. */
  static bound(fields: HeaderFields): number {
    let length = 16;
    for (let i = 0; i < fields.length; i++) length += fields[i].length + 6;
    return length;
  }

  /**
   * Encodes fields into `target` at `at`.
   *
   * @param lasting the values recur in later blocks, so they earn a place in the table; per-call values must not
   * @returns the position after the block
   */
  encode(target: Buffer, at: number, fields: HeaderFields, lasting: boolean): number {
    let end = at;
    if (!this.#announced) {
      this.#announced = true;
      end = writeInteger(target, end, 0x20, 5, 0); // 0 first empties the peer's table, whatever it held
      end = writeInteger(target, end, 0x20, 5, this.#maxTableBytes);
    }
    for (let i = 0; i < fields.length; i += 2) end = this.#encodeField(target, end, fields[i], fields[i + 1], lasting);
    return end;
  }

  #encodeField(target: Buffer, at: number, name: string, value: string, lasting: boolean): number {
    const key = `${name}\0${value}`;
    const index = staticFields.get(key) ?? this.#dynamicIndex(key);
    if (index !== undefined) return writeInteger(target, at, 0x80, 7, index);
    const nameIndex = staticNames.get(name) ?? 0;
    const insert = lasting && this.#insert(key, name.length + value.length + ENTRY_OVERHEAD);
    let end = insert ? writeInteger(target, at, 0x40, 6, nameIndex) : writeInteger(target, at, 0x00, 4, nameIndex);
    if (nameIndex === 0) end = writeString(target, end, name);
    end = writeString(target, end, value);
    return end;
  }

  #dynamicIndex(key: string): number | undefined {
    const number = this.#inserted.get(key);
    return number === undefined ? undefined : STATIC_COUNT + this.#inserted.size - number;
  }

  #insert(key: string, bytes: number): boolean {
    if (this.#tableBytes + bytes > this.#maxTableBytes) return false;
    this.#inserted.set(key, this.#inserted.size);
    this.#tableBytes += bytes;
    this.epoch++;
    return true;
  }
}

function writeInteger(target: Buffer, at: number, pattern: number, prefixBits: number, value: number): number {
  const mask = (1 << prefixBits) - 1;
  if (value < mask) {
    target[at] = pattern | value;
    return at + 1;
  }
  let end = at;
  target[end++] = pattern | mask;
  let rest = value - mask;
  for (; rest >= 128; rest >>>= 7) target[end++] = (rest & 127) | 128;
  target[end++] = rest;
  return end;
}

function writeString(target: Buffer, at: number, text: string): number {
  const start = writeInteger(target, at, 0x00, 7, text.length);
  return start + target.write(text, start, 'latin1');
}
