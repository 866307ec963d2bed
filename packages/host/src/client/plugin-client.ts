import type { CallOptions, Channel } from '@backplane/protocol/grpc';
import { data, diagnostics, resource, stream } from '@backplane/protocol/pluginv2';
import { HostError, isHostError } from '../errors/index.ts';
import { openChunks } from './chunks.ts';
import { type PluginIdentity, toProtoContext } from './context.ts';
import { fromProtoHealth, healthNotImplemented, noMetrics } from './diagnostics.ts';
import type { Endpoint, ResultOf } from './endpoints.ts';
import { isConnectionLost, toHostError } from './map-error.ts';
import { fromProtoQuery, toProtoQuery } from './query.ts';
import { fromProtoResource, toProtoResource } from './resource.ts';
import { startWhenRead } from './start-when-read.ts';
import { fromProtoStream, jsonPackets, toProtoStream } from './stream.ts';
import { traceparentOf } from './traceparent.ts';
import type { PluginCallOptions, PluginClient, PluginContext } from './types.ts';
import { whenEnded } from './when-ended.ts';

/** A connection of the moment. */
export interface Connection {
  readonly channel: Channel;
  /** Told when a call finds it dead. */
  lost(): void;
  /** Told when the call is over, streams at their end. */
  release(): void;
}

/** Gives the connection to make one call on; may wait for a restart. */
export type Acquire = (signal: AbortSignal | undefined) => Promise<Connection>;

/** What a call is made with. */
interface Wire {
  readonly channel: Channel;
  readonly options: CallOptions;
  /** For what goes on after the call has resolved: turns an error of the wire into what callers see. */
  readonly rethrow: (error: unknown) => never;
}

/** For a call that needs none: metrics belong to the process, not to an organisation. */
const emptyContext: PluginContext = { orgId: 0, config: {}, userAgent: '' };

/** Typed calls to one plugin: messages go out and come back, errors become HostError. */
export function createPluginClient(plugin: PluginIdentity, acquire: Acquire): PluginClient {
  const { pluginId } = plugin;

  /** Runs one call on the connection of the moment. */
  async function call<Kind extends Endpoint>(
    endpoint: Kind,
    { signal, traceparent }: PluginCallOptions,
    run: (wire: Wire) => Promise<ResultOf<Kind>>,
  ): Promise<ResultOf<Kind>> {
    let connection: Connection | undefined;
    const rethrow = (error: unknown): never => {
      if (isConnectionLost(error)) connection?.lost();
      throw toHostError(error, { pluginId, endpoint, signal });
    };
    try {
      signal?.throwIfAborted();
      connection = await acquire(signal);
      const { channel, release } = connection;
      const options: CallOptions = { signal, metadata: [['traceparent', traceparentOf(traceparent)]] };
      return whenEnded(endpoint, await run({ channel, options, rethrow }), release);
    } catch (error) {
      connection?.release();
      return rethrow(error);
    }
  }

  return {
    queryData: (request, called = {}) =>
      call('queryData', called, async ({ channel, options }) =>
        fromProtoQuery(pluginId, await channel.unary(data.queryData, toProtoQuery(plugin, request), { ...options, lease: called.lease })),
      ),

    queryChunkedData: (request, called = {}) =>
      startWhenRead(() => call('queryChunkedData', called, async (wire) => openChunks({ ...wire, plugin, request }))),

    callResource: (request, called = {}) =>
      call('callResource', called, ({ channel, options, rethrow }) => {
        const messages = channel.serverStream(resource.callResource, toProtoResource(plugin, request), options);
        return fromProtoResource(messages, { pluginId, endpoint: 'callResource' }, rethrow);
      }),

    checkHealth: (request, called = {}) =>
      call('checkHealth', called, async ({ channel, options }) => {
        const { context, headers } = request;
        return fromProtoHealth(
          await channel.unary(diagnostics.checkHealth, { pluginContext: toProtoContext(plugin, context), headers }, options),
        );
      }).catch(whenNotImplemented(healthNotImplemented)),

    collectMetrics: (request, called = {}) =>
      call('collectMetrics', called, async ({ channel, options }) => {
        const pluginContext = toProtoContext(plugin, request.context ?? emptyContext);
        const { metrics } = await channel.unary(diagnostics.collectMetrics, { pluginContext }, options);
        return metrics?.prometheus ?? noMetrics;
      }).catch(whenNotImplemented(noMetrics)),

    subscribeStream: (request, called = {}) =>
      call('subscribeStream', called, async ({ channel, options }) =>
        fromProtoStream(await channel.unary(stream.subscribeStream, toProtoStream(plugin, request), options)),
      ),

    publishStream: (request, called = {}) =>
      call('publishStream', called, async ({ channel, options }) =>
        fromProtoStream(await channel.unary(stream.publishStream, toProtoStream(plugin, request), options)),
      ),

    runStream: (request, called = {}) =>
      startWhenRead(() =>
        call('runStream', called, async ({ channel, options, rethrow }) => {
          const messages = channel.serverStream(stream.runStream, toProtoStream(plugin, request), options);
          return jsonPackets(messages, pluginId, rethrow);
        }),
      ),
  };
}

/** A client for a plugin without a backend: every call is refused. */
export function createAbsentClient(pluginId: string): PluginClient {
  return createPluginClient({ pluginId, pluginVersion: '' }, async () => {
    throw new HostError('plugin_unavailable', { pluginId, detail: 'it has no backend; its plugin.json does not say "backend": true' });
  });
}

function whenNotImplemented<Result>(instead: Result): (error: unknown) => Result {
  return (error) => {
    if (isHostError(error, 'method_not_implemented')) return instead;
    throw error;
  };
}
