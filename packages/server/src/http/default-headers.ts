import type { FastifyInstance } from 'fastify';
import type { Services } from './services.ts';

type Headers = Record<string, string>;

const cachedPaths = ['/public/plugins/', '/api/datasources/proxy/'];

/** Headers that every answer has. Source: AddDefaultResponseHeaders in Grafana `pkg/middleware/middleware.go`. */
export function addDefaultHeaders(app: FastifyInstance, { config }: Services): void {
  const [kept, ofPlugins] = ['/api', cachedPaths[0]].map((url) => defaultHeaders(url, config)) as [Headers, Headers];
  app.addHook('onRequest', (request, reply, done) => {
    reply.headers(isCached(request.url) ? ofPlugins : kept);
    const trace = /^00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/.exec(String(request.headers.traceparent ?? ''));
    if (trace !== null) reply.header('grafana-trace-id', trace[1]).header('server-timing', `traceparent;desc="${trace[0]}"`);
    done();
  });
}

function isCached(url: string | undefined): boolean {
  return cachedPaths.some((path) => url?.startsWith(path));
}

/** Those that depend on nothing but the address; for what was no request, leave it out. */
export function defaultHeaders(url: string | undefined, { security }: Services['config']): Record<string, string> {
  const { allowEmbedding, strictTransportSecurity } = security;
  return {
    ...(!isCached(url) && { 'cache-control': 'no-store' }),
    ...(!allowEmbedding && { 'x-frame-options': 'deny' }),
    'x-content-type-options': 'nosniff',
    'x-xss-protection': '1; mode=block',
    ...(strictTransportSecurity && { 'strict-transport-security': 'max-age=86400' }),
  };
}
