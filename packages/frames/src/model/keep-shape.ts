const kept: object[] = [];

/**
 * Keeps one object of a class alive. V8 drops the code optimised for a class along with the last object of it, and what
 * is decoded often lives for one answer only: each full garbage collection between two answers would have the decoder
 * compiled anew, which costs as much as a thousand small frames.
 */
export function keepShape(example: object): void {
  kept.push(example);
}
