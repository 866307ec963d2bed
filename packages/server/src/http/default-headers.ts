import type { FastifyInstance } from 'fastify';
import type { Services } from './services.ts';

const cachedPaths = ['/public/plugins/', '/api/datasources/proxy/'];

/** Headers that every answer has. Source: AddDefaultResponseHeaders in Grafana `pkg/middleware/middleware.go`. */
export function addDefaultHeaders(app: FastifyInstance, { config }: Services): void {
  const { allowEmbedding, strictTransportSecurity } = config.security;
  app.addHook('onRequest', async (request, reply) => {
    if (!cachedPaths.some((path) => request.url.startsWith(path))) reply.header('cache-control', 'no-store');
    if (!allowEmbedding) reply.header('x-frame-options', 'deny');
    reply.header('x-content-type-options', 'nosniff').header('x-xss-protection', '1; mode=block');
    if (strictTransportSecurity) reply.header('strict-transport-security', 'max-age=86400');
    const trace = /^00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/.exec(String(request.headers.traceparent ?? ''));
    if (trace !== null) reply.header('grafana-trace-id', trace[1]).header('server-timing', `traceparent;desc="${trace[0]}"`);
  });
}
