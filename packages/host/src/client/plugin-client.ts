import type { Channel } from '@backplane/protocol/grpc';
import { data, diagnostics, resource, stream } from '@backplane/protocol/pluginv2';
import { HostError, isHostError } from '../errors/index.ts';
import { type PluginIdentity, toProtoContext } from './context.ts';
import { fromProtoHealth, healthNotImplemented, noMetrics } from './diagnostics.ts';
import type { Endpoint, ResultOf } from './endpoints.ts';
import { isConnectionLost, toHostError } from './map-error.ts';
import { fromProtoQuery, toProtoQuery } from './query.ts';
import { fromProtoResource, toProtoResource } from './resource.ts';
import { startWhenRead } from './start-when-read.ts';
import { fromProtoStream, jsonPackets, toProtoStream } from './stream.ts';
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

type Run<Result> = (channel: Channel, rethrow: (error: unknown) => never) => Promise<Result>;

/** For a call that needs none: metrics belong to the process, not to an organisation. */
const emptyContext: PluginContext = { orgId: 0, config: {}, userAgent: '' };

/** Typed calls to one plugin: messages go out and come back, errors become HostError. */
export function createPluginClient(plugin: PluginIdentity, acquire: Acquire): PluginClient {
  const { pluginId } = plugin;

  /** Runs one call on the connection of the moment; `rethrow` is for what goes on after it resolved. */
  async function call<Kind extends Endpoint>(
    endpoint: Kind,
    { signal }: PluginCallOptions,
    run: Run<ResultOf<Kind>>,
  ): Promise<ResultOf<Kind>> {
    let connection: Connection | undefined;
    const rethrow = (error: unknown): never => {
      if (isConnectionLost(error)) connection?.lost();
      throw toHostError(error, { pluginId, endpoint, signal });
    };
    try {
      signal?.throwIfAborted();
      connection = await acquire(signal);
      const { release } = connection;
      return whenEnded(endpoint, await run(connection.channel, rethrow), release);
    } catch (error) {
      connection?.release();
      return rethrow(error);
    }
  }

  return {
    queryData: (request, options = {}) =>
      call('queryData', options, async (channel) =>
        fromProtoQuery(pluginId, await channel.unary(data.queryData, toProtoQuery(plugin, request), options)),
      ),

    callResource: (request, options = {}) =>
      call('callResource', options, (channel, rethrow) => {
        const messages = channel.serverStream(resource.callResource, toProtoResource(plugin, request), options);
        return fromProtoResource(messages, { pluginId, endpoint: 'callResource' }, rethrow);
      }),

    checkHealth: (request, options = {}) =>
      call('checkHealth', options, async (channel) => {
        const { context, headers } = request;
        return fromProtoHealth(
          await channel.unary(diagnostics.checkHealth, { pluginContext: toProtoContext(plugin, context), headers }, options),
        );
      }).catch(whenNotImplemented(healthNotImplemented)),

    collectMetrics: (request, options = {}) =>
      call('collectMetrics', options, async (channel) => {
        const pluginContext = toProtoContext(plugin, request.context ?? emptyContext);
        const { metrics } = await channel.unary(diagnostics.collectMetrics, { pluginContext }, options);
        return metrics?.prometheus ?? noMetrics;
      }).catch(whenNotImplemented(noMetrics)),

    subscribeStream: (request, options = {}) =>
      call('subscribeStream', options, async (channel) =>
        fromProtoStream(await channel.unary(stream.subscribeStream, toProtoStream(plugin, request), options)),
      ),

    publishStream: (request, options = {}) =>
      call('publishStream', options, async (channel) =>
        fromProtoStream(await channel.unary(stream.publishStream, toProtoStream(plugin, request), options)),
      ),

    runStream: (request, options = {}) =>
      startWhenRead(() =>
        call('runStream', options, async (channel, rethrow) => {
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
