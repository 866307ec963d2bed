import type { FastifyInstance, FastifyReply } from 'fastify';
import { ServerError } from '../errors/index.ts';
import { sendJson } from './reply.ts';
import type { Services } from './services.ts';

const commit = 'backplane';

/** `/healthz` (it runs), `/readyz` (send it requests; ours) and `/api/health` (Grafana's), without an account. */
export function addServerHealth(app: FastifyInstance, { config, store, authenticator, phase }: Services): void {
  app.get('/healthz', { config: { access: 'public' }, onSend: withoutContentType }, (_request, reply) => reply.send(Buffer.from('Ok')));

  app.get('/readyz', { config: { access: 'public' } }, (_request, reply) => {
    const status = phase() === 'ready' && !store.ping() ? 'database failing' : phase();
    return sendJson(reply, status === 'ready' ? 200 : 503, { status });
  });

  app.get('/api/health', { config: { access: 'public' } }, async (request, reply) => {
    // Only the exact path needs no account; with a slash at the end it is any other unknown path.
    if (request.url.split('?')[0] !== '/api/health') {
      const identity = await authenticator.authenticate({ authorization: request.headers.authorization });
      throw new ServerError(identity === undefined ? 'unauthorized' : 'not_found');
    }
    const isOk = store.ping();
    const body = { database: isOk ? 'ok' : 'failing', version: config.backplane.grafanaVersion, commit };
    return reply
      .code(isOk ? 200 : 503)
      .header('content-type', 'application/json; charset=UTF-8')
      .send(Buffer.from(JSON.stringify(body, null, 2)));
  });
}

/** Grafana names no content type here. */
async function withoutContentType(_request: unknown, reply: FastifyReply): Promise<void> {
  reply.removeHeader('content-type');
}
