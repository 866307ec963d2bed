import { ProtocolError } from '../errors/index.ts';
import { ByteSink } from './byte-sink.ts';
import type { Put, Sink } from './sink.ts';
import { PART_BYTES, SizeSink } from './size-sink.ts';
import { type Init, NO_BYTES } from './types.ts';

/** Most messages are encoded one after the other, so that one encoding serves them all. */
let spare: Encoding | undefined;

/**
 * Measures a message: the first of two passes over it. The second one writes it where its bytes are needed.
 *
 * Lone surrogates in strings become U+FFFD, because proto3 strings are UTF-8.
 *
 * @throws ProtocolError `message_unencodable` when a number does not fit its field
 */
export function measureMessage<T>(message: string, value: Init<T>, put: Put<T>): Encoding {
  const encoding = spare ?? new Encoding();
  spare = undefined;
  encoding.measure(message, value, put);
  return encoding;
}

/** A message that has been measured. Write it once, by one of the methods, before anything else can happen to it. */
export class Encoding {
  /** Octets of the whole message. */
  length = 0;
  readonly #sizes = new SizeSink();
  readonly #bytes = new ByteSink(this.#sizes.lengths);
  #message = '';
  #value: unknown = undefined;
  #put: (sink: Sink, value: unknown) => void = putNothing;

  measure<T>(message: string, value: Init<T>, put: Put<T>): void {
    this.#sizes.start(message);
    put(this.#sizes, value);
    this.length = this.#sizes.total;
    this.#message = message;
    this.#value = value;
    this.#put = put as (sink: Sink, value: unknown) => void;
  }

  /** Writes the message to `target` from `at` on, where there must be room: each bytes field by one copy. */
  writeTo(target: Buffer, at: number): void {
    this.#write(target, at, at + this.length, Number.POSITIVE_INFINITY);
    this.#release();
  }

  /** The message in memory of its own. */
  toBytes(): Uint8Array {
    if (this.length === 0) {
      this.#release();
      return NO_BYTES;
    }
    const bytes = Buffer.allocUnsafe(this.length);
    this.writeTo(bytes, 0);
    return bytes;
  }

  /** The same bytes in order, in parts: bytes fields of 64 KB and more as they are, without a copy. */
  toParts(): readonly Uint8Array[] {
    const { partBytes } = this.#sizes;
    if (partBytes === 0) return [this.toBytes()];
    const between = this.length - partBytes;
    this.#write(Buffer.allocUnsafe(between), 0, between, PART_BYTES);
    const parts = this.#bytes.takeParts();
    this.#release();
    return parts;
  }

  #write(target: Buffer, at: number, end: number, smallestPart: number): void {
    this.#bytes.start(target, at, smallestPart);
    this.#put(this.#bytes, this.#value);
    const reason = 'has changed while it was encoded';
    if (this.#bytes.position !== end) throw new ProtocolError('message_unencodable', { message: this.#message, field: 0, reason });
  }

  #release(): void {
    this.#bytes.end();
    this.#value = undefined;
    spare = this;
  }
}

const putNothing = () => undefined;
