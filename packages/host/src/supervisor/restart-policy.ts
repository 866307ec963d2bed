/** When a plugin that ended is started again. */
export interface RestartPolicy {
  /** Wait before the second start in a row; the first is made at once. 500 by default. */
  readonly baseDelayMs: number;
  /** Growth of the wait with each start after that. 2 by default. */
  readonly factor: number;
  /** Longest wait. 30 000 by default. */
  readonly maxDelayMs: number;
  /** Share of a wait that is left to chance, so that plugins that fell together do not rise together. 0.2 by default. */
  readonly jitter: number;
  /** A run of this length makes the next start count as the first again. 10 000 by default. */
  readonly stableMs: number;
  /** After so many starts in a row that did not last, the breaker trips. 10 by default, which takes some two minutes. */
  readonly breakerStarts: number;
  /** Wait between starts while the breaker is tripped. 300 000 by default. */
  readonly breakerRetryMs: number;
}

/** What holds unless something else is asked for. */
export const defaultRestartPolicy: RestartPolicy = {
  baseDelayMs: 500,
  factor: 2,
  maxDelayMs: 30_000,
  jitter: 0.2,
  stableMs: 10_000,
  breakerStarts: 10,
  breakerRetryMs: 300_000,
};

/** True when calls need not wait for this start, as those before it came to nothing. */
export function isTripped({ breakerStarts }: RestartPolicy, attempt: number): boolean {
  return attempt > breakerStarts;
}

/**
 * Wait before a start.
 *
 * @param attempt starts in a row; 0 was asked for, 1 is the first after a stable run
 * @param chance from 0 to 1, as Math.random gives it; 0.5 is the wait without jitter
 */
export function restartDelayMs(policy: RestartPolicy, attempt: number, chance: number): number {
  const { baseDelayMs, factor, maxDelayMs, jitter, breakerRetryMs } = policy;
  if (attempt <= 1) return 0;
  const delayMs = isTripped(policy, attempt) ? breakerRetryMs : Math.min(maxDelayMs, baseDelayMs * factor ** (attempt - 2));
  return delayMs * (1 + jitter * (chance - 0.5));
}
