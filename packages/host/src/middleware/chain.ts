import type { Endpoint, PluginClient, RequestOf, ResultOf } from '../client/index.ts';
import type { Middleware, Next, PluginCall } from './types.ts';

/** Whose calls go through a chain. */
export interface ChainedPlugin {
  readonly pluginId: string;
  readonly pluginVersion: string;
}

/** Puts a list of middlewares, outermost first, around every kind of call of a client. */
export function wrapClient(client: PluginClient, plugin: ChainedPlugin, middlewares: readonly Middleware[]): PluginClient {
  function send<Kind extends Endpoint>(endpoint: Kind, request: RequestOf<Kind>, signal: AbortSignal | undefined): Promise<ResultOf<Kind>> {
    const last: Next<Kind> = (call) => callOf(client, call);
    const chain = middlewares.reduceRight<Next<Kind>>((next, middleware) => (call) => middleware(call, next), last);
    return chain({ endpoint, request, signal, ...plugin });
  }
  return {
    queryData: (request, options) => send('queryData', request, options?.signal),
    callResource: (request, options) => send('callResource', request, options?.signal),
    checkHealth: (request, options) => send('checkHealth', request, options?.signal),
    collectMetrics: (request, options) => send('collectMetrics', request, options?.signal),
    subscribeStream: (request, options) => send('subscribeStream', request, options?.signal),
    publishStream: (request, options) => send('publishStream', request, options?.signal),
    async *runStream(request, options) {
      yield* await send('runStream', request, options?.signal);
    },
  };
}

/** The end of the chain. A stream starts when it is read, so its start is no failure of the chain. */
async function callOf<Kind extends Endpoint>(client: PluginClient, call: PluginCall<Kind>): Promise<ResultOf<Kind>> {
  const method = client[call.endpoint] as (
    request: RequestOf<Kind>,
    options: { signal?: AbortSignal | undefined },
  ) => Promise<ResultOf<Kind>>;
  return await method(call.request, { signal: call.signal });
}
