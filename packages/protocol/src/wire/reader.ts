import { ProtocolError } from '../errors/index.ts';
import { decodeUtf8 } from './text.ts';
import { type Mutable, NO_BYTES, type StringMap, type UnknownField, type Unknowns, WIRE } from './types.ts';

/** Reads the fields of one message from the reader into `target`, or into a new message. */
export type Get<T> = (reader: Reader, target?: T) => T;

const MAX_GROUP_DEPTH = 100;
/** Kept of one message with all that is in it. Each costs about 170 bytes of heap, and may be two bytes on the wire. */
const MAX_UNKNOWN_FIELDS = 10_000;
/** Entries of maps in one message with all that is in it. A key of four bytes costs over a hundred of heap. */
const MAX_MAP_ENTRIES = 100_000;

/**
 * Walks the fields of one protobuf message.
 *
 * | piece | bytes |
 * |---|---|
 * | tag | varint: field number × 8 + wire type |
 * | varint | 7 bits per byte, low ones first, high bit set on all but the last; at most 10 bytes |
 * | bytes, string, message | varint length, then that many bytes |
 *
 * Bytes fields are views on the input. Whatever is malformed ends in ProtocolError `message_malformed`;
 * nothing is read outside of the input. Strings that are no UTF-8 are malformed, as in Go.
 */
export class Reader {
  readonly #message: string;
  readonly #bytes: Buffer;
  readonly #isPassing: boolean;
  readonly #origin: number;
  #position: number;
  #end: number;
  #field = 0;
  #wireType = 0;
  #unknownFields = 0;
  #mapEntries = 0;
  /** The last varint, as two halves. */
  #low = 0;
  #high = 0;

  /** @param passing which octets of `bytes` to read, when their memory is used again: then bytes fields are copies */
  constructor(message: string, bytes: Uint8Array, passing?: { readonly start: number; readonly end: number }) {
    this.#message = message;
    this.#bytes = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#isPassing = passing !== undefined;
    this.#origin = passing?.start ?? 0;
    this.#position = this.#origin;
    this.#end = passing?.end ?? bytes.length;
  }

  /** Number of the next field, or 0 at the end of the message. */
  next(): number {
    if (this.#position === this.#end) return 0;
    const tag = this.#varint32();
    this.#field = tag >>> 3;
    this.#wireType = tag & 7;
    if (this.#field === 0) throw this.#malformed('field number 0');
    return this.#field;
  }

  string(): string {
    const start = this.#start(WIRE.bytes);
    const text = decodeUtf8(this.#bytes, start, this.#position);
    if (text === undefined) throw this.#malformed('a string that is not UTF-8');
    return text;
  }

  /** A view on the input, unless that is used again. */
  bytes(): Uint8Array {
    const start = this.#start(WIRE.bytes);
    return start === this.#position ? NO_BYTES : this.#take(start);
  }

  int64(): bigint {
    this.#varint64();
    const high = this.#high;
    if (high >= 0 && high < 0x200000) return BigInt(high * 0x1_0000_0000 + (this.#low >>> 0));
    return (BigInt(high) << 32n) | BigInt(this.#low >>> 0);
  }

  /** An int32 or enum field; larger numbers are cut to their low 32 bits, as everywhere in protobuf. */
  int32(): number {
    this.#varint64();
    return this.#low;
  }

  uint32(): number {
    this.#varint64();
    return this.#low >>> 0;
  }

  bool(): boolean {
    this.#varint64();
    return (this.#low | this.#high) !== 0;
  }

  /** A message field; a second occurrence is merged into the first. */
  message<T>(get: Get<T>, target?: T): T {
    this.#expect(WIRE.bytes);
    const length = this.#length();
    const outerEnd = this.#end;
    this.#end = this.#position + length;
    const message = target === undefined ? get(this) : get(this, target);
    this.#end = outerEnd;
    return message;
  }

  /** Octets of this message that have not been read. */
  get bytesLeft(): number {
    return this.#end - this.#position;
  }

  /** If what is left of this message is these octets, it has been read. */
  skipEqual(octets: Buffer): boolean {
    const { length } = octets;
    if (length !== this.bytesLeft || this.#bytes.compare(octets, 0, length, this.#position, this.#end) !== 0) return false;
    this.#position = this.#end;
    return true;
  }

  /** Takes what is left of this message, in memory of its own. */
  takeCopy(): Buffer {
    const copy = Buffer.allocUnsafeSlow(this.bytesLeft);
    this.#bytes.copy(copy, 0, this.#position, this.#end);
    this.#position = this.#end;
    return copy;
  }

  /** One entry of a map from string to string. */
  mapEntry(target: StringMap): void {
    this.#entry(target, '', () => this.string());
  }

  /** One entry of a map from string to message. */
  messageMapEntry<T>(target: StringMap<T>, get: Get<T>): void {
    this.#entry<T | undefined>(
      target as StringMap<T | undefined>,
      undefined,
      (previous) => this.message(get, previous),
      () => get(new Reader(this.#message, NO_BYTES)),
    );
  }

  /** Keeps a field that the message does not know, up to a limit. */
  unknown(target: Unknowns): void {
    if (++this.#unknownFields > MAX_UNKNOWN_FIELDS) throw this.#malformed(`more than ${MAX_UNKNOWN_FIELDS} fields that are unknown here`);
    const start = this.#position;
    this.#skip(this.#field, this.#wireType, 0);
    const field: UnknownField = { no: this.#field, wireType: this.#wireType, data: this.#take(start) };
    const message = target as Mutable<Unknowns>;
    if (message.$unknown === undefined) message.$unknown = [field];
    else (message.$unknown as UnknownField[]).push(field);
  }

  #entry<Value>(target: StringMap<Value>, empty: Value, read: (previous: Value) => Value, fallback?: () => Value): void {
    this.#expect(WIRE.bytes);
    if (++this.#mapEntries > MAX_MAP_ENTRIES) throw this.#malformed(`more than ${MAX_MAP_ENTRIES} entries of maps`);
    const length = this.#length();
    const outerEnd = this.#end;
    this.#end = this.#position + length;
    let key = '';
    let value = empty;
    for (let field = this.next(); field !== 0; field = this.next()) {
      if (field === 1) key = this.string();
      else if (field === 2) value = read(value);
      else this.#skip(field, this.#wireType, 0);
    }
    this.#end = outerEnd;
    if (value === undefined && fallback !== undefined) value = fallback();
    // Plain assignment to this one key would change the prototype instead of adding an entry.
    if (key === '__proto__') Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
    else (target as Record<string, Value>)[key] = value;
  }

  /** Octets that have just been passed. */
  #take(start: number): Uint8Array {
    if (!this.#isPassing) return this.#bytes.subarray(start, this.#position);
    const copy = Buffer.allocUnsafe(this.#position - start);
    this.#bytes.copy(copy, 0, start, this.#position);
    return copy;
  }

  /** Moves over a length-delimited field and returns where it starts. */
  #start(wireType: number): number {
    this.#expect(wireType);
    const length = this.#length();
    const start = this.#position;
    this.#position = start + length;
    return start;
  }

  #expect(wireType: number): void {
    if (this.#wireType !== wireType) throw this.#malformed(`wire type ${this.#wireType} where ${wireType} belongs`);
  }

  #length(): number {
    const length = this.#varint32();
    if (length > this.#end - this.#position)
      throw this.#malformed(`a length of ${length} where ${this.#end - this.#position} bytes are left`);
    return length;
  }

  /** A tag or a length: a varint that must fit 32 bits. */
  #varint32(): number {
    if (this.#position < this.#end) {
      const byte = this.#bytes[this.#position];
      if (byte < 0x80) {
        this.#position++;
        return byte;
      }
    }
    this.#readVarint();
    if (this.#high !== 0) throw this.#malformed('a tag or length above 32 bits');
    return this.#low >>> 0;
  }

  #varint64(): void {
    this.#expect(WIRE.varint);
    this.#readVarint();
  }

  #readVarint(): void {
    const bytes = this.#bytes;
    let low = 0;
    let high = 0;
    for (let index = 0; index < 10; index++) {
      if (this.#position === this.#end) throw this.#malformed('the end inside a number');
      const byte = bytes[this.#position++];
      const bits = byte & 0x7f;
      if (index < 4) low |= bits << (7 * index);
      else if (index === 4) {
        low |= bits << 28;
        high = bits >>> 4;
      } else high |= bits << (7 * index - 32);
      if (index === 9 && byte > 1) break;
      if (byte < 0x80) {
        this.#low = low;
        this.#high = high;
        return;
      }
    }
    throw this.#malformed('a number of more than 64 bits');
  }

  #skip(field: number, wireType: number, depth: number): void {
    switch (wireType) {
      case WIRE.varint:
        this.#readVarint();
        return;
      case WIRE.fixed64:
        this.#forward(8);
        return;
      case WIRE.bytes:
        this.#forward(this.#length());
        return;
      case WIRE.fixed32:
        this.#forward(4);
        return;
      case WIRE.startGroup:
        this.#skipGroup(field, depth);
        return;
      default:
        throw this.#malformed(wireType === WIRE.endGroup ? 'the end of a group that has no start' : `wire type ${wireType}`);
    }
  }

  #skipGroup(field: number, depth: number): void {
    if (depth === MAX_GROUP_DEPTH) throw this.#malformed(`groups nested deeper than ${MAX_GROUP_DEPTH}`);
    for (;;) {
      const tag = this.#varint32();
      if (tag >>> 3 === 0) throw this.#malformed('field number 0');
      if ((tag & 7) === WIRE.endGroup) {
        if (tag >>> 3 !== field) throw this.#malformed('the end of another group');
        return;
      }
      this.#skip(tag >>> 3, tag & 7, depth + 1);
    }
  }

  #forward(count: number): void {
    if (count > this.#end - this.#position) throw this.#malformed(`${count} bytes where ${this.#end - this.#position} are left`);
    this.#position += count;
  }

  #malformed(reason: string): ProtocolError {
    return new ProtocolError('message_malformed', {
      message: this.#message,
      field: this.#field,
      offset: this.#position - this.#origin,
      reason,
    });
  }
}
