import { BLOCK_BYTES, outBytes } from '../kernels/index.ts';

const ENCODER = new TextEncoder();
/** Up to here, a loop is cheaper than a call of the encoder. */
const SHORT = 64;

/**
 * Writes text to the block from position p without a generator; -1 when the block might not have room.
 * Use: `const end = writeFittingText(text, p); p = end >= 0 ? end : yield* writeText(text, p);`
 */
export function writeFittingText(text: string, p: number): number {
  if (p + text.length * 3 > BLOCK_BYTES) return -1;
  const end = writeShortAscii(text, p);
  return end !== -1 ? end : p + ENCODER.encodeInto(text, outBytes.subarray(p, BLOCK_BYTES)).written;
}

/** Writes text to the block from position p, yielding the block when it is full; returns the position behind the text. */
export function* writeText(text: string, p: number): Generator<Uint8Array, number> {
  const end = p + text.length > BLOCK_BYTES ? -1 : writeShortAscii(text, p);
  if (end !== -1) return end;
  let rest = text;
  let at = p;
  for (;;) {
    // Where less than one character has room, nothing would be written.
    if (at + 4 > BLOCK_BYTES) {
      yield outBytes.subarray(0, at);
      at = 0;
    }
    const { read, written } = ENCODER.encodeInto(rest, outBytes.subarray(at, BLOCK_BYTES));
    at += written;
    if (read === rest.length) return at;
    rest = rest.slice(read);
    yield outBytes.subarray(0, at);
    at = 0;
  }
}

/** Writes short ASCII text; -1 when it is neither. */
function writeShortAscii(text: string, p: number): number {
  if (text.length > SHORT) return -1;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 127) return -1;
    outBytes[p + i] = code;
  }
  return p + text.length;
}
