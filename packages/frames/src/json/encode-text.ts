import { BLOCK_BYTES, filled, outBytes } from '../kernels/index.ts';
import { encodeText } from '../model/index.ts';

/** Up to here, a loop is cheaper than a call of the encoder. */
const SHORT = 64;

/**
 * Writes short ASCII text to the block from position p without a generator; -1 when it is neither, or the block might not
 * have room. Use: `const end = writeShortText(text, p); p = end >= 0 ? end : yield* writeText(text, p);`
 */
export function writeShortText(text: string, p: number): number {
  if (text.length > SHORT || p + SHORT > BLOCK_BYTES) return -1;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 127) return -1;
    outBytes[p + i] = code;
  }
  return p + text.length;
}

/** Writes text to the block from position p, yielding the block when it is full; returns the position behind the text. */
export function* writeText(text: string, p: number): Generator<Uint8Array, number> {
  const end = writeShortText(text, p);
  return end >= 0 ? end : yield* writeBytes(encodeText(text), p);
}

/** Writes text that is in UTF-8 already without a generator; -1 when the block has no room. */
export function writeFittingBytes(bytes: Uint8Array, p: number): number {
  if (p + bytes.length > BLOCK_BYTES) return -1;
  outBytes.set(bytes, p);
  return p + bytes.length;
}

/** Writes text that is in UTF-8 already, yielding the block when it is full. */
export function* writeBytes(bytes: Uint8Array, start: number): Generator<Uint8Array, number> {
  let p = start;
  let rest = bytes;
  while (p + rest.length > BLOCK_BYTES) {
    // p is behind the end of a block whose last cell was long.
    const room = Math.max(0, BLOCK_BYTES - p);
    outBytes.set(rest.subarray(0, room), p);
    yield filled(p + room);
    rest = rest.subarray(room);
    p = 0;
  }
  outBytes.set(rest, p);
  return p + rest.length;
}
