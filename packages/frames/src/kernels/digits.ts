// Whole numbers as decimal digits, four at a time: a table of the 10 000 groups of four ASCII digits as words.
import { outBytes, outView } from './block.ts';

// V8 folds constants of the module at hand into machine code, but not imported ones.
const OUT = outBytes;
const MINUS = 45;
const VIEW = outView;

/** Four digits with leading zeros as a little-endian word. */
const GROUP = new Uint32Array(10000);
/** Digits of a group without its leading zeros, and the shift that drops them. */
const GROUP_DIGITS = new Uint8Array(10000);
const GROUP_SHIFT = new Uint8Array(10000);
for (let i = 0; i < 10000; i++) {
  GROUP[i] = asciiWord(String(i).padStart(4, '0'));
  GROUP_DIGITS[i] = String(i).length;
  GROUP_SHIFT[i] = 32 - 8 * GROUP_DIGITS[i];
}

/** Four ASCII characters as a little-endian word. */
export function asciiWord(text: string): number {
  let word = 0;
  for (let i = 3; i >= 0; i--) word = word * 256 + text.charCodeAt(i);
  return word;
}

/** Writes 0 ≤ value < 10 000 without leading zeros; returns the position behind it. */
export function writeUint4(p: number, value: number): number {
  VIEW.setUint32(p, GROUP[value] >>> GROUP_SHIFT[value], true);
  return p + GROUP_DIGITS[value];
}

/** 0 ≤ value < 10 000 as exactly four digits, a little-endian word. */
export function digitsWord(value: number): number {
  return GROUP[value];
}

/** Writes exactly eight digits of 0 ≤ value < 10^8. */
export function writeDigits8(p: number, value: number): void {
  const high = (value / 10000) | 0;
  VIEW.setUint32(p, GROUP[high], true);
  VIEW.setUint32(p + 4, GROUP[value - high * 10000], true);
}

/** Writes 0 ≤ value < 2^31 without leading zeros. */
export function writeUint31(p: number, value: number): number {
  if (value < 10000) return writeUint4(p, value);
  if (value < 100000000) {
    const high = (value / 10000) | 0;
    const next = writeUint4(p, high);
    VIEW.setUint32(next, GROUP[value - high * 10000], true);
    return next + 4;
  }
  const high = (value / 100000000) | 0;
  const next = writeUint4(p, high);
  writeDigits8(next, value - high * 100000000);
  return next + 8;
}

/** Writes a whole double 0 ≤ value < 2^53. */
export function writeUint53(p: number, value: number): number {
  if (value < 2147483648) return writeUint31(p, value | 0);
  const high = Math.floor(value / 100000000);
  const low = (value - high * 100000000) | 0;
  const next = high < 2147483648 ? writeUint31(p, high | 0) : writeUint53(p, high);
  writeDigits8(next, low);
  return next + 8;
}

/** Writes a 64-bit integer from its halves. */
export function writeInt64(p: number, high: number, low: number, signed: boolean): number {
  if (signed && high < 0) {
    OUT[p++] = MINUS;
    low = -low | 0;
    high = (~high + (low === 0 ? 1 : 0)) | 0;
  }
  const unsignedHigh = high >>> 0;
  if (unsignedHigh === 0 && low >= 0) return writeUint31(p, low);
  // No double is passed on from here: V8 would box it, 32 MB of garbage in a million cells.
  const approximate = unsignedHigh * 4294967296 + (low >>> 0);
  if (unsignedHigh < 0x200000) {
    const head = Math.floor(approximate / 100000000) | 0;
    const next = writeUint31(p, head);
    writeDigits8(next, (approximate - head * 100000000) | 0);
    return next + 8;
  }
  // Beyond 2^53 the double is off by up to 1024: its quotient is off by one at most, and the remainder is exact mod 2^32.
  let quotient = Math.floor(approximate * 1e-8);
  let remainder = (low - Math.imul(quotient | 0, 100000000)) | 0;
  if (remainder < 0) {
    quotient--;
    remainder += 100000000;
  } else if (remainder >= 100000000) {
    quotient++;
    remainder -= 100000000;
  }
  const head = Math.floor(quotient / 100000000) | 0;
  const middle = (quotient - head * 100000000) | 0;
  let next: number;
  if (head === 0) next = writeUint31(p, middle);
  else {
    next = writeUint31(p, head);
    writeDigits8(next, middle);
    next += 8;
  }
  writeDigits8(next, remainder);
  return next + 8;
}
