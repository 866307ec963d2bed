import type { FastifyInstance } from 'fastify';
import type { Services } from './services.ts';

const cachedPaths = ['/public/plugins/', '/api/datasources/proxy/'];

/** Headers that every answer has. Source: AddDefaultResponseHeaders in Grafana `pkg/middleware/middleware.go`. */
export function addDefaultHeaders(app: FastifyInstance, { config }: Services): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(defaultHeaders(request.url, config));
    const trace = /^00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/.exec(String(request.headers.traceparent ?? ''));
    if (trace !== null) reply.header('grafana-trace-id', trace[1]).header('server-timing', `traceparent;desc="${trace[0]}"`);
  });
}

/** Those that depend on nothing but the address; for what was no request, leave it out. */
export function defaultHeaders(url: string | undefined, { security }: Services['config']): Record<string, string> {
  const { allowEmbedding, strictTransportSecurity } = security;
  return {
    ...(!cachedPaths.some((path) => url?.startsWith(path)) && { 'cache-control': 'no-store' }),
    ...(!allowEmbedding && { 'x-frame-options': 'deny' }),
    'x-content-type-options': 'nosniff',
    'x-xss-protection': '1; mode=block',
    ...(strictTransportSecurity && { 'strict-transport-security': 'max-age=86400' }),
  };
}
