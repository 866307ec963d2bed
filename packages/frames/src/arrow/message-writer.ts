import { keepShape } from '../model/index.ts';
import { CONTINUATION } from './layout.ts';

/** Writes messages one behind the other into a buffer of known size. Bytes of others may be inserted without a copy. */
export class MessageWriter {
  readonly bytes: Uint8Array;
  /** Where the next byte goes in `bytes`. */
  at = 0;
  readonly #view: DataView;
  readonly #parts: Uint8Array[] = [];
  #inserted = 0;
  #partStart = 0;

  constructor(size: number) {
    this.bytes = new Uint8Array(size);
    this.#view = new DataView(this.bytes.buffer);
  }

  /** Bytes so far, those that were inserted included. */
  get position(): number {
    return this.at + this.#inserted;
  }

  /** Everything so far, in order: parts of `bytes`, and what was inserted between them. */
  parts(): readonly Uint8Array[] {
    this.#seal();
    return this.#parts;
  }

  /** Puts bytes here as they are. */
  insert(bytes: Uint8Array): void {
    this.#seal();
    this.#parts.push(bytes);
    this.#inserted += bytes.length;
  }

  #seal(): void {
    if (this.at > this.#partStart) this.#parts.push(this.bytes.subarray(this.#partStart, this.at));
    this.#partStart = this.at;
  }

  /** A message with its size in front; returns where its metadata starts. */
  message(metadata: Uint8Array): number {
    this.#view.setUint32(this.at, CONTINUATION, true);
    this.setInt32(this.at + 4, metadata.length);
    return this.put(metadata, 8);
  }

  /** The message of no bytes that ends a stream. */
  endOfStream(): void {
    this.#view.setUint32(this.at, CONTINUATION, true);
    this.at += 8;
  }

  /** Bytes behind a gap of zeros; returns where they start. */
  put(bytes: Uint8Array, gap = 0): number {
    const start = this.at + gap;
    this.bytes.set(bytes, start);
    this.at = start + bytes.length;
    return start;
  }

  setInt32(at: number, value: number): void {
    this.#view.setInt32(at, value, true);
  }

  /** A size or position of up to 2^53. */
  setInt64(at: number, value: number): void {
    this.#view.setInt32(at, (value % 4294967296) | 0, true);
    this.#view.setInt32(at + 4, Math.floor(value / 4294967296), true);
  }
}

keepShape(new MessageWriter(0));
