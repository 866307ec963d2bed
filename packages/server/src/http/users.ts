import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { ORG_ROLES, type OrgRole } from '../auth/index.ts';
import { Secret } from '../config/index.ts';
import { isServerError, ServerError } from '../errors/index.ts';
import { type Access, identityOf } from './access.ts';
import { accessControlOf, ordersOf, searchOf, toFound, toProfile, userIdOf } from './accounts.ts';
import { bodyObject, taking } from './body.ts';
import { sendJson } from './reply.ts';
import type { Services } from './services.ts';
import { toSessionDto } from './session-dto.ts';
import { profileBody, sessionBody, toProfileChange } from './user.ts';

const newUser = z.object({
  name: z.string().default(''),
  login: z.string().default(''),
  email: z.string().default(''),
  password: z.string().min(1),
  orgId: z.number().int().optional(),
});
const newPassword = z.object({ password: z.string().min(1) });
const permissions = z.object({ isGrafanaAdmin: z.boolean().default(false) });

/** `/api/users` and `/api/admin/users`: all users, for administrators of the server (Grafana `pkg/api/admin_users.go`). */
export function addUsers(app: FastifyInstance, { users, orgs, sessions, config, now }: Services): void {
  const may = (access: Access) => ({ config: { access } });
  const idOf = (request: FastifyRequest) => userIdOf(request, users);

  app.get('/api/users', may('users:read'), async (request, reply) => {
    const { users: found } = await users.search({ ...searchOf(request), orders: ordersOf(request) });
    return sendJson(
      reply,
      200,
      found.map((user) => toFound(user, now())),
    );
  });

  app.get('/api/users/search', may('users:read'), async (request, reply) => {
    const search = searchOf(request);
    const { total, users: found } = await users.search({ ...search, orders: ordersOf(request) });
    const { page, perPage } = search;
    return sendJson(reply, 200, { totalCount: total, users: found.map((user) => toFound(user, now())), page, perPage });
  });

  app.get('/api/users/lookup', may('users:read'), async (request, reply) => {
    const { loginOrEmail } = request.query as { loginOrEmail?: unknown };
    return sendJson(reply, 200, toProfile(await users.getByName(typeof loginOrEmail === 'string' ? loginOrEmail : '')));
  });

  app.get('/api/users/:id', may('users:read'), async (request, reply) =>
    sendJson(reply, 200, { ...toProfile(await users.get(await idOf(request))), ...accessControlOf(request, 'global.users:*') }),
  );

  app.put('/api/users/:id', taking(profileBody, may('users:write')), async (request, reply) => {
    await users.update(await idOf(request), toProfileChange(bodyObject(request, profileBody)));
    return sendJson(reply, 200, { message: 'User updated' });
  });

  app.get('/api/users/:id/orgs', may('users:read'), async (request, reply) => sendJson(reply, 200, await orgs.of(await idOf(request))));
  app.get('/api/users/:id/teams', may('users:read'), async (request, reply) => {
    await idOf(request);
    return sendJson(reply, 200, []);
  });

  app.post('/api/users/:id/using/:orgId', may('users:write'), async (request, reply) => {
    const { orgId } = request.params as { readonly orgId: string };
    if (!/^\d{1,15}$/.test(orgId)) throw new ServerError('org_id_invalid');
    await users.useOrg(await idOf(request), Number(orgId));
    return sendJson(reply, 200, { message: 'Active organization changed' });
  });

  app.post('/api/admin/users', taking(newUser, may('users:create')), async (request, reply) => {
    const { name, login, email, password, orgId } = bodyObject(request, newUser);
    const names = { name, login: login.trim(), email: email.trim() };
    const role = defaultRole(config.users.autoAssignOrgRole);
    const { id, uid } = await users.create({ ...names, password: new Secret(password), orgId: orgId || undefined, role });
    return sendJson(reply, 200, { id, uid, message: 'User created' });
  });

  app.put('/api/admin/users/:id/password', taking(newPassword, may('users.password:write')), async (request, reply) => {
    const { password } = bodyObject(request, newPassword);
    await users.setPassword(await idOf(request), new Secret(password));
    return sendJson(reply, 200, { message: 'User password updated' });
  });

  app.put('/api/admin/users/:id/permissions', taking(permissions, may('users.permissions:write')), async (request, reply) => {
    const { isGrafanaAdmin } = bodyObject(request, permissions);
    await users.setServerAdmin(await idOf(request), isGrafanaAdmin);
    return sendJson(reply, 200, { message: 'User permissions updated' });
  });

  app.delete('/api/admin/users/:id', may('users:delete'), async (request, reply) => {
    await users.remove(await idOf(request));
    return sendJson(reply, 200, { message: 'User deleted' });
  });

  app.post('/api/admin/users/:id/disable', may('users:disable'), async (request, reply) => {
    await users.setDisabled(await idOf(request), true);
    return sendJson(reply, 200, { message: 'User disabled' });
  });

  app.post('/api/admin/users/:id/enable', may('users:enable'), async (request, reply) => {
    await users.setDisabled(await idOf(request), false);
    return sendJson(reply, 200, { message: 'User enabled' });
  });

  app.get('/api/admin/users/:id/quotas', may('users.quotas:read'), () => {
    throw new ServerError('quotas_disabled');
  });

  app.put('/api/admin/users/:id/quotas/:target', may('users.quotas:write'), () => {
    throw new ServerError('quotas_disabled');
  });

  app.post('/api/admin/users/:id/logout', may('users:logout'), async (request, reply) => {
    const id = await idOf(request);
    if (id === identityOf(request).userId) throw new ServerError('user_logout_self');
    await assertUser(id);
    await sessions.revokeAll(id);
    return sendJson(reply, 200, { message: 'User logged out' });
  });

  app.get('/api/admin/users/:id/auth-tokens', may('users.authtoken:read'), async (request, reply) => {
    const id = await idOf(request);
    await assertUser(id);
    const { sessionId } = identityOf(request);
    const list = await sessions.list(id);
    return sendJson(
      reply,
      200,
      list.map((session) => toSessionDto(session, session.id === sessionId)),
    );
  });

  app.post('/api/admin/users/:id/revoke-auth-token', taking(sessionBody, may('users.authtoken:write')), async (request, reply) => {
    const { authTokenId } = bodyObject(request, sessionBody);
    const id = await idOf(request);
    await assertUser(id);
    if (authTokenId === identityOf(request).sessionId) throw new ServerError('session_is_own');
    await sessions.revoke(id, authTokenId);
    return sendJson(reply, 200, { message: 'User auth token revoked' });
  });

  /** Routes about sessions spell the missing user differently. */
  async function assertUser(id: number): Promise<void> {
    try {
      await users.get(id);
    } catch (error) {
      throw isServerError(error, 'user_not_found') ? new ServerError('user_sessions_missing', {}, { cause: error }) : error;
    }
  }
}

function defaultRole(word: string): OrgRole {
  return ORG_ROLES.find((role) => role.toLowerCase() === word) ?? 'Viewer';
}
