import type { Endpoint, ResultOf } from '../client/index.ts';
import { describeError, HostError } from '../errors/index.ts';
import type { Middleware, PluginCall } from './types.ts';

/** A call on its way, and how many wait for it. */
interface SharedCall {
  readonly result: Promise<unknown>;
  readonly controller: AbortController;
  waiting: number;
}

/**
 * Lets calls that are the same share one answer while it is on its way. It is given up once nobody waits for it any more.
 * Answers that come in parts are never shared.
 *
 * @param keyOf names what makes two calls the same, user and credentials included; undefined for a call of its own
 */
export function shareCalls(keyOf: (call: PluginCall) => string | undefined): Middleware {
  const running = new Map<string, SharedCall>();
  return async (call, next) => {
    const isShareable = call.endpoint === 'queryData' || call.endpoint === 'checkHealth' || call.endpoint === 'collectMetrics';
    const key = isShareable ? keyOf(call) : undefined;
    if (key === undefined) return await next(call);
    const id = `${call.pluginId} ${call.endpoint} ${key}`;
    let shared = running.get(id);
    if (shared === undefined) {
      const controller = new AbortController();
      shared = { result: next({ ...call, signal: controller.signal, lease: undefined }), controller, waiting: 0 };
      running.set(id, shared);
    }
    try {
      return await follow(shared, call);
    } finally {
      if (shared.waiting === 0 && running.get(id) === shared) running.delete(id);
    }
  };
}

/** Waits for a shared call as long as the own caller does. */
async function follow<Kind extends Endpoint>(shared: SharedCall, call: PluginCall<Kind>): Promise<ResultOf<Kind>> {
  const { pluginId, endpoint, signal } = call;
  shared.waiting++;
  const left = Promise.withResolvers<never>();
  const leave = () =>
    left.reject(
      new HostError('request_cancelled', { pluginId, endpoint, detail: describeError(signal?.reason) }, { cause: signal?.reason }),
    );
  if (signal?.aborted) leave();
  signal?.addEventListener('abort', leave, { once: true });
  try {
    return (await Promise.race([shared.result, left.promise])) as ResultOf<Kind>;
  } finally {
    signal?.removeEventListener('abort', leave);
    shared.waiting--;
    if (shared.waiting === 0) shared.controller.abort(signal?.reason);
  }
}
