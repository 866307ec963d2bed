import { BLOCK_BYTES, filled, NULL_WORD, outBytes, outView, validBits } from './block.ts';
import { cutBefore, ESCAPED_BYTES, textBytes, writeEscaped } from './escape.ts';
import { progress, type TextKernel, textOffsets } from './text-rows.ts';

// V8 folds constants of the module at hand into machine code, but not imported ones.
const OUT = outBytes;
const QUOTE = 34;
const COMMA = 44;
const VIEW = outView;
const VALID = validBits;
const OFFSETS = textOffsets;
const LIMIT = BLOCK_BYTES;
const WORST = ESCAPED_BYTES;
/** Bytes of a long cell that are written at once: even if all of them are escaped, they fit a block. */
const PIECE_BYTES = 32768;

/** Cells of string columns. */
export const STRING_KERNEL: TextKernel = { writeRows: writeStringRows, writeLong: writeLongString };

/** Offsets are checked here and not before, because a pass of its own costs as much as the digits of a time. */
function writeStringRows(rows: number, hasNulls: boolean, base: number, loaded: number): number {
  let p = progress.p;
  let start = 0;
  let i = 0;
  for (; i < rows; i++) {
    const end = OFFSETS[i + 1] - base;
    const bytes = end - start;
    if (hasNulls && !((VALID[i >> 3] >> (i & 7)) & 1)) {
      if (bytes < 0 || p + 5 > LIMIT) break;
      VIEW.setUint32(p, NULL_WORD, true);
      OUT[p + 4] = COMMA;
      p += 5;
    } else {
      // Negative when the offsets fall, or the text is not loaded.
      if ((bytes | (loaded - end)) < 0 || p + bytes * WORST + 3 > LIMIT) break;
      OUT[p] = QUOTE;
      p = writeEscaped(p + 1, start, end);
      OUT[p] = QUOTE;
      OUT[p + 1] = COMMA;
      p += 2;
    }
    start = end;
  }
  progress.p = p;
  return i;
}

/** Writes a cell that does not fit the scratch or the block, in pieces cut between characters. */
function* writeLongString(values: Uint8Array, start: number, end: number, p: number): Generator<Uint8Array, number> {
  if (p + 1 > BLOCK_BYTES) {
    yield filled(p);
    p = 0;
  }
  OUT[p++] = QUOTE;
  for (let s = start; s < end; ) {
    const cut = s + PIECE_BYTES < end ? cutBefore(values, s + PIECE_BYTES) : end;
    yield filled(p);
    textBytes.set(values.subarray(s, cut));
    p = writeEscaped(0, 0, cut - s);
    s = cut;
  }
  OUT[p] = QUOTE;
  OUT[p + 1] = COMMA;
  return p + 2;
}
