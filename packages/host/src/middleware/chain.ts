import { type Endpoint, type PluginCallOptions, type PluginClient, type RequestOf, type ResultOf, startWhenRead } from '../client/index.ts';
import type { Middleware, Next, PluginCall } from './types.ts';

/** Whose calls go through a chain. */
export interface ChainedPlugin {
  readonly pluginId: string;
  readonly pluginVersion: string;
}

/** Puts a list of middlewares, outermost first, around every kind of call of a client. */
export function wrapClient(client: PluginClient, plugin: ChainedPlugin, middlewares: readonly Middleware[]): PluginClient {
  /** Built once for each kind of call, as a call must not pay for it. */
  function chained<Kind extends Endpoint>(endpoint: Kind) {
    const last: Next<Kind> = (call) => callOf(client, call);
    const chain = middlewares.reduceRight<Next<Kind>>((next, middleware) => (call) => middleware(call, next), last);
    return (request: RequestOf<Kind>, options?: PluginCallOptions) =>
      chain({
        endpoint,
        request,
        signal: options?.signal,
        traceparent: options?.traceparent,
        origin: options?.origin,
        lease: options?.lease,
        ...plugin,
      });
  }
  const runStream = chained('runStream');
  const queryChunkedData = chained('queryChunkedData');
  return {
    queryData: chained('queryData'),
    queryChunkedData: (request, options) => startWhenRead(() => queryChunkedData(request, options)),
    callResource: chained('callResource'),
    checkHealth: chained('checkHealth'),
    collectMetrics: chained('collectMetrics'),
    subscribeStream: chained('subscribeStream'),
    publishStream: chained('publishStream'),
    runStream: (request, options) => startWhenRead(() => runStream(request, options)),
  };
}

/** The end of the chain. A stream starts when it is read, so its start is no failure of the chain. */
async function callOf<Kind extends Endpoint>(client: PluginClient, call: PluginCall<Kind>): Promise<ResultOf<Kind>> {
  const method = client[call.endpoint] as (request: RequestOf<Kind>, options: PluginCallOptions) => Promise<ResultOf<Kind>>;
  return await method(call.request, { signal: call.signal, traceparent: call.traceparent, lease: call.lease });
}
