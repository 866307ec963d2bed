import { ProtocolError } from '../errors/index.ts';
import type { Put, Sink } from './sink.ts';
import type { BytesInit, Init, UnknownField } from './types.ts';

/** From here on a bytes field is a part of its own; smaller ones cost less to copy than to send apart. */
export const PART_BYTES = 64 << 10;

/** First pass: adds up bytes, and notes the lengths of strings and messages in the order in which the second pass meets them. */
export class SizeSink implements Sink {
  #message = '';
  /** Those of the message come first; behind them lie some of earlier ones. */
  readonly lengths: number[] = [];
  #noted = 0;
  total = 0;
  /** Bytes of the fields that may be parts of their own. */
  partBytes = 0;

  /** @param message its name, for errors */
  start(message: string): void {
    this.#message = message;
    this.#noted = 0;
    this.total = 0;
    this.partBytes = 0;
  }

  string(field: number, value: string | undefined): void {
    if (value !== undefined && value !== '') this.anyString(field, value);
  }

  anyString(field: number, value: string): void {
    const length = Buffer.byteLength(value);
    this.lengths[this.#noted++] = length;
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
    const index = this.#noted++;
    this.lengths[index] = 0;
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
    if (value instanceof Uint8Array) this.#countPart(value.length);
    else for (const { length } of value) this.#countPart(length);
  }

  #countPart(length: number): void {
    if (length >= PART_BYTES) this.partBytes += length;
  }

  #unencodable(field: number, reason: string): ProtocolError {
    return new ProtocolError('message_unencodable', { message: this.#message, field, reason });
  }
}

/** Octets of a bytes field. */
export function byteLength(value: BytesInit): number {
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
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  let size = 3;
  for (let limit = 0x20_0000; value >= limit; limit *= 0x80) size++;
  return size;
}

/** Of a bigint that no number holds exactly. */
function bigintSize(value: bigint): number {
  if (value < 0n) return 10;
  return value < 1n << 56n ? 8 : 9;
}
