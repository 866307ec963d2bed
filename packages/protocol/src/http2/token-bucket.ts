/** How full a bucket is at most, and how fast time fills it. */
export interface TokenBucketOptions {
  readonly most: number;
  /** Milliseconds for one token. */
  readonly refillMs: number;
  readonly nowMs: () => number;
}

/** Bounds how often something may happen. The clock is read only when the bucket is empty. */
export class TokenBucket {
  readonly #options: TokenBucketOptions;
  #tokens: number;
  #refilledAtMs: number;

  constructor(options: TokenBucketOptions) {
    this.#options = options;
    this.#tokens = options.most;
    this.#refilledAtMs = options.nowMs();
  }

  /** Takes tokens. False: there are not as many. */
  take(count: number): boolean {
    if (this.#tokens < count) this.#refill();
    if (this.#tokens < count) return false;
    this.#tokens -= count;
    return true;
  }

  give(count: number): void {
    this.#tokens = Math.min(this.#options.most, this.#tokens + count);
  }

  #refill(): void {
    const nowMs = this.#options.nowMs();
    this.give((nowMs - this.#refilledAtMs) / this.#options.refillMs);
    this.#refilledAtMs = nowMs;
  }
}
