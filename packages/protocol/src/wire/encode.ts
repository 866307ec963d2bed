import { type Put, Sink } from './sink.ts';
import type { Init } from './types.ts';

/** From here on a bytes field is a part of its own; smaller ones cost less to copy than to send apart. */
const PART_BYTES = 64 << 10;

/** Most messages are encoded one after the other, so that one encoding serves them all. */
let spare: Encoding | undefined;

/**
 * Writes a message, but for its larger bytes fields, which are copied once, to where the message is needed.
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

/** A message whose length is known. Take it once, by one of the methods, before anything else can happen to its bytes fields. */
export class Encoding {
  /** Octets of the whole message. */
  length = 0;
  readonly #sink = new Sink();

  measure<T>(message: string, value: Init<T>, put: Put<T>): void {
    this.#sink.start(message);
    put(this.#sink, value);
    this.length = this.#sink.length;
  }

  /** Writes the message to `target` from `at` on, where there must be room: each bytes field by one copy. */
  writeTo(target: Buffer, at: number): void {
    this.#sink.copyTo(target, at);
    this.#release();
  }

  /** The message in memory of its own. */
  toBytes(): Uint8Array {
    const bytes = Buffer.allocUnsafe(this.length);
    this.writeTo(bytes, 0);
    return bytes;
  }

  /** The same bytes in order, in parts: bytes fields of 64 KB and more as they are, without a copy. At least one part. */
  toParts(): readonly Uint8Array[] {
    if (this.length < PART_BYTES) return [this.toBytes()];
    const parts = this.#sink.toParts(PART_BYTES);
    this.#release();
    return parts;
  }

  #release(): void {
    this.#sink.start('');
    spare = this;
  }
}
