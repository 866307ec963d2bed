import type { OutgoingHttpHeaders } from 'node:http';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { hasUidCharacters } from '../datasources/index.ts';
import { ServerError } from '../errors/index.ts';
import type { ProxyAnswer, ProxyCall } from '../proxy/index.ts';
import { identityOf } from './access.ts';
import { sentAddress } from './address.ts';
import { callSignal } from './client-gone.ts';
import { toKey } from './data-sources.ts';
import { ANY_METHOD } from './methods.ts';
import type { Services } from './services.ts';
import { traceparentOf } from './tracing.ts';

/** Requests that are passed on: to the URL of a data source, and to where the routes of an app lead. Both ways are streamed. */
export function addProxies(app: FastifyInstance, services: Services): void {
  const { config, catalog, dataSources, pluginSettings, dataSourceProxy, appProxy } = services;
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload));

  for (const prefix of ['/api/datasources/proxy/uid/:uid', '/api/datasources/proxy/:id']) {
    add(prefix, 'datasources:query', async (request, call) => {
      const params = request.params as { uid?: string; id?: string };
      if (params.uid !== undefined && !hasUidCharacters(params.uid)) throw new ServerError('data_source_uid_malformed_early');
      const key = toKey(params, 'data_source_missing_proxy', 'data_source_id_invalid_proxy');
      const dataSource = await dataSources.find(call.identity.orgId, key);
      if (dataSource === undefined) throw new ServerError('data_source_missing_proxy');
      return await dataSourceProxy.call(call, dataSource, catalog.get(dataSource.type, 'data_source_plugin_missing_proxy'));
    });
  }

  add('/api/plugin-proxy/:pluginId', 'plugins.app:access', async (request, call) => {
    const { orgId } = call.identity;
    const plugin = catalog.get((request.params as { pluginId: string }).pluginId, 'plugin_not_found');
    await pluginSettings.assertEnabled(orgId, plugin);
    if ((await pluginSettings.find(orgId, plugin.id)) === undefined) throw new ServerError('app_settings_missing');
    return await appProxy.call(call, plugin, await pluginSettings.forPlugin(orgId, plugin.id));
  });

  function add(prefix: string, access: 'datasources:query' | 'plugins.app:access', pass: Pass): void {
    for (const url of [prefix, `${prefix}/*`]) {
      app.route({
        method: [...ANY_METHOD],
        url,
        config: { access },
        handler: async (request, reply) => {
          const answer = await pass(request, toCall(request, reply, config.backplane));
          return sendAnswer(reply, answer, config.dataproxy.responseLimit);
        },
      });
    }
  }
}

type Pass = (request: FastifyRequest, call: ProxyCall) => Promise<ProxyAnswer>;

function toCall(request: FastifyRequest, reply: FastifyReply, limits: Services['config']['backplane']): ProxyCall {
  const { method, headers } = request;
  const [path = '', ...query] = sentAddress(request).split('?');
  const partsBefore = (request.routeOptions.url ?? '').replace(/\/\*$/, '').split('/').length;
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  return {
    identity: identityOf(request),
    method,
    rawTail: path.split('/').slice(partsBefore).join('/'),
    rawQuery: query.join('?'),
    rawHeaders: request.raw.rawHeaders,
    traceparent: traceparentOf(request),
    headers,
    peerAddress: (request.raw.socket.remoteAddress ?? '').replace(/^::ffff:/, ''),
    body: hasBody ? limited(request.raw, limits.maxRequestBodyBytes) : undefined,
    signal: callSignal(reply, limits.callTimeoutMs),
  };
}

function limited(body: Readable, limitBytes: number): Readable {
  let bytes = 0;
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes > limitBytes) done(new ServerError('body_too_large', { limitBytes }));
      else done(null, chunk);
    },
  });
  counted.on('error', () => undefined); // it may fail before anybody reads it; whoever does then hears of it
  body.once('error', (error) => counted.destroy(error));
  body.once('aborted', () => counted.destroy(new Error('the client broke off')));
  return body.pipe(counted);
}

/** Headers come in characters that are bytes, and several of one name stay several: fastify's own way would not keep that. */
function sendAnswer(reply: FastifyReply, { status, headers, body }: ProxyAnswer, limitBytes: number): FastifyReply {
  const out: OutgoingHttpHeaders = { ...(reply.getHeaders() as OutgoingHttpHeaders) };
  for (const [name, value] of headers) {
    const key = name.toLowerCase();
    const known = out[key];
    out[key] = known === undefined ? value : [known as string | string[], value].flat();
  }
  reply.hijack();
  const { raw } = reply;
  raw.writeHead(status, out);
  if (body instanceof Uint8Array) {
    raw.end(body);
    return reply;
  }
  raw.flushHeaders();
  // Whoever breaks off ends both sides: half an answer must not look like a whole one.
  void pipeline(limitBytes > 0 ? [body, cut(limitBytes), raw] : [body, raw]).catch(() => raw.destroy());
  return reply;
}

/** `[dataproxy] response_limit`: what is longer is broken off. */
function cut(limitBytes: number): Transform {
  let bytes = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      done(bytes > limitBytes ? new Error(`the answer is longer than ${limitBytes} bytes`) : null, chunk);
    },
  });
}
