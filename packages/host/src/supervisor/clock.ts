import { setTimeout as sleep } from 'node:timers/promises';

/** Time as the supervisor sees it; tests hand in their own. */
export interface Clock {
  nowMs(): number;
  /** Rejects with the signal's reason when it aborts first; leaves no timer behind then. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** What timers of Node take; more would fire at once. */
const longestTimerMs = 2 ** 31 - 1;

/** The clock of this process; it does not jump when somebody sets the time. */
export const systemClock: Clock = {
  nowMs: () => performance.timeOrigin + performance.now(),
  async sleep(ms, signal) {
    try {
      await sleep(Math.min(ms, longestTimerMs), undefined, { signal });
    } catch {
      signal.throwIfAborted();
    }
  },
};
