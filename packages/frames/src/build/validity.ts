/** Marks nulls while a column is built; no bitmap exists until there is a null. */
export class ValidityBuilder {
  readonly #length: number;
  #bits: Uint8Array | undefined;

  constructor(length: number) {
    this.#length = length;
  }

  /** Says that the cell of that row is null. */
  markNull(row: number): void {
    this.#bits ??= allValid(this.#length);
    this.#bits[row >> 3] &= ~(1 << (row & 7));
  }

  /** The bitmap, or undefined when there was no null. */
  get bits(): Uint8Array | undefined {
    return this.#bits;
  }
}

function allValid(length: number): Uint8Array {
  const bits = new Uint8Array((length + 7) >> 3).fill(255);
  if ((length & 7) !== 0) bits[bits.length - 1] = (1 << (length & 7)) - 1;
  return bits;
}
