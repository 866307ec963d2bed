import { ProtocolError } from '../errors/index.ts';
import type { Put, Sink } from './sink.ts';
import { type BytesInit, type Init, NO_BYTES, type UnknownField, WIRE } from './types.ts';

/**
 * Encodes a message: measures it, allocates once, writes each bytes field by one copy.
 *
 * Lone surrogates in strings become U+FFFD, because proto3 strings are UTF-8.
 *
 * @throws ProtocolError `message_unencodable` when a number does not fit its field
 */
export function encodeMessage<T>(message: string, value: Init<T>, put: Put<T>): Uint8Array {
  const sizes = new SizeSink(message);
  put(sizes, value);
  if (sizes.total === 0) return NO_BYTES;
  const writer = new ByteSink(Buffer.allocUnsafe(sizes.total), sizes.lengths);
  put(writer, value);
  return writer.buffer;
}

/** From here on a bytes field is a part of its own; smaller ones cost less to copy than to send apart. */
const PART_BYTES = 64 << 10;

/**
 * Encodes a message without copying its big bytes fields: they are parts of the result as they are.
 *
 * @returns the same bytes as `encodeMessage` gives, in order
 * @throws ProtocolError `message_unencodable` when a number does not fit its field
 */
export function encodeMessageParts<T>(message: string, value: Init<T>, put: Put<T>): readonly Uint8Array[] {
  const sizes = new SizeSink(message);
  put(sizes, value);
  if (sizes.total === 0) return [NO_BYTES];
  const writer = new ByteSink(Buffer.allocUnsafe(sizes.total - sizes.partBytes), sizes.lengths, PART_BYTES);
  put(writer, value);
  return writer.parts();
}

/** First pass: adds up bytes, and notes the lengths of strings and messages in the order in which the second pass meets them. */
class SizeSink implements Sink {
  readonly #message: string;
  readonly lengths: number[] = [];
  total = 0;
  /** Bytes of the fields that may be parts of their own. */
  partBytes = 0;

  constructor(message: string) {
    this.#message = message;
  }

  string(field: number, value: string | undefined): void {
    if (value !== undefined && value !== '') this.anyString(field, value);
  }

  anyString(field: number, value: string): void {
    const length = Buffer.byteLength(value);
    this.lengths.push(length);
    this.total += delimitedSize(field, length);
  }

  bytes(field: number, value: BytesInit | undefined): void {
    if (value !== undefined && byteLength(value) > 0) this.#addBytes(field, value);
  }

  int64(field: number, value: bigint | number | undefined): void {
    if (value === undefined || value === 0 || value === 0n) return;
    // Nearly all fit a number, whose arithmetic allocates nothing.
    const number = Number(value);
    if (Number.isSafeInteger(number)) {
      this.total += tagSize(field) + numberSize(number);
      return;
    }
    const fits = typeof value === 'bigint' && BigInt.asIntN(64, value) === value;
    if (!fits) throw this.#unencodable(field, `holds ${value}, which is no int64${typeof value === 'number' ? ' (give a bigint)' : ''}`);
    this.total += tagSize(field) + bigintSize(value);
  }

  int32(field: number, value: number | undefined): void {
    if (value === undefined || value === 0) return;
    if ((value | 0) !== value) throw this.#unencodable(field, `holds ${value}, which is no int32`);
    this.total += tagSize(field) + numberSize(value);
  }

  uint32(field: number, value: number | undefined): void {
    if (value === undefined || value === 0) return;
    if (value >>> 0 !== value) throw this.#unencodable(field, `holds ${value}, which is no uint32`);
    this.total += tagSize(field) + numberSize(value);
  }

  bool(field: number, value: boolean | undefined): void {
    if (value === true) this.total += tagSize(field) + 1;
  }

  message<T>(field: number, value: Init<T> | undefined, put: Put<T>): void {
    if (value === undefined) return;
    const index = this.lengths.push(0) - 1;
    const before = this.total;
    this.total = 0;
    put(this, value);
    const length = this.total;
    this.lengths[index] = length;
    this.total = before + delimitedSize(field, length);
  }

  strings(field: number, values: readonly string[] | undefined): void {
    if (values !== undefined) for (const value of values) this.anyString(field, value);
  }

  byteLists(field: number, values: readonly BytesInit[] | undefined): void {
    if (values !== undefined) for (const value of values) this.#addBytes(field, value);
  }

  unknown(fields: readonly UnknownField[] | undefined): void {
    if (fields !== undefined) for (const { no, data } of fields) this.total += tagSize(no) + data.length;
  }

  #addBytes(field: number, value: BytesInit): void {
    this.total += delimitedSize(field, byteLength(value));
    if (value instanceof Uint8Array) this.#addPart(value);
    else for (const part of value) this.#addPart(part);
  }

  #addPart({ length }: Uint8Array): void {
    if (length >= PART_BYTES) this.partBytes += length;
  }

  #unencodable(field: number, reason: string): ProtocolError {
    return new ProtocolError('message_unencodable', { message: this.#message, field, reason });
  }
}

/** Second pass: fills the buffer that the first one measured. */
class ByteSink implements Sink {
  readonly buffer: Buffer;
  readonly #lengths: readonly number[];
  /** Bytes fields of at least as many octets are not copied. */
  readonly #smallestPart: number;
  readonly #parts: Uint8Array[] = [];
  #partStart = 0;
  #nextLength = 0;
  #position = 0;

  constructor(buffer: Buffer, lengths: readonly number[], smallestPart = Number.POSITIVE_INFINITY) {
    this.buffer = buffer;
    this.#lengths = lengths;
    this.#smallestPart = smallestPart;
  }

  /** What was written, and the fields that were not copied, in order. */
  parts(): readonly Uint8Array[] {
    this.#seal();
    return this.#parts;
  }

  string(field: number, value: string | undefined): void {
    if (value !== undefined && value !== '') this.anyString(field, value);
  }

  anyString(field: number, value: string): void {
    const length = this.#lengths[this.#nextLength++];
    this.#head(field, length);
    if (length === value.length && length <= 16) {
      for (let index = 0; index < length; index++) this.buffer[this.#position + index] = value.charCodeAt(index);
    } else this.buffer.write(value, this.#position, length);
    this.#position += length;
  }

  bytes(field: number, value: BytesInit | undefined): void {
    if (value !== undefined && byteLength(value) > 0) this.#anyBytes(field, value);
  }

  int64(field: number, value: bigint | number | undefined): void {
    if (value === undefined || value === 0 || value === 0n) return;
    this.#tag(field, WIRE.varint);
    const number = Number(value);
    if (number >= 0 && number <= Number.MAX_SAFE_INTEGER) this.#small(number);
    else this.#bigint(BigInt(value));
  }

  int32(field: number, value: number | undefined): void {
    if (value === undefined || value === 0) return;
    this.#tag(field, WIRE.varint);
    this.#number(value);
  }

  uint32(field: number, value: number | undefined): void {
    this.int32(field, value);
  }

  bool(field: number, value: boolean | undefined): void {
    if (value !== true) return;
    this.#tag(field, WIRE.varint);
    this.buffer[this.#position++] = 1;
  }

  message<T>(field: number, value: Init<T> | undefined, put: Put<T>): void {
    if (value === undefined) return;
    this.#head(field, this.#lengths[this.#nextLength++]);
    put(this, value);
  }

  strings(field: number, values: readonly string[] | undefined): void {
    if (values !== undefined) for (const value of values) this.anyString(field, value);
  }

  byteLists(field: number, values: readonly BytesInit[] | undefined): void {
    if (values !== undefined) for (const value of values) this.#anyBytes(field, value);
  }

  unknown(fields: readonly UnknownField[] | undefined): void {
    if (fields === undefined) return;
    for (const { no, wireType, data } of fields) {
      this.#tag(no, wireType);
      this.#copy(data);
    }
  }

  #anyBytes(field: number, value: BytesInit): void {
    this.#head(field, byteLength(value));
    if (value instanceof Uint8Array) this.#part(value);
    else for (const part of value) this.#part(part);
  }

  #part(value: Uint8Array): void {
    if (value.length < this.#smallestPart) {
      this.#copy(value);
    } else {
      this.#seal();
      this.#parts.push(value);
    }
  }

  #seal(): void {
    if (this.#position > this.#partStart) this.#parts.push(this.buffer.subarray(this.#partStart, this.#position));
    this.#partStart = this.#position;
  }

  #copy(value: Uint8Array): void {
    this.buffer.set(value, this.#position);
    this.#position += value.length;
  }

  #head(field: number, length: number): void {
    this.#tag(field, WIRE.bytes);
    this.#small(length);
  }

  #tag(field: number, wireType: number): void {
    this.#small(field * 8 + wireType);
  }

  /** A number from 0 to 2^53. */
  #small(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.buffer[this.#position++] = (rest % 0x80) | 0x80;
      rest = rest < 0x8000_0000 ? rest >>> 7 : Math.floor(rest / 0x80);
    }
    this.buffer[this.#position++] = rest;
  }

  #number(value: number): void {
    if (value >= 0) this.#small(value);
    else this.#bigint(BigInt(value));
  }

  #bigint(value: bigint): void {
    let rest = BigInt.asUintN(64, value);
    while (rest > 0xffff_ffffn) {
      this.buffer[this.#position++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    this.#small(Number(rest));
  }
}

function byteLength(value: BytesInit): number {
  return value instanceof Uint8Array ? value.length : value.reduce((sum, part) => sum + part.length, 0);
}

function delimitedSize(field: number, length: number): number {
  return tagSize(field) + numberSize(length) + length;
}

function tagSize(field: number): number {
  return field < 16 ? 1 : numberSize(field * 8);
}

/** Bytes of a varint; negative numbers take ten, because protobuf extends their sign to 64 bits. */
function numberSize(value: number): number {
  if (value < 0) return 10;
  let size = 1;
  for (let limit = 0x80; value >= limit; limit *= 0x80) size++;
  return size;
}

/** Of a bigint that no number holds exactly. */
function bigintSize(value: bigint): number {
  if (value < 0n) return 10;
  return value < 1n << 56n ? 8 : 9;
}
