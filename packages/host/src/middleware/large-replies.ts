import { whenEnded } from '../client/index.ts';
import { isHostError } from '../errors/index.ts';
import type { Middleware } from './types.ts';

/** Tells about every answer that was larger than this side takes. */
export function noticeLargeReplies(onLimit: () => void): Middleware {
  return async (call, next) => {
    const look = (error: unknown) => {
      if (isHostError(error, 'resource_exhausted')) onLimit();
    };
    try {
      return whenEnded(call.endpoint, await next(call), (outcome) => {
        if (outcome.status === 'error') look(outcome.error);
      });
    } catch (error) {
      look(error);
      throw error;
    }
  };
}
