import { type Encoding, measureMessage } from './encode.ts';
import { type Get, Reader } from './reader.ts';
import type { Put } from './sink.ts';
import type { Init } from './types.ts';

/** Encoder and decoder of one message type; fits the `Codec` of the grpc room. */
export interface MessageCodec<T> {
  encode(message: Init<T>): Uint8Array;
  /** The first half of encoding: what it returns writes the same bytes where they are needed, once, at once. */
  measure(message: Init<T>): Encoding;
  /** Bytes fields of the result are views on `bytes`. */
  decode(bytes: Uint8Array): T;
  /** Reads octets `start` to `end` of memory that is used again: nothing of the result is a view on it. */
  decodePassing(bytes: Buffer, start: number, end: number): T;
}

/** Joins what reads and what writes a message; `name` stands in error messages. */
export function messageCodec<T>(name: string, get: Get<T>, put: Put<T>): MessageCodec<T> {
  return {
    encode: (message) => measureMessage(name, message, put).toBytes(),
    measure: (message) => measureMessage(name, message, put),
    decode: (bytes) => get(new Reader(name, bytes)),
    decodePassing: (bytes, start, end) => get(new Reader(name, bytes, { start, end })),
  };
}

/** Appends to a list of a message under construction. */
export function append<T>(list: readonly T[], item: T): void {
  (list as T[]).push(item);
}
