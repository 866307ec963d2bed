import { type Http2Connection, Http2Stream } from '../http2/index.ts';
import { GrpcCode, GrpcStatusError } from './status.ts';

/** Octets of a message prefix: compressed flag (8), length (32). */
const PREFIX_BYTES = 5;
/** A message within one chunk of input is a view on it from this size on, or if it is most of it: else it would pin the whole chunk. */
const SMALLEST_VIEW_BYTES = 4 << 10;
const NO_BYTES: Buffer = Buffer.alloc(0);
/** From here on a message has memory of its own. */
const BIG_BYTES = 64 << 10;
/** Memory that the prefixes of one connection are trusted with, before their messages come: for one of them, and for all. */
const LARGEST_ADVANCE_BYTES = 128 << 20;
const MOST_ADVANCE_BYTES = 256 << 20;

/** A stream that carries gRPC messages: puts them together from DATA payload with a single copy. */
export abstract class MessageStream extends Http2Stream {
  readonly connection: Http2Connection;
  /** Largest message taken. */
  maxReceiveBytes = 0;
  prefix = 0;
  prefixBytes = 0;
  message: Buffer | undefined = undefined;
  messageBytes = 0;
  messageAt = 0;

  constructor(connection: Http2Connection, id: number) {
    super(connection, id);
    this.connection = connection;
  }

  /** A whole message; the bytes belong to the receiver. */
  abstract onMessage(bytes: Uint8Array): void;
  /** A whole message, octets `start` to `end` of memory that is used again. */
  onPassingMessage(bytes: Buffer, start: number, end: number): void {
    const length = end - start;
    const message = length < BIG_BYTES ? allocateSmall(length) : this.allocate(length);
    bytes.copy(message, 0, start, end);
    this.onMessage(message);
  }

  /** The peer sent what is no message, or too large a one. Ends the call. */
  abstract onBadMessage(error: GrpcStatusError): void;
  /** Header `grpc-encoding` of the peer. */
  abstract messageEncoding(): string | undefined;

  /** Whether the peer has stopped inside a message. */
  get isInsideMessage(): boolean {
    return this.prefixBytes > 0 || this.message !== undefined;
  }

  override onData(bytes: Buffer, start: number, end: number): void {
    let at = start;
    while (at < end && !this.isOver()) {
      if (this.message !== undefined) at = this.#fill(this.message, bytes, at, end);
      else if (this.prefixBytes === 0 && end - at >= PREFIX_BYTES)
        at = this.#begin(bytes[at], readLength(bytes, at + 1), bytes, at + PREFIX_BYTES, end);
      else at = this.#readPrefixSlowly(bytes, at, end);
    }
  }

  /** Memory for a big message. */
  allocate(bytes: number): Buffer {
    return Buffer.allocUnsafeSlow(bytes);
  }

  /** Lets go of a message that has not come to its end. */
  dropMessage(): void {
    if (this.message === undefined) return;
    this.connection.gatheredBytes -= this.message.length;
    this.message = undefined;
  }

  /** Memory to gather a message in. Of one that is too large to be trusted only as much as the peer has earned. */
  #startGathering(bytes: number): void {
    const left = MOST_ADVANCE_BYTES - this.connection.gatheredBytes;
    const trusted = Math.max(BIG_BYTES, Math.min(LARGEST_ADVANCE_BYTES, left));
    this.#gatherIn(bytes <= trusted ? this.allocate(bytes) : Buffer.allocUnsafeSlow(trusted));
    this.messageBytes = bytes;
    this.messageAt = 0;
  }

  #gatherIn(memory: Buffer): void {
    this.dropMessage();
    this.message = memory;
    this.connection.gatheredBytes += memory.length;
  }

  /** Whether nothing more is wanted of this call. */
  abstract isOver(): boolean;

  #readPrefixSlowly(bytes: Buffer, at: number, end: number): number {
    // The flag is the highest of 40 bits, so a plain number holds it all.
    this.prefix = this.prefix * 256 + bytes[at];
    if (++this.prefixBytes < PREFIX_BYTES) return at + 1;
    const { prefix } = this;
    this.prefix = 0;
    this.prefixBytes = 0;
    return this.#begin(Math.floor(prefix / 0x100000000), prefix % 0x100000000, bytes, at + 1, end);
  }

  /** A prefix is known: gives out the message if it is all here. Returns the position after what was used. */
  #begin(flag: number, length: number, bytes: Buffer, at: number, end: number): number {
    if (flag !== 0) {
      this.onBadMessage(errorOfFlag(flag, this.messageEncoding()));
      return end;
    }
    if (length > this.maxReceiveBytes) {
      const text = `grpc: received message larger than max (${length} vs. ${this.maxReceiveBytes})`;
      this.onBadMessage(new GrpcStatusError(GrpcCode.resourceExhausted, text));
      return end;
    }
    if (end - at < length) {
      this.#startGathering(length);
      return at;
    }
    const next = at + length;
    this.connection.counters.messagesReceived++;
    const pinsLittle = length >= SMALLEST_VIEW_BYTES || 2 * length >= bytes.length;
    if (this.connection.inputOwned && pinsLittle) this.onMessage(bytes.subarray(at, next));
    else this.onPassingMessage(bytes, at, next);
    return next;
  }

  #fill(message: Buffer, bytes: Buffer, at: number, end: number): number {
    const next = Math.min(end, at + message.length - this.messageAt);
    bytes.copy(message, this.messageAt, at, next);
    this.messageAt += next - at;
    if (this.messageAt < message.length) return next;
    if (this.messageAt === this.messageBytes) {
      this.dropMessage();
      this.connection.counters.messagesReceived++;
      this.onMessage(message);
    } else {
      const larger = Buffer.allocUnsafeSlow(Math.min(this.messageBytes, 2 * message.length));
      message.copy(larger);
      this.#gatherIn(larger);
    }
    return next;
  }
}

const allocateSmall = (bytes: number) => (bytes === 0 ? NO_BYTES : Buffer.allocUnsafe(bytes));
const readLength = (bytes: Buffer, at: number) => ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) >>> 0;

function errorOfFlag(flag: number, encoding: string | undefined): GrpcStatusError {
  if (flag !== 1) return new GrpcStatusError(GrpcCode.internal, `grpc: received unexpected payload format ${flag}`);
  if (encoding === undefined || encoding === 'identity') {
    return new GrpcStatusError(GrpcCode.internal, 'grpc: compressed flag set with identity or empty encoding');
  }
  return new GrpcStatusError(GrpcCode.unimplemented, `grpc: Decompressor is not installed for grpc-encoding ${JSON.stringify(encoding)}`);
}
