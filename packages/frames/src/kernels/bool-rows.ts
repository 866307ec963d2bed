import { cellBytes, NULL_WORD, outBytes, outView, validBits } from './block.ts';

// V8 folds constants of the module at hand into machine code, but not imported ones.
const OUT = outBytes;
const COMMA = 44;
const LETTER_E = 101;
const VIEW = outView;
const VALID = validBits;
const BITS = cellBytes;
/** `true` and `fals` as little-endian words. */
const TRUE_WORD = 0x65757274;
const FALS_WORD = 0x736c6166;

/** Writes the loaded bool cells, each with a comma behind it. Worst cell: 6 bytes. */
export function writeBoolRows(rows: number, hasNulls: boolean, p: number): number {
  for (let i = 0; i < rows; i++) {
    const bit = 1 << (i & 7);
    if (hasNulls && (VALID[i >> 3] & bit) === 0) {
      VIEW.setUint32(p, NULL_WORD, true);
      p += 4;
    } else if ((BITS[i >> 3] & bit) !== 0) {
      VIEW.setUint32(p, TRUE_WORD, true);
      p += 4;
    } else {
      VIEW.setUint32(p, FALS_WORD, true);
      OUT[p + 4] = LETTER_E;
      p += 5;
    }
    OUT[p++] = COMMA;
  }
  return p;
}
