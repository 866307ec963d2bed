/** When a plugin that ended is started again. */
export interface RestartPolicy {
  /** Wait before the second start in a row; the first is made at once. 500 by default. */
  readonly baseDelayMs: number;
  /** Growth of the wait with each start after that. 2 by default. */
  readonly factor: number;
  /** Longest wait. 30 000 by default. */
  readonly maxDelayMs: number;
  /** A run of this length makes the next start count as the first again. 10 000 by default. */
  readonly stableMs: number;
}

/** What holds unless something else is asked for. */
export const defaultRestartPolicy: RestartPolicy = { baseDelayMs: 500, factor: 2, maxDelayMs: 30_000, stableMs: 10_000 };

/** Wait before a start; `attempt` counts from 1 since the last stable run. */
export function restartDelayMs({ baseDelayMs, factor, maxDelayMs }: RestartPolicy, attempt: number): number {
  return attempt <= 1 ? 0 : Math.min(maxDelayMs, baseDelayMs * factor ** (attempt - 2));
}
