import type { Put, Sink } from './sink.ts';
import { byteLength } from './size-sink.ts';
import { type BytesInit, type Init, type UnknownField, WIRE } from './types.ts';

/** Up to this many octets of ASCII a loop beats the call into native code. */
const LONGEST_LOOP = 24;
const NO_BUFFER: Buffer = Buffer.alloc(0);

/** Second pass: writes what the first one measured. */
export class ByteSink implements Sink {
  readonly #lengths: readonly number[];
  #buffer = NO_BUFFER;
  /** Bytes fields of at least as many octets are not copied. */
  #smallestPart = 0;
  #parts: Uint8Array[] = [];
  #partStart = 0;
  #nextLength = 0;
  #position = 0;

  /** @param lengths those of the first pass */
  constructor(lengths: readonly number[]) {
    this.#lengths = lengths;
  }

  start(buffer: Buffer, at: number, smallestPart: number): void {
    this.#buffer = buffer;
    this.#smallestPart = smallestPart;
    this.#partStart = at;
    this.#position = at;
    this.#nextLength = 0;
  }

  /** Where the next octet would go. */
  get position(): number {
    return this.#position;
  }

  /** Lets go of the buffer. */
  end(): void {
    this.#buffer = NO_BUFFER;
  }

  /** What was written, and the fields that were not copied, in order. */
  takeParts(): readonly Uint8Array[] {
    this.#seal();
    const parts = this.#parts;
    this.#parts = [];
    return parts;
  }

  string(field: number, value: string | undefined): void {
    if (value !== undefined && value !== '') this.anyString(field, value);
  }

  anyString(field: number, value: string): void {
    const length = this.#lengths[this.#nextLength++];
    this.#head(field, length);
    const buffer = this.#buffer;
    const at = this.#position;
    if (length === value.length && length <= LONGEST_LOOP) {
      for (let index = 0; index < length; index++) buffer[at + index] = value.charCodeAt(index);
    } else buffer.write(value, at, length);
    this.#position = at + length;
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
    this.#buffer[this.#position++] = 1;
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
    if (this.#position > this.#partStart) this.#parts.push(this.#buffer.subarray(this.#partStart, this.#position));
    this.#partStart = this.#position;
  }

  #copy(value: Uint8Array): void {
    this.#buffer.set(value, this.#position);
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
    const buffer = this.#buffer;
    let at = this.#position;
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
    this.#position = at;
  }

  #number(value: number): void {
    if (value >= 0) this.#small(value);
    else this.#bigint(BigInt(value));
  }

  #bigint(value: bigint): void {
    let rest = BigInt.asUintN(64, value);
    while (rest > 0xffff_ffffn) {
      this.#buffer[this.#position++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    this.#small(Number(rest));
  }
}
