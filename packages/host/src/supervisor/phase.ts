import type { Run } from './run.ts';

/** Where a plugin is in its life. Times are epoch milliseconds. */
export type Phase =
  /** Being started. `attempt` counts starts in a row; 0 was asked for, the others have what went before as `why`. */
  | { readonly kind: 'starting'; readonly sinceMs: number; readonly attempt: number; readonly why: string }
  | { readonly kind: 'ready'; readonly sinceMs: number; readonly pid: number | undefined; readonly restarts: number }
  /**
   * It ended, or did not start, and is started at `nextStartMs`. With `isTripped` it did so too often in a row:
   * calls are refused at once, and starts are rare until one of them lasts.
   */
  | {
      readonly kind: 'backing-off';
      readonly sinceMs: number;
      readonly attempt: number;
      readonly nextStartMs: number;
      readonly isTripped: boolean;
      readonly why: string;
    }
  /** Takes no new calls and is being stopped: for good, or until the next call. */
  | { readonly kind: 'draining'; readonly sinceMs: number; readonly cause: 'stopped' | 'idle' }
  /** Nothing of it runs. The next call starts one that is `not-started` or `idle`; the others are over. */
  | {
      readonly kind: 'gone';
      readonly sinceMs: number;
      readonly cause: 'not-started' | 'idle' | 'stopped' | 'start-failed';
      readonly why: string;
    };

/** A phase with what only the supervisor may touch. */
export type State =
  | Exclude<Phase, { kind: 'ready' }>
  | { readonly kind: 'ready'; readonly sinceMs: number; readonly run: Run; readonly restarts: number };

/** What others may see of a state. */
export function phaseOf(state: State): Phase {
  if (state.kind !== 'ready') return state;
  const { kind, sinceMs, run, restarts } = state;
  return { kind, sinceMs, pid: run.pid, restarts };
}

/** True for a plugin that starts when it is called. */
export function canBeWoken({ cause }: Extract<State, { kind: 'gone' }>): boolean {
  return cause === 'idle' || cause === 'not-started';
}

/** False when no wait would help a call. */
export function isWorthWaiting(state: Exclude<State, { kind: 'ready' }>): boolean {
  switch (state.kind) {
    case 'starting':
      return true;
    case 'backing-off':
      return !state.isTripped;
    case 'draining':
      return state.cause === 'idle';
    case 'gone':
      return canBeWoken(state);
    default:
      return state satisfies never;
  }
}
