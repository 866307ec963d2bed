import type { Channel } from '@backplane/protocol/grpc';
import { data, diagnostics, resource, stream } from '@backplane/protocol/pluginv2';
import { HostError, isHostError } from '../errors/index.ts';
import { type PluginIdentity, toProtoContext } from './context.ts';
import { fromProtoHealth, healthNotImplemented, noMetrics } from './diagnostics.ts';
import type { Endpoint } from './endpoints.ts';
import { toHostError } from './map-error.ts';
import { fromProtoQuery, toProtoQuery } from './query.ts';
import { fromProtoResource, toProtoResource } from './resource.ts';
import { fromProtoStream, jsonPackets, toProtoStream } from './stream.ts';
import type { PluginCallOptions, PluginClient, PluginContext } from './types.ts';

/** Where calls go. */
export interface PluginClientOptions extends PluginIdentity {
  /** The connection to call on; may wait for a restart. */
  readonly acquire: (signal: AbortSignal | undefined) => Promise<Channel>;
}

/** For a call that needs none: metrics belong to the process, not to an organisation. */
const emptyContext: PluginContext = { orgId: 0, config: {}, userAgent: '' };

/** Typed calls to one plugin: messages go out and come back, errors become HostError. */
export function createPluginClient(plugin: PluginClientOptions): PluginClient {
  const { pluginId } = plugin;

  /** Runs one call on the connection of the moment. */
  async function call<Result>(endpoint: Endpoint, options: PluginCallOptions, run: (channel: Channel) => Promise<Result>): Promise<Result> {
    const { signal } = options;
    try {
      signal?.throwIfAborted();
      return await run(await plugin.acquire(signal));
    } catch (error) {
      throw toHostError(error, { pluginId, endpoint, signal });
    }
  }

  return {
    queryData: (request, options = {}) =>
      call('queryData', options, async (channel) =>
        fromProtoQuery(pluginId, await channel.unary(data.queryData, toProtoQuery(plugin, request), options)),
      ),

    callResource: (request, options = {}) =>
      call('callResource', options, (channel) => {
        const messages = channel.serverStream(resource.callResource, toProtoResource(plugin, request), options);
        const failed = { pluginId, endpoint: 'callResource', signal: options.signal } as const;
        return fromProtoResource(messages, { pluginId, endpoint: 'callResource' }, (error) => {
          throw toHostError(error, failed);
        });
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

    async *runStream(request, options = {}) {
      const { signal } = options;
      try {
        signal?.throwIfAborted();
        const channel = await plugin.acquire(signal);
        yield* jsonPackets(channel.serverStream(stream.runStream, toProtoStream(plugin, request), options), pluginId);
      } catch (error) {
        throw toHostError(error, { pluginId, endpoint: 'runStream', signal });
      }
    },
  };
}

/** A client for a plugin without a backend: every call is refused. */
export function createAbsentClient(pluginId: string): PluginClient {
  return createPluginClient({
    pluginId,
    pluginVersion: '',
    acquire: async () => {
      throw new HostError('plugin_unavailable', { pluginId, detail: 'it has no backend' });
    },
  });
}

function whenNotImplemented<Result>(instead: Result): (error: unknown) => Result {
  return (error) => {
    if (isHostError(error, 'method_not_implemented')) return instead;
    throw error;
  };
}
