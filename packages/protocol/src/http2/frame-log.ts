import { FRAME_HEADER_BYTES, FrameType, PREFACE } from './constants.ts';
import type { WireTap } from './events.ts';
import { type FrameHead, FrameText } from './frame-text.ts';

/** Payload octets that are looked at; what is longer is only measured. */
const MOST_PAYLOAD_BYTES = 1 << 20;

/**
 * Writes one line for each frame of a connection, both directions: `client > HEADERS stream=1 length=92 END_HEADERS :path=/a.B/C`.
 *
 * It reads the octets for itself, so that it also shows what the connection would not take. Message bytes are never
 * written, and of header fields only those values that cannot be secrets.
 */
export class FrameLog implements WireTap {
  readonly #write: (lines: string) => void;
  readonly #in: FrameLines;
  readonly #out: FrameLines;

  /**
   * @param name stands before the direction in each line: `>` sent, `<` received
   * @param write takes whole lines
   */
  constructor(role: 'client' | 'server', name: string, write: (lines: string) => void) {
    this.#write = write;
    this.#in = new FrameLines(`${name} <`, role === 'server');
    this.#out = new FrameLines(`${name} >`, role === 'client');
  }

  received(bytes: Uint8Array, length: number): void {
    this.#tell(this.#in.read(bytes, length));
  }

  sent(chunks: readonly Uint8Array[]): void {
    let lines = '';
    for (const chunk of chunks) lines += this.#out.read(chunk, chunk.length);
    this.#tell(lines);
  }

  #tell(lines: string): void {
    if (lines !== '') this.#write(lines);
  }
}

/** Cuts the octets of one direction into frames, over any split points. */
class FrameLines {
  readonly #name: string;
  readonly #text = new FrameText();
  #prefaceLeft: number;
  #head: FrameHead | undefined;
  readonly #headBytes = Buffer.alloc(FRAME_HEADER_BYTES);
  #headLength = 0;
  #payload: Buffer[] = [];
  #payloadLeft = 0;

  constructor(name: string, hasPreface: boolean) {
    this.#name = name;
    this.#prefaceLeft = hasPreface ? PREFACE.length : 0;
  }

  /** The lines of all frames that end here. */
  read(bytes: Uint8Array, length: number): string {
    let lines = '';
    for (let at = 0; at < length; ) {
      if (this.#prefaceLeft > 0) {
        const taken = Math.min(this.#prefaceLeft, length - at);
        this.#prefaceLeft -= taken;
        at += taken;
        if (this.#prefaceLeft === 0) lines += `${this.#name} PREFACE\n`;
        continue;
      }
      at = this.#head === undefined ? this.#readHead(bytes, at, length) : this.#readPayload(this.#head, bytes, at, length);
      if (this.#head !== undefined && this.#payloadLeft === 0) {
        lines += `${this.#name} ${this.#text.format(this.#head, Buffer.concat(this.#payload))}\n`;
        this.#head = undefined;
      }
    }
    return lines;
  }

  #readHead(bytes: Uint8Array, at: number, length: number): number {
    const end = Math.min(length, at + FRAME_HEADER_BYTES - this.#headLength);
    this.#headBytes.set(bytes.subarray(at, end), this.#headLength);
    this.#headLength += end - at;
    if (this.#headLength < FRAME_HEADER_BYTES) return end;
    this.#headLength = 0;
    this.#head = {
      length: this.#headBytes.readUIntBE(0, 3),
      type: this.#headBytes[3],
      flags: this.#headBytes[4],
      streamId: this.#headBytes.readUInt32BE(5) & 0x7fffffff,
    };
    this.#payload = [];
    this.#payloadLeft = this.#head.length;
    return end;
  }

  #readPayload({ type, length: frameLength }: FrameHead, bytes: Uint8Array, at: number, length: number): number {
    const end = Math.min(length, at + this.#payloadLeft);
    if (type !== FrameType.data && frameLength <= MOST_PAYLOAD_BYTES) this.#payload.push(Buffer.from(bytes.subarray(at, end)));
    this.#payloadLeft -= end - at;
    return end;
  }
}
