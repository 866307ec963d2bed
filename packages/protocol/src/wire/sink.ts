import { ProtocolError } from '../errors/index.ts';
import { type BytesInit, type Init, NO_BYTES, type UnknownField, WIRE } from './types.ts';

/** Writes the fields of one message, in one pass. */
export type Put<T> = (sink: Sink, message: Init<T>) => void;

/** Bytes of this size and more are only referred to, until they are copied to where the message goes. */
const SMALLEST_REFERENCE = 512;
/** Up to this many octets of ASCII a loop beats the call into native code. */
const LONGEST_LOOP = 16;
const FIRST_BUFFER_BYTES = 4 << 10;
/** A buffer that has grown beyond is not kept for the next message. */
const LARGEST_KEPT_BYTES = 64 << 10;
/** Room for a tag and a number, five and ten octets at most. */
const TAG_AND_NUMBER = 15;
/** UTF-8 of one UTF-16 unit. */
const MOST_BYTES_PER_UNIT = 3;

/**
 * Where fields go. As in proto3, empty values are left out;
 * items of lists and entries of maps are written whatever they hold.
 *
 * The length of a message in a message is known at its end: one octet is kept free for it, and what follows is moved when it
 * needs more. That is cheaper than to measure each message before it is written.
 */
export class Sink {
  #message = '';
  #buffer: Buffer = Buffer.allocUnsafeSlow(FIRST_BUFFER_BYTES);
  #at = 0;
  /** Bytes that lie elsewhere, and the positions in the buffer that they belong before. */
  readonly #references: Uint8Array[] = [];
  readonly #places: number[] = [];
  #referenceCount = 0;
  #referencedBytes = 0;

  /** Starts over. @param message its name, for errors */
  start(message: string): void {
    this.#message = message;
    this.#at = 0;
    this.#referencedBytes = 0;
    for (; this.#referenceCount > 0; this.#referenceCount--) this.#references[this.#referenceCount - 1] = NO_BYTES;
    if (this.#buffer.length > LARGEST_KEPT_BYTES) this.#buffer = Buffer.allocUnsafeSlow(FIRST_BUFFER_BYTES);
  }

  /** Octets so far. */
  get length(): number {
    return this.#at + this.#referencedBytes;
  }

  /** Copies all octets to `target` from `start` on, where there must be room. */
  copyTo(target: Buffer, start: number): void {
    let from = 0;
    let at = start;
    for (let i = 0; i < this.#referenceCount; i++) {
      const bytes = this.#references[i];
      at = this.#copyPiece(target, at, from, this.#places[i]);
      from = this.#places[i];
      target.set(bytes, at);
      at += bytes.length;
    }
    this.#copyPiece(target, at, from, this.#at);
  }

  /** All octets in order, in pieces of memory: of the bytes that were referred to those of `smallestPart` octets where they are. */
  toParts(smallestPart: number): readonly Uint8Array[] {
    const references = this.#references.slice(0, this.#referenceCount);
    const apart = references.reduce((sum, { length }) => (length >= smallestPart ? sum + length : sum), 0);
    const joined = Buffer.allocUnsafe(this.length - apart);
    const parts: Uint8Array[] = [];
    let [from, at, partStart] = [0, 0, 0];
    for (const [i, bytes] of references.entries()) {
      at = this.#copyPiece(joined, at, from, this.#places[i]);
      from = this.#places[i];
      if (bytes.length >= smallestPart) {
        if (at > partStart) parts.push(joined.subarray(partStart, at));
        parts.push(bytes);
        partStart = at;
      } else {
        joined.set(bytes, at);
        at += bytes.length;
      }
    }
    at = this.#copyPiece(joined, at, from, this.#at);
    if (at > partStart) parts.push(joined.subarray(partStart, at));
    return parts;
  }

  string(field: number, value: string | undefined): void {
    if (value !== undefined && value !== '') this.anyString(field, value);
  }

  /** A string even when it is empty; the keys and values of maps. */
  anyString(field: number, value: string): void {
    this.#makeRoom(TAG_AND_NUMBER + value.length * MOST_BYTES_PER_UNIT);
    this.#tag(field, WIRE.bytes);
    const lengthAt = this.#at;
    if (value.length <= LONGEST_LOOP && this.#writeAscii(value, lengthAt + 1)) {
      this.#buffer[lengthAt] = value.length;
      this.#at = lengthAt + 1 + value.length;
      return;
    }
    const lengthBytes = numberBytes(value.length);
    const bytes = this.#buffer.write(value, lengthAt + lengthBytes);
    if (numberBytes(bytes) > lengthBytes)
      this.#buffer.copyWithin(lengthAt + lengthBytes + 1, lengthAt + lengthBytes, lengthAt + lengthBytes + bytes);
    this.#small(bytes);
    this.#at += bytes;
  }

  bytes(field: number, value: BytesInit | undefined): void {
    if (value !== undefined && byteLength(value) > 0) this.#anyBytes(field, value);
  }

  int64(field: number, value: bigint | number | undefined): void {
    if (value === undefined || value === 0 || value === 0n) return;
    this.#makeRoom(TAG_AND_NUMBER);
    this.#tag(field, WIRE.varint);
    // Nearly all fit a number, whose arithmetic allocates nothing.
    const number = Number(value);
    if (Number.isSafeInteger(number)) {
      this.#number(number);
      return;
    }
    const fits = typeof value === 'bigint' && BigInt.asIntN(64, value) === value;
    if (!fits) throw this.#unencodable(field, `holds ${value}, which is no int64${typeof value === 'number' ? ' (give a bigint)' : ''}`);
    this.#bigint(value);
  }

  /** An int32 or enum field. */
  int32(field: number, value: number | undefined): void {
    if (value === undefined || value === 0) return;
    if ((value | 0) !== value) throw this.#unencodable(field, `holds ${value}, which is no int32`);
    this.#makeRoom(TAG_AND_NUMBER);
    this.#tag(field, WIRE.varint);
    this.#number(value);
  }

  uint32(field: number, value: number | undefined): void {
    if (value === undefined || value === 0) return;
    if (value >>> 0 !== value) throw this.#unencodable(field, `holds ${value}, which is no uint32`);
    this.#makeRoom(TAG_AND_NUMBER);
    this.#tag(field, WIRE.varint);
    this.#small(value);
  }

  bool(field: number, value: boolean | undefined): void {
    if (value !== true) return;
    this.#makeRoom(TAG_AND_NUMBER);
    this.#tag(field, WIRE.varint);
    this.#buffer[this.#at++] = 1;
  }

  message<T>(field: number, value: Init<T> | undefined, put: Put<T>): void {
    if (value === undefined) return;
    const mark = this.begin(field);
    put(this, value);
    this.end(mark);
  }

  /** Begins a message in the message; `end` takes what it returns. */
  begin(field: number): number {
    this.#makeRoom(TAG_AND_NUMBER);
    this.#tag(field, WIRE.bytes);
    return this.#at++;
  }

  /** Ends the message that was begun last. */
  end(mark: number): void {
    const start = mark + 1;
    let length = this.#at - start;
    for (let i = this.#referenceCount - 1; i >= 0 && this.#places[i] >= start; i--) length += this.#references[i].length;
    const more = numberBytes(length) - 1;
    if (more > 0) this.#move(start, more);
    const end = this.#at;
    this.#at = mark;
    this.#small(length);
    this.#at = end;
  }

  /** Items of a repeated string field. */
  strings(field: number, values: readonly string[] | undefined): void {
    if (values !== undefined) for (const value of values) this.anyString(field, value);
  }

  /** Items of a repeated bytes field. */
  byteLists(field: number, values: readonly BytesInit[] | undefined): void {
    if (values !== undefined) for (const value of values) this.#anyBytes(field, value);
  }

  unknown(fields: readonly UnknownField[] | undefined): void {
    if (fields === undefined) return;
    for (const { no, wireType, data } of fields) {
      this.#makeRoom(TAG_AND_NUMBER);
      this.#tag(no, wireType);
      this.#raw(data);
    }
  }

  #anyBytes(field: number, value: BytesInit): void {
    this.#makeRoom(TAG_AND_NUMBER);
    this.#tag(field, WIRE.bytes);
    this.#small(byteLength(value));
    if (value instanceof Uint8Array) this.#raw(value);
    else for (const part of value) this.#raw(part);
  }

  #raw(bytes: Uint8Array): void {
    if (bytes.length >= SMALLEST_REFERENCE) {
      this.#references[this.#referenceCount] = bytes;
      this.#places[this.#referenceCount++] = this.#at;
      this.#referencedBytes += bytes.length;
      return;
    }
    this.#makeRoom(bytes.length);
    this.#buffer.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  /** Makes room of a few octets before what has been written from `start` on. */
  #move(start: number, bytes: number): void {
    this.#makeRoom(bytes);
    this.#buffer.copyWithin(start + bytes, start, this.#at);
    this.#at += bytes;
    for (let i = this.#referenceCount - 1; i >= 0 && this.#places[i] >= start; i--) this.#places[i] += bytes;
  }

  #makeRoom(bytes: number): void {
    if (this.#at + bytes <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#at + bytes, 2 * this.#buffer.length));
    this.#buffer.copy(larger, 0, 0, this.#at);
    this.#buffer = larger;
  }

  #copyPiece(target: Buffer, at: number, from: number, to: number): number {
    const length = to - from;
    if (length > LONGEST_LOOP) this.#buffer.copy(target, at, from, to);
    else for (let i = 0; i < length; i++) target[at + i] = this.#buffer[from + i];
    return at + length;
  }

  /** False: it is no ASCII, and nothing of it counts. */
  #writeAscii(value: string, at: number): boolean {
    const buffer = this.#buffer;
    for (let i = 0; i < value.length; i++) {
      const code = value.charCodeAt(i);
      if (code >= 0x80) return false;
      buffer[at + i] = code;
    }
    return true;
  }

  #tag(field: number, wireType: number): void {
    this.#small(field * 8 + wireType);
  }

  /** A number from 0 to 2^53. */
  #small(value: number): void {
    const buffer = this.#buffer;
    let at = this.#at;
    let rest = value;
    if (rest > 0x7fff_ffff) {
      const high = Math.floor(rest / 0x1000_0000);
      const low = rest - high * 0x1000_0000;
      buffer[at++] = low | 0x80;
      buffer[at++] = (low >>> 7) | 0x80;
      buffer[at++] = (low >>> 14) | 0x80;
      buffer[at++] = (low >>> 21) | 0x80;
      rest = high;
    }
    for (; rest >= 0x80; rest >>>= 7) buffer[at++] = rest | 0x80;
    buffer[at++] = rest;
    this.#at = at;
  }

  /** Negative numbers take ten octets, because protobuf extends their sign to 64 bits. */
  #number(value: number): void {
    if (value >= 0) this.#small(value);
    else this.#bigint(BigInt(value));
  }

  #bigint(value: bigint): void {
    let rest = BigInt.asUintN(64, value);
    while (rest > 0xffff_ffffn) {
      this.#buffer[this.#at++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    this.#small(Number(rest));
  }

  #unencodable(field: number, reason: string): ProtocolError {
    return new ProtocolError('message_unencodable', { message: this.#message, field, reason });
  }
}

/** Octets of a bytes field. */
function byteLength(value: BytesInit): number {
  return value instanceof Uint8Array ? value.length : value.reduce((sum, part) => sum + part.length, 0);
}

/** Octets of a length as a varint. */
function numberBytes(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x20_0000) return 3;
  return value < 0x1000_0000 ? 4 : 5;
}
