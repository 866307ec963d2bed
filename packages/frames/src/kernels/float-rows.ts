import { cellFloats32, cellFloats64, cellInts32, NULL_WORD, outBytes, outView, validBits } from './block.ts';
import { asciiWord, writeUint31, writeUint53 } from './digits.ts';
import { FLOAT32_BASE } from './powers.ts';
import { writeFloat32BySlowPath, writeFloat64BySlowPath, writeShortest } from './shortest.ts';
import { SPECIAL, specials } from './specials.ts';

// V8 folds constants of the module at hand into machine code, but not imported ones.
const OUT = outBytes;
const COMMA = 44;
const MINUS = 45;
const VIEW = outView;
const VALID = validBits;
const HALVES = cellInts32;
const FLOATS = cellFloats64;
const FLOATS32 = cellFloats32;

/** `.ddd` of 0 to 999 thousandths as a little-endian word, and how many of its characters count. */
const THOUSANDTHS = new Uint32Array(1000);
const THOUSANDTHS_LENGTH = new Uint8Array(1000);
for (let i = 0; i < 1000; i++) {
  THOUSANDTHS[i] = asciiWord(`.${String(i).padStart(3, '0')}`);
  THOUSANDTHS_LENGTH[i] = i === 0 ? 0 : i % 100 === 0 ? 2 : i % 10 === 0 ? 3 : 4;
}

/** Writes the loaded float64 cells, each with a comma behind it; NaN and infinities as null. Worst cell: 26 bytes. */
export function writeFloat64Rows(rows: number, hasNulls: boolean, p: number): number {
  let found = 0;
  for (let i = 0; i < rows; i++) {
    if (hasNulls && !((VALID[i >> 3] >> (i & 7)) & 1)) {
      VIEW.setUint32(p, NULL_WORD, true);
      OUT[p + 4] = COMMA;
      p += 5;
      continue;
    }
    const value = FLOATS[i];
    const high = HALVES[i * 2 + 1];
    const thousandths = Math.floor(value * 1000 + 0.5);
    if (thousandths / 1000 === value && thousandths < 1e15 && thousandths > -1e15) {
      // At most three decimals, as most measurements have.
      OUT[p] = MINUS;
      p -= high >> 31;
      const magnitude = Math.abs(thousandths);
      let part = 0;
      if (magnitude < 2147483648) {
        const whole = (magnitude / 1000) | 0;
        part = (magnitude | 0) - whole * 1000;
        p = writeUint31(p, whole);
      } else {
        const whole = Math.floor(magnitude / 1000);
        part = (magnitude - whole * 1000) | 0;
        p = writeUint53(p, whole);
      }
      VIEW.setUint32(p, THOUSANDTHS[part], true);
      p += THOUSANDTHS_LENGTH[part];
    } else {
      const exponent = (high >>> 20) & 2047;
      const low = HALVES[i * 2];
      const top = high & 0xfffff;
      if (exponent === 2047) {
        found |= top !== 0 || low !== 0 ? SPECIAL.nan : high < 0 ? SPECIAL.negativeInfinity : SPECIAL.positiveInfinity;
        VIEW.setUint32(p, NULL_WORD, true);
        p += 4;
      } else {
        OUT[p] = MINUS;
        p -= high >> 31;
        if (top === 0 && low === 0) p = writeFloat64BySlowPath(p, exponent, 0, 0);
        else p = writeShortest(p, exponent, exponent === 0 ? top : top | 0x100000, low);
      }
    }
    OUT[p++] = COMMA;
  }
  specials.found = found;
  return p;
}

/** Writes the loaded float32 cells; NaN and infinities as null. Worst cell: 26 bytes. */
export function writeFloat32Rows(rows: number, hasNulls: boolean, p: number): number {
  let found = 0;
  for (let i = 0; i < rows; i++) {
    if (hasNulls && !((VALID[i >> 3] >> (i & 7)) & 1)) {
      VIEW.setUint32(p, NULL_WORD, true);
      OUT[p + 4] = COMMA;
      p += 5;
      continue;
    }
    const bits = HALVES[i];
    const exponent = (bits >>> 23) & 255;
    const top = bits & 0x7fffff;
    if (exponent === 255) {
      found |= top !== 0 ? SPECIAL.nan : bits < 0 ? SPECIAL.negativeInfinity : SPECIAL.positiveInfinity;
      VIEW.setUint32(p, NULL_WORD, true);
      p += 4;
    } else {
      OUT[p] = MINUS;
      p -= bits >> 31;
      const magnitude = Math.abs(FLOATS32[i]);
      if (magnitude < 16777216 && Math.floor(magnitude) === magnitude) p = writeUint31(p, magnitude | 0);
      else if (top === 0) p = writeFloat32BySlowPath(p, FLOAT32_BASE + exponent, 0);
      else p = writeShortest(p, FLOAT32_BASE + exponent, 0, exponent === 0 ? top : top | 0x800000);
    }
    OUT[p++] = COMMA;
  }
  specials.found = found;
  return p;
}

/** Writes the numbers of the loaded rows that hold one kind of special value, with commas between. Worst cell: 11 bytes. */
export function writeEntityRows(isFloat32: boolean, { rows, hasNulls, firstRow, special, isFirst }: EntityPass, p: number): number {
  let comma = !isFirst;
  const cells = isFloat32 ? FLOATS32 : FLOATS;
  for (let i = 0; i < rows; i++) {
    const value = cells[i];
    if (value - value === 0 || (hasNulls && !((VALID[i >> 3] >> (i & 7)) & 1))) continue;
    const seen = value > 0 ? SPECIAL.positiveInfinity : value < 0 ? SPECIAL.negativeInfinity : SPECIAL.nan;
    if (seen !== special) continue;
    if (comma) OUT[p++] = COMMA;
    comma = true;
    p = writeUint31(p, firstRow + i);
  }
  return p;
}

/** One look at the loaded rows for one kind of special value. */
export interface EntityPass {
  readonly rows: number;
  readonly hasNulls: boolean;
  readonly firstRow: number;
  readonly special: number;
  /** Whether no number was written before. */
  readonly isFirst: boolean;
}
