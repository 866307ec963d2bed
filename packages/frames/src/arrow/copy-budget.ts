import { FrameError, keepShape } from '../model/index.ts';

/** What may be copied of one file, as a multiple of its bytes: views may share text, but a file that unfolds to more is a bomb. */
const MAX_UNFOLDING = 8;
/** Small files may unfold further. */
const FREE_BYTES = 65536;

/**
 * Bytes that may still be copied while one file is read. All fields and batches share it: a hostile file can let every one
 * of them refer to the same bytes.
 */
export class CopyBudget {
  readonly #allowed: number;
  #left: number;

  constructor(fileBytes: number) {
    this.#allowed = fileBytes * MAX_UNFOLDING + FREE_BYTES;
    this.#left = this.#allowed;
  }

  /** @throws FrameError `column_too_large` when so many bytes are more than is left */
  take(bytes: number, field: string): void {
    this.#left -= bytes;
    if (this.#left < 0)
      throw new FrameError('column_too_large', {
        reason: `its bytes, counted once for each reference to them, are more than the ${this.#allowed} allowed for a file of this size`,
        field,
      });
  }
}

keepShape(new CopyBudget(0));
