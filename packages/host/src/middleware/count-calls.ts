import { type Endpoint, type Outcome, whenEnded } from '../client/index.ts';
import { isHostError } from '../errors/index.ts';
import type { Middleware } from './types.ts';

/** How many calls of one kind ended in one way. */
export interface CallCounts {
  readonly endpoint: Endpoint;
  /** In Grafana's words; `cancelled` is no failure of the plugin. */
  readonly status: 'ok' | 'cancelled' | 'error';
  readonly count: number;
  /** Sum of their durations. */
  readonly totalMs: number;
}

/** Counts calls by kind and outcome, each at its very end. */
export class CallCounter {
  readonly #counts = new Map<string, CallCounts>();

  /** One row for each pair of kind and outcome that has occurred. */
  counts(): readonly CallCounts[] {
    return [...this.#counts.values()];
  }

  readonly middleware: Middleware = async (call, next) => {
    const startedAtMs = performance.now();
    const onEnd = (outcome: Outcome) => this.#add(call.endpoint, statusOf(outcome), performance.now() - startedAtMs);
    try {
      return whenEnded(call.endpoint, await next(call), onEnd);
    } catch (error) {
      onEnd({ status: 'error', error });
      throw error;
    }
  };

  #add(endpoint: Endpoint, status: CallCounts['status'], durationMs: number): void {
    const key = `${endpoint} ${status}`;
    const { count = 0, totalMs = 0 } = this.#counts.get(key) ?? {};
    this.#counts.set(key, { endpoint, status, count: count + 1, totalMs: totalMs + durationMs });
  }
}

function statusOf(outcome: Outcome): CallCounts['status'] {
  return outcome.status === 'error' && isHostError(outcome.error, 'request_cancelled') ? 'cancelled' : outcome.status;
}
