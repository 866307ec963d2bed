import type { EngineReply } from './jobs.ts';

/**
 * Messages between the plugin and its engine processes.
 *
 * | direction | bytes                                                                                                    |
 * |-----------|----------------------------------------------------------------------------------------------------------|
 * | job       | u32 length, JSON                                                                                         |
 * | reply     | u32 length, JSON with the sizes of the frames, then the frames as Arrow files one after another          |
 *
 * Numbers are little endian.
 */
interface ReplyHeader {
  readonly ok: boolean;
  readonly value?: unknown;
  readonly code?: string;
  readonly message?: string;
  readonly frameSizes: readonly number[];
}

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder();

/** A length and JSON. */
export function encodeMessage(value: unknown): Uint8Array {
  const text = ENCODER.encode(JSON.stringify(value));
  const bytes = new Uint8Array(4 + text.length);
  new DataView(bytes.buffer).setUint32(0, text.length, true);
  bytes.set(text, 4);
  return bytes;
}

/** The parts of a reply, to be written in their order. */
export function encodeReply(reply: EngineReply): Uint8Array[] {
  if (!reply.ok) return [encodeMessage({ ...reply, frameSizes: [] } satisfies ReplyHeader)];
  const { ok, value, frames } = reply;
  return [encodeMessage({ ok, value, frameSizes: frames.map(({ length }) => length) } satisfies ReplyHeader), ...frames];
}

/** Reads replies from pieces of any size. */
export class ReplyReader {
  #want: 'length' | 'header' | 'frame' = 'length';
  #part = new Uint8Array(4);
  #filled = 0;
  #header: ReplyHeader | undefined;
  #frames: Uint8Array[] = [];

  /** @returns the replies that this piece completes */
  push(piece: Uint8Array): EngineReply[] {
    const replies: EngineReply[] = [];
    for (let at = 0; at < piece.length; ) {
      const count = Math.min(piece.length - at, this.#part.length - this.#filled);
      this.#part.set(piece.subarray(at, at + count), this.#filled);
      this.#filled += count;
      at += count;
      if (this.#filled === this.#part.length) this.#finishPart(replies);
    }
    return replies;
  }

  #finishPart(replies: EngineReply[]): void {
    const part = this.#part;
    switch (this.#want) {
      case 'length':
        this.#expect('header', new DataView(part.buffer).getUint32(0, true));
        return;
      case 'header':
        this.#header = JSON.parse(DECODER.decode(part)) as ReplyHeader;
        break;
      case 'frame':
        this.#frames.push(part);
        break;
      default:
        this.#want satisfies never;
    }
    const next = this.#header!.frameSizes[this.#frames.length];
    if (next !== undefined) {
      this.#expect('frame', next);
      return;
    }
    replies.push({ ...this.#header, frames: this.#frames } as unknown as EngineReply);
    this.#frames = [];
    this.#expect('length', 4);
  }

  #expect(want: 'length' | 'header' | 'frame', bytes: number): void {
    this.#want = want;
    this.#part = new Uint8Array(bytes);
    this.#filled = 0;
  }
}
