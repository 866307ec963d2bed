import type { Clock } from './clock.ts';
import type { Run } from './run.ts';

/** Resolves when a run has had no call for so long. Rejects with the signal's reason. */
export async function untilIdle(run: Run, idleMs: number, clock: Clock, signal: AbortSignal): Promise<void> {
  for (;;) {
    const sinceMs = run.idleSinceMs;
    const leftMs = sinceMs === undefined ? idleMs : sinceMs + idleMs - clock.nowMs();
    if (leftMs <= 0) return;
    await clock.sleep(leftMs, signal);
  }
}
