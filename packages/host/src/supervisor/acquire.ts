import type { HostError } from '../errors/index.ts';
import type { Clock } from './clock.ts';
import { canBeWoken, isWorthWaiting, type State } from './phase.ts';
import type { Lease } from './run.ts';

/** What a call sees of the supervisor while it waits. */
export interface Waiting {
  state(): State;
  /** Resolves at the next change of the state. */
  changed(): Promise<void>;
  /** Starts a plugin that rests. */
  wake(): void;
  /** Why there will be no run. */
  refusal(): HostError;
  readonly clock: Clock;
  readonly restartWaitMs: number;
}

/** The right to make a call on the next run that is ready, if it is ready in time. */
export async function acquireLater(waiting: Waiting, signal: AbortSignal | undefined): Promise<Lease> {
  signal?.throwIfAborted();
  const { clock, restartWaitMs } = waiting;
  const leaving = new AbortController();
  const until = signal === undefined ? leaving.signal : AbortSignal.any([signal, leaving.signal]);
  const givenUp = clock.sleep(Number.POSITIVE_INFINITY, until);
  let isLate = false;
  const limit = clock.sleep(restartWaitMs, until).then(() => {
    isLate = true;
  });
  for (const promise of [givenUp, limit]) promise.catch(() => {}); // seen by the race below
  try {
    for (;;) {
      const state = waiting.state();
      if (state.kind === 'ready') return state.run.lease();
      if (state.kind === 'gone' && canBeWoken(state)) {
        waiting.wake();
        continue;
      }
      // A start that was asked for has a limit of its own, longer than what callers wait for a restart.
      const isPatient = state.kind === 'starting' && state.attempt === 0;
      if (!isWorthWaiting(state) || (isLate && !isPatient)) throw waiting.refusal();
      await Promise.race([waiting.changed(), isPatient ? givenUp : limit]);
    }
  } finally {
    leaving.abort();
  }
}
