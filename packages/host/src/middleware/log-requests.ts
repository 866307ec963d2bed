import { whenEnded } from '../client/index.ts';
import { describeError } from '../errors/index.ts';
import type { HostLogger } from '../launchers/index.ts';
import type { Middleware } from './types.ts';

/** Writes a line for every call at its end, with how long it took (`[plugins] log_backend_requests` of Grafana). */
export function logRequests(logger: HostLogger): Middleware {
  return async (call, next) => {
    const { pluginId, endpoint } = call;
    const startedAtMs = performance.now();
    const log = (status: string, error?: unknown) =>
      logger.info('Plugin Request Completed', {
        pluginId,
        endpoint,
        status,
        durationMs: Math.round(performance.now() - startedAtMs),
        ...(error === undefined ? {} : { error: describeError(error) }),
      });
    try {
      return whenEnded(endpoint, await next(call), (outcome) =>
        log(outcome.status, outcome.status === 'error' ? outcome.error : undefined),
      );
    } catch (error) {
      log('error', error);
      throw error;
    }
  };
}
