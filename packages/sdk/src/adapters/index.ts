import type { GrpcServer } from '@backplane/protocol/grpc';
import { admission as admissionService, conversion, data, diagnostics, resource, stream } from '@backplane/protocol/pluginv2';
import { mutateAdmission, validateAdmission } from './admission.ts';
import { queryChunkedData } from './chunked-queries.ts';
import { convertObjects } from './conversion.ts';
import { checkHealth, collectMetrics } from './diagnostics.ts';
import type { PluginRuntime } from './plugin-runtime.ts';
import { queryData } from './queries.ts';
import { callResource } from './resources.ts';
import { joinStream, runStream } from './streams.ts';

export { PluginRuntime } from './plugin-runtime.ts';

/** Registers what the plugin has a handler for; the server answers the rest with Unimplemented. */
export function registerPlugin(server: GrpcServer, runtime: PluginRuntime): void {
  const { query, checkHealth: healthHandler, resources, streams, admission, convert, convertQueries } = runtime.plugin;
  server.unary(diagnostics.collectMetrics, (request, call) => collectMetrics(runtime, request, call));
  if (healthHandler !== undefined)
    server.unary(diagnostics.checkHealth, (request, call) => checkHealth(runtime, healthHandler, request, call));
  if (query !== undefined) {
    server.unary(data.queryData, (request, call) => queryData(runtime, query, request, call));
    server.serverStream(data.queryChunkedData, (request, call) => queryChunkedData(runtime, query, request, call));
  }
  if (resources !== undefined) server.serverStream(resource.callResource, (request, call) => callResource(runtime, request, call));
  const { validate, mutate } = admission ?? {};
  if (validate !== undefined)
    server.unary(admissionService.validateAdmission, (request, call) => validateAdmission(runtime, validate, request, call));
  if (mutate !== undefined)
    server.unary(admissionService.mutateAdmission, (request, call) => mutateAdmission(runtime, mutate, request, call));
  if (convert !== undefined || convertQueries !== undefined)
    server.unary(conversion.convertObjects, (request, call) => convertObjects(runtime, { convert, convertQueries }, request, call));
  if (streams === undefined) return;
  server.unary(stream.subscribeStream, (request, call) => joinStream(runtime, streams, 'subscribe', request, call));
  server.unary(stream.publishStream, (request, call) => joinStream(runtime, streams, 'publish', request, call));
  server.serverStream(stream.runStream, (request, call) => runStream(runtime, streams, request, call));
}
