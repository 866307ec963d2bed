import { formatLastWords } from '../errors/index.ts';
import type { Phase } from './phase.ts';

/** Why a plugin cannot be called now, and what to do. */
export function explainPhase(
  phase: Exclude<Phase, { kind: 'ready' }>,
  { restartWaitMs, stderrTail }: { readonly restartWaitMs: number; readonly stderrTail: readonly string[] },
): string {
  const lastWords = stderrTail.length === 0 ? '' : `; ${formatLastWords(stderrTail)}`;
  const notBack = (attempt: number, why: string) =>
    `it is being restarted (attempt ${attempt}: ${why})${lastWords}; it was not back in ${restartWaitMs} ms; try again`;
  switch (phase.kind) {
    case 'starting':
      return notBack(phase.attempt, phase.why);
    case 'backing-off':
      return phase.isTripped
        ? `it ended or failed to start ${phase.attempt} times in a row (${phase.why})${lastWords}; it is tried again now and then, or at once with reset()`
        : notBack(phase.attempt, phase.why);
    case 'draining':
      return phase.cause === 'stopped'
        ? 'it was stopped; load it again'
        : `it is being put to rest, which took over ${restartWaitMs} ms; try again`;
    case 'gone':
      switch (phase.cause) {
        case 'start-failed':
          return `it did not start: ${phase.why}`;
        case 'stopped':
          return 'it was stopped; load it again';
        case 'idle':
        case 'not-started':
          return 'it rests until its next call; try again';
        default:
          return phase satisfies never;
      }
    default:
      return phase satisfies never;
  }
}
