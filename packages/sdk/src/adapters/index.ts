import type { GrpcServer } from '@backplane/protocol/grpc';
import { data, diagnostics, resource, stream } from '@backplane/protocol/pluginv2';
import { queryChunkedData } from './chunked-queries.ts';
import { checkHealth, collectMetrics } from './diagnostics.ts';
import type { PluginRuntime } from './plugin-runtime.ts';
import { queryData } from './queries.ts';
import { callResource } from './resources.ts';
import { joinStream, runStream } from './streams.ts';

export { PluginRuntime } from './plugin-runtime.ts';

/** Registers what the plugin has a handler for; the server answers the rest with Unimplemented. */
export function registerPlugin(server: GrpcServer, runtime: PluginRuntime): void {
  const { query, checkHealth: healthHandler, resources, streams } = runtime.plugin;
  server.unary(diagnostics.collectMetrics, () => collectMetrics(runtime));
  if (healthHandler !== undefined)
    server.unary(diagnostics.checkHealth, (request, call) => checkHealth(runtime, healthHandler, request, call));
  if (query !== undefined) {
    server.unary(data.queryData, (request, call) => queryData(runtime, query, request, call));
    server.serverStream(data.queryChunkedData, (request, call) => queryChunkedData(runtime, query, request, call));
  }
  if (resources !== undefined) server.serverStream(resource.callResource, (request, call) => callResource(runtime, request, call));
  if (streams === undefined) return;
  server.unary(stream.subscribeStream, (request, call) => joinStream(runtime, streams, 'subscribe', request, call));
  server.unary(stream.publishStream, (request, call) => joinStream(runtime, streams, 'publish', request, call));
  server.serverStream(stream.runStream, (request, call) => runStream(runtime, streams, request, call));
}
