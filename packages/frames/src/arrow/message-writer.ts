import { CONTINUATION } from './layout.ts';

/** Writes messages one behind the other into a buffer of known size. */
export class MessageWriter {
  readonly bytes: Uint8Array;
  at = 0;
  readonly #view: DataView;

  constructor(size: number) {
    this.bytes = new Uint8Array(size);
    this.#view = new DataView(this.bytes.buffer);
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
