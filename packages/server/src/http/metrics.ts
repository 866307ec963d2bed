import type { FastifyInstance } from 'fastify';
import { ServerError } from '../errors/index.ts';
import { mayReadMetrics } from './metrics-auth.ts';
import type { Services } from './services.ts';

/** `/metrics`: what the registry of the server holds, in Prometheus' text format (Grafana `pkg/api/http_server.go`, `metricsEndpoint`). */
export function addMetrics(app: FastifyInstance, services: Services): void {
  const { config, metrics } = services;
  app.get('/metrics', { config: { access: 'public' } }, async (request, reply) => {
    if (!config.metrics.enabled) throw new ServerError('not_found');
    if (!mayReadMetrics(request, services)) return reply.code(401).header('www-authenticate', 'Basic realm="Grafana"').send();
    return reply
      .code(200)
      .header('content-type', metrics.contentType)
      .send(Buffer.from(await metrics.metrics()));
  });
}
