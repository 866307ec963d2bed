import type { RequestSpan } from '@backplane/host';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Services } from './services.ts';

/** Asked every few seconds by machines. Grafana answers them before its routes, and routes are what it traces. */
const untraced: ReadonlySet<string> = new Set(['/healthz', '/readyz', '/metrics', '/metrics/plugins/:pluginId', '/api/health']);

/** Spans of requests under way. */
const spans = new WeakMap<FastifyRequest, RequestSpan>();

/**
 * A span for every request that a route answers, as Grafana's `RequestTracing` (`pkg/middleware/request_tracing.go`) names it;
 * without the query of the address, which may hold secrets. Without tracing there is not even a hook.
 */
export function addTracing(app: FastifyInstance, { tracing }: Services): void {
  if (tracing === undefined) return;
  app.addHook('onRequest', (request, reply, done) => {
    const route = request.routeOptions.url;
    if (route === undefined || untraced.has(route) || route.startsWith('/public/')) return done();
    const { method, url } = request;
    const span = tracing.startRequest(`HTTP ${method} ${route}`, request.headers);
    spans.set(request, span);
    reply.header('grafana-trace-id', span.traceId).header('server-timing', `traceparent;desc="${span.traceparent}"`);
    // Also comes when the client leaves before its answer.
    reply.raw.once('close', () => {
      const { statusCode, writableFinished } = reply.raw;
      const path = url.split('?', 1)[0];
      const attributes = { 'http.method': method, 'http.route': route, 'url.path': path, 'http.status_code': statusCode };
      span.end(attributes, failureOf(statusCode, writableFinished));
    });
    done();
  });
  // The body has been read by now: what its events run would not be a part of the span.
  app.addHook('preHandler', (request, _reply, done) => {
    const span = spans.get(request);
    if (span === undefined) done();
    else span.run(done);
  });
}

/** The `traceparent` for what a request asks of others over HTTP; undefined when it is not traced. */
export function traceparentOf(request: FastifyRequest): string | undefined {
  return spans.get(request)?.traceparent;
}

function failureOf(status: number, isWhole: boolean): string | undefined {
  if (!isWhole) return 'the client left before the end of its answer';
  return status >= 400 ? `error with HTTP status code ${status}` : undefined;
}
