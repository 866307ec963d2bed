import { HpackError } from './errors.ts';
import { decodeHuffman } from './huffman.ts';
import { STATIC_TABLE } from './static-table.ts';

/** Header fields as one flat list: name, value, name, value. Octets are latin1 characters. */
export type HeaderFields = readonly string[];

/** Octets that a table entry costs beside its name and value, RFC 7541 section 4.1. */
export const ENTRY_OVERHEAD = 32;

/** More fields than this are too large a list: each may be one octet, and costs sixteen here. */
const MOST_FIELDS = 4096;

const STATIC_NAMES = STATIC_TABLE.map(([name]) => name);
const STATIC_VALUES = STATIC_TABLE.map(([, value]) => value);
const STATIC_COUNT = STATIC_TABLE.length;

/**
 * Reads header blocks, RFC 7541.
 *
 * One per connection. Every block must pass through it in order, those of unknown streams too: a block changes the table.
 */
export class HpackDecoder {
  /** Whether the last block held a field that HTTP/2 forbids. */
  malformed = false;
  /** Such a field has entered the table, so that those that come from there need a look as well. */
  #tainted = false;
  readonly #tableLimit: number;
  readonly #maxListBytes: number;
  #maxTableBytes: number;
  #tableBytes = 0;
  /** Oldest entry first, so that the newest is at the end. */
  readonly #names: string[] = [];
  readonly #values: string[] = [];
  #at = 0;

  /**
   * @param tableLimit our SETTINGS_HEADER_TABLE_SIZE
   * @param maxListBytes largest header list taken, counted as RFC 9113 section 6.5.2 does
   */
  constructor(tableLimit: number, maxListBytes: number) {
    this.#tableLimit = tableLimit;
    this.#maxTableBytes = tableLimit;
    this.#maxListBytes = maxListBytes;
  }

  /**
   * Decodes one whole header block.
   *
   * @returns the fields, or undefined when they are larger than `maxListBytes`; the table is in step either way
   * @throws HpackError when the block breaks RFC 7541
   */
  decode(bytes: Buffer, start: number, end: number): HeaderFields | undefined {
    const fields: string[] = [];
    let listBytes = 0;
    this.#at = start;
    this.malformed = false;
    while (this.#at < end) {
      const byte = bytes[this.#at];
      let name: string;
      let value: string;
      if (byte & 0x80) {
        const index = this.#integer(bytes, end, 7);
        name = this.#nameAt(index);
        value = this.#valueAt(index);
        if (this.#tainted && !isField(name, value)) this.malformed = true;
      } else if ((byte & 0xe0) === 0x20) {
        if (listBytes > 0) throw new HpackError('table size update after a field');
        this.#resize(this.#integer(bytes, end, 5));
        continue;
      } else {
        const indexed = (byte & 0x40) !== 0;
        const index = this.#integer(bytes, end, indexed ? 6 : 4);
        name = index === 0 ? this.#string(bytes, end) : this.#nameAt(index);
        value = this.#string(bytes, end);
        if (index === 0 || this.#tainted ? !isField(name, value) : FORBIDDEN_IN_VALUE.test(value)) {
          this.malformed = true;
          this.#tainted ||= indexed;
        }
        if (indexed) this.#insert(name, value);
      }
      listBytes += name.length + value.length + ENTRY_OVERHEAD;
      if (listBytes <= this.#maxListBytes && fields.length <= 2 * MOST_FIELDS) fields.push(name, value);
    }
    return listBytes > this.#maxListBytes || fields.length > 2 * MOST_FIELDS ? undefined : fields;
  }

  /** An integer with an N-bit prefix, RFC 7541 section 5.1, up to 28 bits more. */
  #integer(bytes: Buffer, end: number, prefixBits: number): number {
    const mask = (1 << prefixBits) - 1;
    if (this.#at >= end) throw new HpackError('block ends inside an integer');
    let value = bytes[this.#at++] & mask;
    if (value < mask) return value;
    for (let shift = 0; ; shift += 7) {
      if (this.#at >= end) throw new HpackError('block ends inside an integer');
      if (shift > 21) throw new HpackError('integer of more than 28 bits');
      const byte = bytes[this.#at++];
      value += (byte & 127) << shift;
      if (byte < 128) return value;
    }
  }

  #string(bytes: Buffer, end: number): string {
    const huffman = this.#at < end && (bytes[this.#at] & 0x80) !== 0;
    const length = this.#integer(bytes, end, 7);
    const start = this.#at;
    if (start + length > end) throw new HpackError('block ends inside a string');
    this.#at = start + length;
    return huffman ? decodeHuffman(bytes, start, this.#at) : bytes.toString('latin1', start, this.#at);
  }

  #nameAt(index: number): string {
    return index <= STATIC_COUNT && index > 0 ? STATIC_NAMES[index - 1] : this.#names[this.#place(index)];
  }

  #valueAt(index: number): string {
    return index <= STATIC_COUNT && index > 0 ? STATIC_VALUES[index - 1] : this.#values[this.#place(index)];
  }

  #place(index: number): number {
    const place = this.#names.length - (index - STATIC_COUNT);
    if (index === 0 || place < 0) throw new HpackError(`index ${index} is not in the table`);
    return place;
  }

  #insert(name: string, value: string): void {
    this.#names.push(name);
    this.#values.push(value);
    this.#tableBytes += name.length + value.length + ENTRY_OVERHEAD;
    this.#evict();
  }

  #resize(maxBytes: number): void {
    if (maxBytes > this.#tableLimit) throw new HpackError(`table of ${maxBytes} octets where ${this.#tableLimit} are allowed`);
    this.#maxTableBytes = maxBytes;
    this.#evict();
  }

  #evict(): void {
    let count = 0;
    while (this.#tableBytes > this.#maxTableBytes) {
      this.#tableBytes -= this.#names[count].length + this.#values[count].length + ENTRY_OVERHEAD;
      count++;
    }
    if (count === 0) return;
    this.#names.splice(0, count);
    this.#values.splice(0, count);
  }
}

/** RFC 9113 section 8.2.1, but for white space at the ends of a value, which grpc-go sends in messages. */
const FORBIDDEN_IN_VALUE = /[\0\n\r]/;

/** Fields are checked once, when the literal comes in: a name from a table that is not tainted needs no second look. */
const isField = (name: string, value: string): boolean => isFieldName(name) && !FORBIDDEN_IN_VALUE.test(value);

/** Lower-case visible characters, with a colon in front only: RFC 9113 section 8.2.1. */
function isFieldName(name: string): boolean {
  let at = name.charCodeAt(0) === 0x3a ? 1 : 0;
  if (at === name.length) return false;
  for (; at < name.length; at++) {
    const code = name.charCodeAt(at);
    if (code <= 0x20 || code >= 0x7f || (code >= 0x41 && code <= 0x5a) || code === 0x3a) return false;
  }
  return true;
}
