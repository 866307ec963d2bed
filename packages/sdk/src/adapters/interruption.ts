/**
 * Lets an error from elsewhere end whatever is being waited for.
 *
 * `Promise.race` with one promise that lives as long as a stream would keep a reaction for every item ever sent.
 */
export class Interruption {
  #raised: { readonly reason: unknown } | undefined;
  #rejectWait: ((reason: unknown) => void) | undefined;

  /** Ends the current wait, or else the next one. Only the first reason counts. */
  raise(reason: unknown): void {
    this.#raised ??= { reason };
    this.#rejectWait?.(this.#raised.reason);
  }

  /** Waits for one step, or for the interruption. */
  wait<T>(step: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#raised !== undefined) {
        reject(this.#raised.reason);
        return;
      }
      this.#rejectWait = reject;
      Promise.try(step).then(resolve, reject);
    });
  }
}
