import { AsyncLocalStorage } from 'node:async_hooks';
import { type Enclosed, enclosure, runInScope } from './call-scope.ts';
import { describeError, type ErrorFacts } from './classify-error.ts';
import type { RequestContext } from './context.ts';
import { PluginError } from './errors.ts';

/** How a call ended. Of queries the worst one counts: the plugin's own fault before the service's. */
export type CallOutcome =
  | { readonly status: 'ok' | 'cancelled'; readonly error?: undefined }
  | { readonly status: 'error'; readonly error: ErrorFacts };

/**
 * Stands around every call, of whatever kind: `context.endpoint` says which.
 *
 * It runs before the instance is opened. What it throws then is the call's answer, as if the handler had thrown it.
 * `next` resolves when the call has ended, for a stream when that has; it never rejects because of the handler. What it
 * throws after that comes too late for the caller, and is logged. What it puts into an AsyncLocalStorage around `next`,
 * handlers find there.
 */
export type Middleware = (context: RequestContext, next: () => Promise<CallOutcome>) => Promise<unknown>;

/** One call on its way through middleware. */
export interface Passage {
  /** Resolves when every middleware has called `next`; rejects with what one of them threw instead. */
  readonly entered: Promise<void>;
  /** Lets every `next` resolve. */
  end(outcome: CallOutcome): void;
}

/** Leads a call through middleware, the first one outermost. */
export function enterMiddleware(list: readonly Middleware[], context: RequestContext & Enclosed): Passage {
  const entered = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<CallOutcome>();
  let isInside = false;
  const fail = (error: unknown): boolean => {
    if (isInside) context.log.error('A middleware failed after the call', { error: describeError(error) });
    else entered.reject(error);
    return true;
  };
  const innermost = (): Promise<CallOutcome> => {
    context[enclosure] = AsyncLocalStorage.snapshot();
    isInside = true;
    entered.resolve();
    return ended.promise;
  };
  const chain = list.reduceRight<() => Promise<CallOutcome>>((next, around) => {
    return async () => {
      await around(context, next);
      if (!isInside) throw new PluginError('a middleware ended this call: it did not call next');
      return ended.promise;
    };
  }, innermost);
  void runInScope({ context, fail }, chain).catch(fail);
  // A call that is given up does not wait for a middleware that goes on.
  context.signal.addEventListener('abort', () => entered.reject(context.signal.reason), { once: true });
  // Calls that were answered before look no more.
  entered.promise.catch(() => undefined);
  return { entered: entered.promise, end: ended.resolve };
}
