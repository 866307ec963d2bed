// Per binary exponent, the power of ten that brings a significand into decimal digits, in double-double precision.
// Rows are filled when an exponent first occurs, so there is no table of 617 entries in the source.

/** Table index of float32 exponents: behind the 2048 of float64. */
export const FLOAT32_BASE = 2048;
/** In `decimalExponent`: not filled yet. */
export const UNKNOWN_EXPONENT = 32767;

/**
 * For exponent index e, at 4e: g split into two halves of 26 bits (g1, g2), its low part, and g itself,
 * where g = 2^q × 10^-k lies in [1, 10).
 */
export const scale = new Float64Array(4096 * 4);
/** k for each exponent index. */
export const decimalExponent = new Int16Array(4096).fill(UNKNOWN_EXPONENT);

/** Veltkamp's constant 2^27 + 1: splits a double into halves whose products are exact. */
const SPLITTER = 134217729;

/** Fills the row of one exponent index and returns its k. */
export function fillScale(index: number): number {
  const q = index < FLOAT32_BASE ? (index || 1) - 1075 : (index - FLOAT32_BASE || 1) - 150;
  const { k, numerator, denominator } = reduce(q);
  const fixed = (numerator << 116n) / denominator;
  const high = Number(fixed >> 67n);
  const g = high * 2 ** -49;
  const split = SPLITTER * g;
  const g1 = split - (split - g);
  scale[index * 4] = g1;
  scale[index * 4 + 1] = g - g1;
  scale[index * 4 + 2] = Number(fixed - (BigInt(high) << 67n)) * 2 ** -116;
  scale[index * 4 + 3] = g;
  decimalExponent[index] = k;
  return k;
}

/** 2^q × 10^-k as a fraction in [1, 10). */
function reduce(q: number): { k: number; numerator: bigint; denominator: bigint } {
  for (let k = Math.floor(q * Math.LOG10E * Math.LN2) - 1; ; k++) {
    const numerator = (q >= 0 ? 1n << BigInt(q) : 1n) * (k >= 0 ? 1n : 10n ** BigInt(-k));
    const denominator = (q >= 0 ? 1n : 1n << BigInt(-q)) * (k >= 0 ? 10n ** BigInt(k) : 1n);
    if (numerator < 10n * denominator) return { k, numerator, denominator };
  }
}
