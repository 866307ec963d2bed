/** One HTTP/2 frame, to be damaged. `length` is what its header claims. */
export interface WireFrame {
  length: number;
  type: number;
  flags: number;
  streamId: number;
  payload: Buffer;
}

const HEADER_BYTES = 9;

/** Names of the frame types that damage knows about, RFC 9113 section 6. */
export const Type = {
  data: 0,
  headers: 1,
  priority: 2,
  rstStream: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

/** A frame whose length is right. */
export function frameOf(type: number, flags: number, streamId: number, payload: Buffer): WireFrame {
  return { length: payload.length, type, flags, streamId, payload };
}

/** Cuts well-formed bytes into frames; the payloads are copies. */
export function parseFrames(bytes: Buffer): WireFrame[] {
  const frames: WireFrame[] = [];
  for (let at = 0; at + HEADER_BYTES <= bytes.length; ) {
    const length = bytes.readUIntBE(at, 3);
    const payload = Buffer.from(bytes.subarray(at + HEADER_BYTES, at + HEADER_BYTES + length));
    frames.push({ length, type: bytes[at + 3] ?? 0, flags: bytes[at + 4] ?? 0, streamId: bytes.readUInt32BE(at + 5), payload });
    at += HEADER_BYTES + length;
  }
  return frames;
}

/** Puts frames together, with whatever lengths they claim. */
export function formatFrames(frames: readonly WireFrame[]): Buffer {
  const bytes = Buffer.allocUnsafe(frames.reduce((sum, { payload }) => sum + HEADER_BYTES + payload.length, 0));
  let at = 0;
  for (const { length, type, flags, streamId, payload } of frames) {
    bytes.writeUIntBE(length & 0xffffff, at, 3);
    bytes[at + 3] = type;
    bytes[at + 4] = flags;
    bytes.writeUInt32BE(streamId >>> 0, at + 5);
    payload.copy(bytes, at + HEADER_BYTES);
    at += HEADER_BYTES + payload.length;
  }
  return bytes;
}
