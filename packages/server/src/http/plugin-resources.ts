import type { OutgoingHttpHeaders } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Identity } from '../auth/index.ts';
import { type DataSource, hasUidCharacters } from '../datasources/index.ts';
import { isServerError, ServerError } from '../errors/index.ts';
import type { ServerPlugin } from '../plugins/index.ts';
import type { ResourceAnswer } from '../resources/index.ts';
import { identityOf } from './access.ts';
import { sentAddress } from './address.ts';
import { bodyBytes } from './body.ts';
import { callSignal } from './client-gone.ts';
import { toKey } from './data-sources.ts';
import { ANY_METHOD } from './methods.ts';
import { markAsAsked } from './query.ts';
import { sendStream } from './reply.ts';
import type { Services } from './services.ts';

/** Resource calls to data sources and to plugins (Grafana `pkg/api/plugin_resource.go`). */
export function addPluginResources(app: FastifyInstance, services: Services): void {
  const { catalog, dataSources, pluginSettings, resources, config } = services;

  addRoutes(['/api/datasources/uid/:uid', '/api/datasources/:id'], 'datasources:query', async (request, identity) => {
    const dataSource = await findDataSource(request, identity);
    return { dataSource, plugin: catalog.get(dataSource.type, 'data_source_plugin_missing') };
  });

  addRoutes(['/api/plugins/:pluginId'], 'plugins.app:access', async (request, identity) => {
    const plugin = catalog.get((request.params as { pluginId: string }).pluginId, 'plugin_not_found');
    await pluginSettings.assertEnabled(identity.orgId, plugin);
    return { plugin };
  });

  function addRoutes(prefixes: readonly string[], access: 'datasources:query' | 'plugins.app:access', resolve: Resolve): void {
    for (const prefix of prefixes) {
      for (const url of [`${prefix}/resources`, `${prefix}/resources/*`]) {
        app.route({ method: [...ANY_METHOD], url, config: { access }, handler: (request, reply) => handle(request, reply, resolve) });
      }
    }
  }

  async function handle(request: FastifyRequest, reply: FastifyReply, resolve: Resolve): Promise<FastifyReply> {
    const identity = identityOf(request);
    const target = await resolve(request, identity);
    try {
      const answer = await resources.call({
        ...target,
        identity,
        method: request.method,
        ...rawAddress(request),
        rawHeaders: request.raw.rawHeaders,
        headers: request.headers,
        peerAddress: (request.raw.socket.remoteAddress ?? '').replace(/^::ffff:/, ''),
        body: bodyBytes(request),
        signal: callSignal(reply, config.backplane.callTimeoutMs),
      });
      markAsAsked(reply, [answer.cache]);
      return sendAnswer(reply, answer);
    } catch (error) {
      if (isServerError(error) && error.code.startsWith('plugin_')) markAsAsked(reply);
      throw error;
    }
  }

  async function findDataSource(request: FastifyRequest, identity: Identity): Promise<DataSource> {
    const params = request.params as { uid?: string; id?: string };
    if (params.uid !== undefined && !hasUidCharacters(params.uid)) throw new ServerError('data_source_uid_malformed_early');
    const key = toKey(params, 'data_source_unloadable_early', 'data_source_id_invalid_early');
    const found = await dataSources.find(identity.orgId, key);
    if (found === undefined) throw new ServerError('data_source_unloadable_early');
    return found;
  }
}

type Resolve = (
  request: FastifyRequest,
  identity: Identity,
) => Promise<{ readonly plugin: ServerPlugin; readonly dataSource?: DataSource }>;

/** The part of the address behind `/resources`, byte for byte: how many parts come before it is known from the route. */
function rawAddress(request: FastifyRequest): { readonly rawTail: string; readonly rawQuery: string } {
  const [path = '', ...query] = sentAddress(request).split('?');
  const partsBefore = (request.routeOptions.url ?? '').replace(/\/\*$/, '').split('/').length;
  return { rawTail: path.split('/').slice(partsBefore).join('/'), rawQuery: query.join('?') };
}

// An error after the first part breaks the connection off, so that half an answer cannot be taken for a whole one.
function sendAnswer(reply: FastifyReply, { status, headers, body, cancel }: ResourceAnswer): FastifyReply {
  reply.code(status);
  for (const [name, values] of Object.entries(headers)) reply.header(name, values.length === 1 ? values[0] : [...values]);
  if (!isWithoutBody(reply.request.method, status)) return sendStream(reply, body);
  // The plugin need not go on. fastify would take the content type away from a 204, a plugin may give one.
  const headersNow = reply.getHeaders();
  reply.hijack();
  reply.raw.writeHead(status, headersNow as OutgoingHttpHeaders).end();
  cancel();
  return reply;
}

function isWithoutBody(method: string, status: number): boolean {
  return method === 'HEAD' || status === 204 || status === 304;
}
