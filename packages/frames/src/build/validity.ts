import { allSet, keepShape } from '../model/index.ts';

/** Marks nulls while a column is built; no bitmap exists until there is a null. */
export class ValidityBuilder {
  readonly #length: number;
  #bits: Uint8Array | undefined;

  constructor(length: number) {
    this.#length = length;
  }

  /** Says that the cell of that row is null. */
  markNull(row: number): void {
    this.#bits ??= allSet(this.#length);
    this.#bits[row >> 3] &= ~(1 << (row & 7));
  }

  /** The bitmap, or undefined when there was no null. */
  get bits(): Uint8Array | undefined {
    return this.#bits;
  }
}

keepShape(new ValidityBuilder(0));
