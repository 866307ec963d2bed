// The shortest decimal that reads back as the same float. Schubfach's rule for choosing among candidates (Giulietti
// 2018), evaluated in double-double arithmetic: no 128-bit integers, no bigint per cell.
//
// A positive float is c × 2^q with a whole c. With g = 2^q × 10^-k in [1, 10), w = c × g is the float in units of
// 10^k, and everything within g / 2 of w reads back as it. The nearest multiple of 10 in there is the short
// candidate; else the nearest whole number is the answer. A decision closer than 2^-20 is left to the engine.
import { shortestFloat32 } from '../model/index.ts';
import { outBytes, outView } from './block.ts';
import { writeDigits8, writeUint4, writeUint31 } from './digits.ts';
import { decimalExponent, FLOAT32_BASE, fillScale, scale, UNKNOWN_EXPONENT } from './powers.ts';

// V8 folds constants of the module at hand into machine code, but not imported ones.
const OUT = outBytes;
const PLUS = 43;
const MINUS = 45;
const POINT = 46;
const ZERO = 48;
const LETTER_E = 101;
const VIEW = outView;
const SCALE = scale;
const EXPONENT = decimalExponent;
/** Powers of ten, and their reciprocals. */
const POWER = new Int32Array(10);
const RECIPROCAL = new Float64Array(10);
for (let i = 0; i < 10; i++) {
  POWER[i] = 10 ** i;
  RECIPROCAL[i] = 10 ** -i;
}

/**
 * Writes a positive float that is no power of two.
 *
 * The float comes as integers, because V8 boxes doubles passed to a function that it does not inline.
 *
 * @param index biased exponent; for float32 plus FLOAT32_BASE
 * @param high upper bits of the significand, hidden bit included
 * @param low lower 32 bits of the significand
 */
export function writeShortest(p: number, index: number, high: number, low: number): number {
  let k = EXPONENT[index];
  if (k === UNKNOWN_EXPONENT) k = fillScale(index);
  const row = index * 4;
  const g1 = SCALE[row];
  const g2 = SCALE[row + 1];
  const g = SCALE[row + 3];
  const half = g * 0.5;
  const cLow = low & 0x7ffffff;
  const cHigh = (high * 32 + (low >>> 27)) * 134217728;
  const c = cHigh + cLow;
  const w = c * g;
  const wRest = cHigh * g1 - w + cHigh * g2 + cLow * g1 + cLow * g2 + c * SCALE[row + 2];
  // w + wRest = head × 10^8 + tail + fraction
  let headFloat = Math.floor(w * 1e-8);
  const tailFloat = w - headFloat * 1e8;
  const tailFloor = Math.floor(tailFloat);
  const restSum = wRest + (tailFloat - tailFloor);
  const restFloor = Math.floor(restSum);
  const fraction = restSum - restFloor;
  let tailSum = tailFloor + restFloor;
  if (tailSum < 0) {
    headFloat--;
    tailSum += 1e8;
  } else if (tailSum >= 1e8) {
    headFloat++;
    tailSum -= 1e8;
  }
  let head = headFloat | 0;
  let tail = tailSum | 0;
  const tens = (tail / 10) | 0;
  const down = tail - tens * 10 + fraction;
  const up = 10 - down;
  // Decisions as sign masks, because on real data they are coin tosses; 0 means: too close to tell.
  const downFits = ((half - down) * 1048576) | 0;
  const upFits = ((half - up) * 1048576) | 0;
  const roundsUp = ((fraction - 0.5) * 1048576) | 0;
  if (downFits === 0 || upFits === 0 || roundsUp === 0) {
    if (index < FLOAT32_BASE) return writeFloat64BySlowPath(p, index, high, low);
    // The halves of float32 intervals are often exact: then the decision stands, and a true tie goes to the even digit.
    if (downFits > 0) tail = tens * 10;
    else if (upFits > 0) tail = tens * 10 + 10;
    else if (downFits < 0 && upFits < 0 && fraction === 0.5) tail += tail & 1;
    else return writeFloat32BySlowPath(p, index, low);
    if (tail === 100000000) return writeDecimal(p, head + 1, 0, k);
    return writeDecimal(p, head, tail, k);
  }
  const isUp = ~(upFits >> 31);
  const isShort = ~(downFits >> 31) | isUp;
  tail = (isShort & (tens * 10 + (isUp & 10))) | (~isShort & (tail + (~(roundsUp >> 31) & 1)));
  if (tail === 100000000) {
    tail = 0;
    head++;
  }
  return head >= 10000000 ? writeLongDecimal(p, head, tail, k, isShort) : writeDecimal(p, head, tail, k);
}

/** Digits head·tail (16 or 17 of them, as every normal float64 has); isShort is -1 when the last is known to be 0. */
function writeLongDecimal(p: number, head: number, tail: number, k: number, isShort: number): number {
  const point = k + 16 + (head >= 100000000 ? 1 : 0);
  if (point > 0 && point <= 8) {
    const whole = ((head + 0.5) * RECIPROCAL[-k - 8]) | 0;
    const part = head - Math.imul(whole, POWER[-k - 8]);
    p = whole < 10000 ? writeUint4(p, whole) : writeUint31(p, whole);
    OUT[p] = POINT;
    writeDigits8(p + 1, Math.imul(part, POWER[16 + k]));
    p += -k - 7;
    writeDigits8(p, tail);
    p += 8 + isShort;
    while (OUT[p - 1] === ZERO) p--;
    return OUT[p - 1] === POINT ? p - 1 : p;
  }
  if (point <= 0 && point > -6) {
    // "0.00" and more zeros than needed, overwritten by the digits.
    VIEW.setInt32(p, 0x30302e30, true);
    VIEW.setInt32(p + 4, 0x30303030, true);
    p += 2 - point;
    if (head >= 100000000) {
      const first = (head / 100000000) | 0;
      OUT[p++] = ZERO + first;
      head -= first * 100000000;
    }
    writeDigits8(p, head);
    writeDigits8(p + 8, tail);
    p += 16 + isShort;
    while (OUT[p - 1] === ZERO) p--;
    return p;
  }
  return writeDecimal(p, head, tail, k);
}

/** (head × 10^8 + tail) × 10^k with any number of digits; with an exponent from 1e21 and below 1e-6, as Go and JavaScript. */
function writeDecimal(p: number, head: number, tail: number, k: number): number {
  if (tail === 0) {
    k += 8;
    tail = head;
    head = 0;
  }
  const start = p + 1;
  let end: number;
  if (head !== 0) {
    end = writeUint31(start, head);
    writeDigits8(end, tail);
    end += 8;
  } else end = writeUint31(start, tail);
  const point = end - start + k;
  while (OUT[end - 1] === ZERO) end--;
  const digits = end - start;
  if (point > 0 && point < digits) {
    for (let i = 0; i < point; i++) OUT[p + i] = OUT[start + i];
    OUT[p + point] = POINT;
    return end;
  }
  if (point >= digits && point <= 21) {
    for (let i = 0; i < digits; i++) OUT[p + i] = OUT[start + i];
    for (let i = digits; i < point; i++) OUT[p + i] = ZERO;
    return p + point;
  }
  if (point <= 0 && point > -6) {
    const zeros = 2 - point;
    for (let i = digits - 1; i >= 0; i--) OUT[p + zeros + i] = OUT[start + i];
    OUT[p] = ZERO;
    OUT[p + 1] = POINT;
    for (let i = 2; i < zeros; i++) OUT[p + i] = ZERO;
    return p + zeros + digits;
  }
  return writeExponent(p, digits, point - 1);
}

/** Turns digits at p + 1 into d.ddde±xx at p. */
function writeExponent(p: number, digits: number, exponent: number): number {
  OUT[p] = OUT[p + 1];
  let at = p + 1;
  if (digits > 1) {
    OUT[at] = POINT;
    at += digits;
  }
  OUT[at++] = LETTER_E;
  OUT[at++] = exponent < 0 ? MINUS : PLUS;
  const magnitude = Math.abs(exponent);
  // Two digits at least, as Go writes them.
  if (magnitude < 10) OUT[at++] = ZERO;
  return writeUint31(at, magnitude);
}

const FLOAT64 = new Float64Array(1);
const FLOAT64_HALVES = new Int32Array(FLOAT64.buffer);
const FLOAT32 = new Float32Array(1);
const FLOAT32_BITS = new Int32Array(FLOAT32.buffer);

/** The engine's digits of a positive float64: for powers of two, whose lower neighbour is nearer, and for close decisions. */
export function writeFloat64BySlowPath(p: number, index: number, high: number, low: number): number {
  FLOAT64_HALVES[0] = low;
  FLOAT64_HALVES[1] = (index << 20) | (high & 0xfffff);
  return writeNumber(p, FLOAT64[0]);
}

/** The shortest digits of a positive float32, by trial. */
export function writeFloat32BySlowPath(p: number, index: number, low: number): number {
  FLOAT32_BITS[0] = ((index - FLOAT32_BASE) << 23) | (low & 0x7fffff);
  return writeNumber(p, shortestFloat32(FLOAT32[0]));
}

/** Writes the engine's digits, with two in an exponent at least, as Go writes them. */
function writeNumber(p: number, value: number): number {
  const text = String(value).replace(/e-(\d)$/, 'e-0$1');
  for (let i = 0; i < text.length; i++) OUT[p + i] = text.charCodeAt(i);
  return p + text.length;
}
