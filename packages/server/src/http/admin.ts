import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { ORG_ROLES, type OrgRole } from '../auth/index.ts';
import { Secret } from '../config/index.ts';
import { ServerError } from '../errors/index.ts';
import { identityOf } from './access.ts';
import { bodyObject } from './body.ts';
import { sendJson } from './reply.ts';
import type { Services } from './services.ts';

const newUser = z.object({
  name: z.string().default(''),
  login: z.string().default(''),
  email: z.string().default(''),
  password: z.string().min(1),
  orgId: z.number().int().optional(),
});
const newRole = z.object({ role: z.enum(ORG_ROLES) });

/** The organisation, adding users, giving them roles, and applying provisioning files again. */
export function addAdmin(app: FastifyInstance, { users, reload, config, store }: Services): void {
  app.post('/api/admin/users', { config: { access: 'users:create' } }, async (request, reply) => {
    const { name, login, email, password, orgId } = bodyObject(request, newUser);
    if (login === '' && email === '') throw new ServerError('bad_request_data');
    const role = defaultRole(config.users.autoAssignOrgRole);
    const { id, uid } = await users.create({ name, login, email, password: new Secret(password), orgId, role });
    return sendJson(reply, 200, { id, uid, message: 'User created' });
  });

  app.get('/api/org', { config: { access: 'orgs:read' } }, async (request, reply) => {
    const { orgId } = identityOf(request);
    const org = await store.db.selectFrom('org').select(['id', 'name']).where('id', '=', orgId).executeTakeFirst();
    if (org === undefined) throw new ServerError('not_found');
    return sendJson(reply, 200, { ...org, address: { address1: '', address2: '', city: '', zipCode: '', state: '', country: '' } });
  });

  app.patch('/api/org/users/:userId', { config: { access: 'org.users:write' } }, async (request, reply) => {
    const { role } = bodyObject(request, newRole);
    await users.setRole(identityOf(request).orgId, Number((request.params as { userId: string }).userId), role);
    return sendJson(reply, 200, { message: 'Organization user updated' });
  });

  app.post('/api/admin/provisioning/datasources/reload', { config: { access: 'provisioning:reload' } }, async (_request, reply) => {
    await reload.datasources();
    return sendJson(reply, 200, { message: 'Datasources config reloaded' });
  });

  app.post('/api/admin/provisioning/plugins/reload', { config: { access: 'provisioning:reload' } }, async (_request, reply) => {
    await reload.plugins();
    return sendJson(reply, 200, { message: 'Plugins config reloaded' });
  });
}

function defaultRole(word: string): OrgRole {
  return ORG_ROLES.find((role) => role.toLowerCase() === word) ?? 'Viewer';
}
