/** How many lines a plugin may log: so many in each second, dropped beyond that and counted. */
export class LineBudget {
  readonly #linesPerSecond: number;
  readonly #onDropped: (lines: number) => void;
  #startedAtMs = performance.now();
  #used = 0;
  #dropped = 0;

  /** @param onDropped told at most once a second, after the fact */
  constructor(linesPerSecond: number, onDropped: (lines: number) => void) {
    this.#linesPerSecond = linesPerSecond;
    this.#onDropped = onDropped;
  }

  /** True when a line of this length may be logged; a long one counts once for each KiB. */
  takes(length: number): boolean {
    const nowMs = performance.now();
    if (nowMs - this.#startedAtMs >= 1_000) {
      this.tellDropped();
      this.#startedAtMs = nowMs;
      this.#used = 0;
    }
    this.#used += Math.ceil((length + 1) / 1024);
    if (this.#used <= this.#linesPerSecond) return true;
    this.#dropped++;
    return false;
  }

  /** Tells what is still untold, for the end. */
  tellDropped(): void {
    if (this.#dropped > 0) this.#onDropped(this.#dropped);
    this.#dropped = 0;
  }
}
