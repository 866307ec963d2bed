import type { ConnectionState } from './connection-state.ts';
import { Flag, FRAME_HEADER_BYTES, FrameType, Http2Code } from './constants.ts';
import { Http2Error } from './errors.ts';
import { receiveDataEnd, receiveDataHeader } from './frames/data.ts';
import { receiveFrame } from './frames/receive.ts';
import type { Http2Stream } from './stream.ts';

const NOTHING = Buffer.alloc(0);
const CARRY_BYTES = 1 << 10;

/**
 * Cuts incoming bytes into frames, over any split points.
 *
 * DATA payload is handed on as it arrives. Every other frame is whole when it is given out: from the input itself, or
 * gathered in a carry buffer when it came in pieces. Lengths are checked before anything is gathered.
 */
export class FrameReader {
  readonly #connection: ConnectionState;
  #preface: Buffer;
  #prefaceAt = 0;
  #carry = NOTHING;
  #carryLength = 0;
  // the DATA frame being read
  #dataLeft = 0;
  #paddingLeft = 0;
  #dataEnds = false;
  #dataStream: Http2Stream | undefined = undefined;

  /** @param preface what must come first, on a server */
  constructor(connection: ConnectionState, preface: Buffer | undefined) {
    this.#connection = connection;
    this.#preface = preface ?? NOTHING;
  }

  /** Reads octets 0 to `length`. Throws Http2Error or HpackError when the peer is at fault. */
  read(bytes: Buffer, length: number): void {
    const connection = this.#connection;
    const largest = connection.options.maxFrameBytes;
    let at = 0;
    while (at < length && !connection.ended) {
      if (this.#dataLeft > 0 || this.#paddingLeft > 0) {
        at = this.#readData(bytes, at, length);
        continue;
      }
      if (this.#carryLength > 0 || this.#prefaceAt < this.#preface.length || length - at < FRAME_HEADER_BYTES) {
        at = this.#readSlowly(bytes, at, length);
        continue;
      }
      const frameLength = (bytes[at] << 16) | (bytes[at + 1] << 8) | bytes[at + 2];
      const type = bytes[at + 3];
      const flags = bytes[at + 4];
      const padded = type === FrameType.data && (flags & Flag.padded) !== 0 && frameLength > 0;
      const needed = FRAME_HEADER_BYTES + (type === FrameType.data ? (padded ? 1 : 0) : frameLength);
      if (frameLength > largest) throw tooLarge(frameLength);
      if (length - at < needed) {
        at = this.#readSlowly(bytes, at, length);
        continue;
      }
      const streamId = ((bytes[at + 5] & 0x7f) << 24) | (bytes[at + 6] << 16) | (bytes[at + 7] << 8) | bytes[at + 8];
      if (type === FrameType.data) this.#startData(frameLength, flags, streamId, padded ? bytes[at + 9] : -1);
      else receiveFrame(connection, type, flags, streamId, bytes, at + FRAME_HEADER_BYTES, at + needed);
      at += needed;
    }
  }

  #startData(frameLength: number, flags: number, streamId: number, padding: number): void {
    if ((flags & Flag.padded) !== 0 && frameLength === 0) throw new Http2Error(Http2Code.frameSizeError, 'padded DATA of no octets');
    if (padding >= frameLength) throw new Http2Error(Http2Code.protocolError, 'DATA with more padding than payload');
    this.#dataStream = receiveDataHeader(this.#connection, frameLength, flags, streamId, padding);
    this.#dataEnds = (flags & Flag.endStream) !== 0;
    this.#paddingLeft = Math.max(padding, 0);
    this.#dataLeft = padding >= 0 ? frameLength - 1 - padding : frameLength;
    if (this.#dataLeft === 0 && this.#paddingLeft === 0) this.#endData();
  }

  #readData(bytes: Buffer, at: number, length: number): number {
    const end = Math.min(at + this.#dataLeft, length);
    if (end > at) {
      this.#dataLeft -= end - at;
      this.#dataStream?.onData(bytes, at, end);
    }
    const padding = Math.min(this.#paddingLeft, length - end);
    this.#paddingLeft -= padding;
    if (this.#dataLeft === 0 && this.#paddingLeft === 0) this.#endData();
    return end + padding;
  }

  #endData(): void {
    const stream = this.#dataStream;
    this.#dataStream = undefined;
    if (stream !== undefined && this.#dataEnds) receiveDataEnd(this.#connection, stream);
  }

  /** Takes octets of a preface or frame that comes in pieces. Returns the position after them. */
  #readSlowly(bytes: Buffer, start: number, length: number): number {
    if (this.#prefaceAt < this.#preface.length) return this.#readPreface(bytes, start, length);
    let at = start;
    if (this.#carryLength < FRAME_HEADER_BYTES) {
      at = this.#gather(bytes, at, length, FRAME_HEADER_BYTES);
      if (this.#carryLength < FRAME_HEADER_BYTES) return at;
    }
    const carry = this.#carry;
    const frameLength = carry.readUIntBE(0, 3);
    if (frameLength > this.#connection.options.maxFrameBytes) throw tooLarge(frameLength);
    const type = carry[3];
    const flags = carry[4];
    const streamId = carry.readUInt32BE(5) & 0x7fffffff;
    if (type === FrameType.data) {
      const padded = (flags & Flag.padded) !== 0 && frameLength > 0;
      if (padded && at === length) return at;
      this.#carryLength = 0;
      this.#startData(frameLength, flags, streamId, padded ? bytes[at] : -1);
      return padded ? at + 1 : at;
    }
    const needed = FRAME_HEADER_BYTES + frameLength;
    at = this.#gather(bytes, at, length, needed);
    if (this.#carryLength < needed) return at;
    const frame = this.#carry;
    this.#carryLength = 0;
    if (frame.length > CARRY_BYTES) this.#carry = NOTHING;
    receiveFrame(this.#connection, type, flags, streamId, frame, FRAME_HEADER_BYTES, needed);
    return at;
  }

  #readPreface(bytes: Buffer, start: number, length: number): number {
    let at = start;
    for (; at < length && this.#prefaceAt < this.#preface.length; at++, this.#prefaceAt++) {
      if (bytes[at] !== this.#preface[this.#prefaceAt]) throw new Http2Error(Http2Code.protocolError, 'bad connection preface');
    }
    return at;
  }

  /** Gathers octets in the carry buffer until it holds `needed`. */
  #gather(bytes: Buffer, at: number, length: number, needed: number): number {
    if (this.#carry.length < needed) {
      const larger = Buffer.allocUnsafeSlow(Math.max(needed, CARRY_BYTES));
      this.#carry.copy(larger, 0, 0, this.#carryLength);
      this.#carry = larger;
    }
    const end = Math.min(length, at + needed - this.#carryLength);
    bytes.copy(this.#carry, this.#carryLength, at, end);
    this.#carryLength += end - at;
    return end;
  }
}

const tooLarge = (frameLength: number) => new Http2Error(Http2Code.frameSizeError, `frame of ${frameLength} bytes`);
