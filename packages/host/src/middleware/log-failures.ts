import { whenEnded } from '../client/index.ts';
import { describeError, isHostError } from '../errors/index.ts';
import type { HostLogger } from '../launchers/index.ts';
import type { Middleware } from './types.ts';

/** Writes a line for each call that fails. Callers that give up are not worth one, nor kinds of call that a plugin lacks. */
export function logFailures(logger: HostLogger): Middleware {
  return async (call, next) => {
    const { pluginId, endpoint } = call;
    const log = (error: unknown) => {
      if (isHostError(error, 'request_cancelled') || isHostError(error, 'method_not_implemented')) return;
      logger.warn('plugin call failed', {
        pluginId,
        endpoint,
        code: isHostError(error) ? error.code : undefined,
        error: describeError(error),
      });
    };
    try {
      return whenEnded(endpoint, await next(call), (outcome) => {
        if (outcome.status === 'error') log(outcome.error);
      });
    } catch (error) {
      log(error);
      throw error;
    }
  };
}
