import { FRAME_HEADER_BYTES, FrameType } from './constants.ts';
import { MessageParts } from './message-parts.ts';

const SLAB_BYTES = 128 << 10;
const MOST_SPARE_SLABS = 8;
/** Slabs that are not in use, so that an idle connection holds none. */
const spareSlabs: Buffer[] = [];
const NO_SLAB = Buffer.alloc(0);

/**
 * Bytes on their way to the socket: small frames side by side in a slab, big messages by reference, in wire order.
 */
export class OutputBuffer {
  /** Where the next octet goes; valid after `reserve`. */
  slab: Buffer = NO_SLAB;
  position = 0;
  /** Start of the part of the slab that has not been taken. */
  #start = 0;
  #chunks: Uint8Array[] = [];
  #chunkBytes = 0;
  /** Slabs that are full: first their last bytes are taken, then the kernel has them. */
  #full: Buffer[] = [];
  #taken: Buffer[] = [];
  /** Messages to release as soon as the kernel has all that was taken. */
  #done: MessageParts[] = [];

  /** The DATA frame that ends at `position`, if one does: where it starts, and its stream. */
  #dataAt = 0;
  #dataStreamId = 0;
  #dataEnd = -1;

  /** Bytes that wait to be taken. */
  get pendingBytes(): number {
    return this.position - this.#start + this.#chunkBytes;
  }

  /** Makes room for `bytes` octets in the slab; returns where they go. The caller then moves `position`. */
  reserve(bytes: number): number {
    if (this.position + bytes > this.slab.length) this.#nextSlab(bytes);
    return this.position;
  }

  /** Appends a frame header and returns the position of the payload. Room must be reserved. */
  frameHeader(at: number, length: number, type: number, flags: number, streamId: number): number {
    // +-----------------------------------------------+
    // |                 Length (24)                   |
    // +---------------+---------------+---------------+
    // |   Type (8)    |   Flags (8)   |
    // +-+-------------+---------------+-------------------------------+
    // |R|                 Stream Identifier (31)                      |
    // +=+=============================================================+
    const slab = this.slab;
    slab[at] = length >>> 16;
    slab[at + 1] = length >>> 8;
    slab[at + 2] = length;
    slab[at + 3] = type;
    slab[at + 4] = flags;
    slab[at + 5] = streamId >>> 24;
    slab[at + 6] = streamId >>> 16;
    slab[at + 7] = streamId >>> 8;
    slab[at + 8] = streamId;
    return at + FRAME_HEADER_BYTES;
  }

  /**
   * Where the next `bytes` octets of a stream's DATA go: behind those of the last frame when it is of the same stream and
   * nothing has come after it, else in a new one. So a small message more costs its octets, and neither side a frame.
   */
  placeData(bytes: number, streamId: number, largest: number): number {
    const { position } = this;
    const goesOn = this.#dataEnd === position && this.#dataStreamId === streamId;
    const length = position - this.#dataAt - FRAME_HEADER_BYTES + bytes;
    if (goesOn && length <= largest && position + bytes <= this.slab.length) return position;
    return this.reserve(FRAME_HEADER_BYTES + bytes) + FRAME_HEADER_BYTES;
  }

  /** The octets are where `placeData` said. */
  addData(at: number, bytes: number, streamId: number, flags: number): void {
    if (at !== this.position) this.#dataAt = at - FRAME_HEADER_BYTES;
    this.#dataStreamId = streamId;
    this.#dataEnd = this.position = at + bytes;
    this.frameHeader(this.#dataAt, this.position - this.#dataAt - FRAME_HEADER_BYTES, FrameType.data, flags, streamId);
  }

  /** Appends bytes by reference: they must stay unchanged until they are written. */
  appendReference(bytes: Uint8Array): void {
    this.#sealSlabPart();
    this.#chunks.push(bytes);
    this.#chunkBytes += bytes.length;
  }

  /** Takes all bytes that wait, in order. */
  take(): Uint8Array[] {
    this.#sealSlabPart();
    const chunks = this.#chunks;
    this.#chunks = [];
    this.#chunkBytes = 0;
    if (this.#full.length > 0) this.#taken.push(...this.#full.splice(0));
    return chunks;
  }

  /** Releases messages of which nothing more will be appended once the kernel has what was. */
  releaseWritten(messages: readonly (Uint8Array | MessageParts)[]): void {
    for (const message of messages) if (message instanceof MessageParts) this.#done.push(message);
  }

  /** The kernel has all bytes that were taken, so their slabs are free again, and the messages that they ended. */
  recycle(): void {
    if (this.#done.length > 0) for (const message of this.#done.splice(0)) message.release();
    // Each would else be fresh memory, whose pages and collection cost more than what is copied into it.
    if (this.#taken.length > 0) for (const slab of this.#taken.splice(0)) spare(slab);
    if (this.position !== this.#start || this.#chunkBytes > 0 || this.slab === NO_SLAB) return;
    spare(this.slab);
    this.slab = NO_SLAB;
    this.#start = 0;
    this.position = 0;
  }

  #nextSlab(bytes: number): void {
    this.#sealSlabPart();
    if (this.slab !== NO_SLAB) this.#full.push(this.slab);
    this.slab = bytes <= SLAB_BYTES ? (spareSlabs.pop() ?? Buffer.allocUnsafeSlow(SLAB_BYTES)) : Buffer.allocUnsafeSlow(bytes);
    this.#start = 0;
    this.position = 0;
  }

  #sealSlabPart(): void {
    this.#dataEnd = -1;
    if (this.position === this.#start) return;
    this.#chunks.push(this.slab.subarray(this.#start, this.position));
    this.#chunkBytes += this.position - this.#start;
    this.#start = this.position;
  }
}

function spare(slab: Buffer): void {
  if (slab.length === SLAB_BYTES && spareSlabs.length < MOST_SPARE_SLABS) spareSlabs.push(slab);
}
