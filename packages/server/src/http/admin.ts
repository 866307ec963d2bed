import type { FastifyInstance } from 'fastify';
import { sendJson } from './reply.ts';
import type { Services } from './services.ts';

/** Applying provisioning files again. */
export function addAdmin(app: FastifyInstance, { reload }: Services): void {
  app.post('/api/admin/provisioning/datasources/reload', { config: { access: 'provisioning:reload' } }, async (_request, reply) => {
    await reload.datasources();
    return sendJson(reply, 200, { message: 'Datasources config reloaded' });
  });

  app.post('/api/admin/provisioning/plugins/reload', { config: { access: 'provisioning:reload' } }, async (_request, reply) => {
    await reload.plugins();
    return sendJson(reply, 200, { message: 'Plugins config reloaded' });
  });
}
