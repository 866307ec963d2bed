/**
 * The double of the fewest digits that reads back as the same float of 32 bits, as Go, and so frame JSON, writes it: 0.1,
 * where the float itself is 0.10000000149011612.
 */
export function shortestFloat32(value: number): number {
  const magnitude = Math.abs(value);
  if (!(magnitude > 0 && magnitude < Number.POSITIVE_INFINITY)) return value;
  const shortest = shorten(magnitude);
  return value < 0 ? -shortest : shortest;
}

/** Nine digits always do. */
const MAX_DIGITS = 9;

function shorten(value: number): number {
  for (let digits = 1; digits < MAX_DIGITS; digits++) {
    const nearest = Number(value.toPrecision(digits));
    if (Math.fround(nearest) === value) return nearest;
    // A power of two reaches twice as far up as down: the next decimal above may do where the nearest, below, does not.
    const above = nextDecimal(value, digits);
    if (Math.fround(above) === value) return above;
  }
  return Number(value.toPrecision(MAX_DIGITS));
}

/** The decimal of so many digits that follows the one nearest to the value. */
function nextDecimal(value: number, digits: number): number {
  const [significand, exponent] = value.toExponential(digits - 1).split('e');
  return Number(`${Number(significand.replace('.', '')) + 1}e${Number(exponent) - digits + 1}`);
}
