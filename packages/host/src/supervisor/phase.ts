import type { RunningPlugin } from '../launchers/index.ts';

/** Where a plugin is in its life. Times are epoch milliseconds. */
export type Phase =
  /** The first start. When it fails, the plugin stays `failed`: nobody has relied on it yet. */
  | { readonly kind: 'starting'; readonly sinceMs: number }
  | { readonly kind: 'ready'; readonly sinceMs: number; readonly pid: number | undefined; readonly restarts: number }
  /** It ended, and is started again at `nextStartMs`, or is just being started. */
  | { readonly kind: 'restarting'; readonly sinceMs: number; readonly attempt: number; readonly nextStartMs: number; readonly why: string }
  | { readonly kind: 'stopping'; readonly sinceMs: number }
  | { readonly kind: 'stopped'; readonly sinceMs: number }
  | { readonly kind: 'failed'; readonly sinceMs: number; readonly why: string };

/** A phase with what only the supervisor may touch. */
export type State =
  | Exclude<Phase, { kind: 'ready' }>
  | { readonly kind: 'ready'; readonly sinceMs: number; readonly running: RunningPlugin; readonly restarts: number };

/** What others may see of a state. */
export function phaseOf(state: State): Phase {
  if (state.kind !== 'ready') return state;
  const { kind, sinceMs, running, restarts } = state;
  return { kind, sinceMs, pid: running.pid, restarts };
}
