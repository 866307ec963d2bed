import type { HealthResult, PluginCallOptions, PluginContext } from '@backplane/host';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Identity } from '../auth/index.ts';
import { type DataSource, hasUidCharacters } from '../datasources/index.ts';
import { ServerError } from '../errors/index.ts';
import { formatJson, isJsonObject, type JsonObject, parseJson } from '../json/index.ts';
import { callOrigin, type ServerPlugin, toCallError } from '../plugins/index.ts';
import { identityOf } from './access.ts';
import { callSignal } from './client-gone.ts';
import { toKey } from './data-sources.ts';
import { ANY_METHOD } from './methods.ts';
import { sendJsonText } from './reply.ts';
import type { Services } from './services.ts';

/** Health checks of data sources and of apps (Grafana `pkg/api/plugins.go`, `pkg/api/datasources.go`). */
export function addPluginHealth(app: FastifyInstance, services: Services): void {
  const { catalog, contexts, dataSources, pluginSettings, config } = services;

  for (const path of ['/api/datasources/uid/:uid/health', '/api/datasources/:id/health']) {
    app.route({
      method: [...ANY_METHOD],
      url: path,
      config: { access: 'datasources:query' },
      handler: async (request, reply) => {
        const identity = identityOf(request);
        const dataSource = await findDataSource(request, identity);
        const plugin = catalog.get(dataSource.type);
        return check({ request, reply, identity, plugin, context: await contexts.forDataSource(identity, dataSource) });
      },
    });
  }

  app.get('/api/plugins/:pluginId/health', { config: { access: 'signed-in' } }, async (request, reply) => {
    const identity = identityOf(request);
    const plugin = catalog.get((request.params as { pluginId: string }).pluginId, 'plugin_not_found');
    await pluginSettings.assertEnabled(identity.orgId, plugin);
    const context = plugin.manifest.type === 'app' ? await contexts.forApp(identity, plugin.id) : contexts.forPlugin(identity);
    return check({ request, reply, identity, plugin, context });
  });

  async function findDataSource(request: FastifyRequest, identity: Identity): Promise<DataSource> {
    const params = request.params as { uid?: string; id?: string };
    if (params.uid !== undefined && !hasUidCharacters(params.uid)) throw new ServerError('data_source_uid_malformed');
    const found = await dataSources.find(identity.orgId, toKey(params, 'data_source_unloadable'));
    if (found === undefined) throw new ServerError('data_source_unloadable');
    return found;
  }

  async function check(call: Check): Promise<FastifyReply> {
    const { request, reply, identity, plugin, context } = call;
    const origin = callOrigin(request, { identity, idTokens: services.idTokens });
    const signal = callSignal(reply, config.backplane.callTimeoutMs);
    const result = await askHealth(plugin, { context, headers: {} }, { signal, origin });
    return sendJsonText(reply, result.status === 'OK' ? 200 : 400, formatHealth(result));
  }
}

interface Check {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly identity: Identity;
  readonly plugin: ServerPlugin;
  readonly context: PluginContext;
}

async function askHealth(
  plugin: ServerPlugin,
  request: Parameters<ServerPlugin['checkHealth']>[0],
  options: PluginCallOptions,
): Promise<HealthResult> {
  try {
    return await plugin.checkHealth(request, options);
  } catch (error) {
    // A plugin without health checks is not ill: nobody knows.
    if ((error as { code?: unknown }).code === 'method_not_implemented') {
      return { status: 'UNKNOWN', message: 'Health check not implemented', jsonDetails: new Uint8Array() };
    }
    throw toCallError(error, 'health');
  }
}

function formatHealth({ status, message, jsonDetails }: HealthResult): string {
  if (jsonDetails.length === 0) return formatJson({ message, status });
  return formatJson({ details: parseDetails(jsonDetails), message, status });
}

function parseDetails(bytes: Uint8Array): JsonObject {
  try {
    const details = parseJson(Buffer.from(bytes).toString('utf8'));
    if (isJsonObject(details)) return details;
  } catch (cause) {
    throw new ServerError('plugin_details_invalid', {}, { cause });
  }
  throw new ServerError('plugin_details_invalid');
}
