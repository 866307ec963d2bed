import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { ADDRESS_LINES, type Address } from '../auth/index.ts';
import { ServerError } from '../errors/index.ts';
import { type Access, identityOf, userOf } from './access.ts';
import { AVATAR_URL, accessControlOf, assertMayGive, ordersOf, roleField, searchOf, toMember, userIdOf } from './accounts.ts';
import { bodyObject, taking } from './body.ts';
import { sendJson } from './reply.ts';
import type { Services } from './services.ts';

const nameBody = z.object({ name: z.string().min(1) });
const addressBody = z.object(
  Object.fromEntries(ADDRESS_LINES.map((line) => [line, z.string().default('')])) as Record<keyof Address, z.ZodDefault<z.ZodString>>,
);
const memberBody = z.object({ loginOrEmail: z.string().min(1), role: roleField });
const roleBody = z.object({ role: roleField });

/** One organisation under two addresses: that of the request, and any by its id. */
const places = [
  { path: '/api/org', isOwn: true },
  { path: '/api/orgs/:orgId', isOwn: false },
] as const;

/** `/api/org` and `/api/orgs`: organisations and their users (Grafana `pkg/api/org.go`, `org_users.go`). */
export function addOrgs(app: FastifyInstance, { orgs, users, config, now }: Services): void {
  app.get('/api/orgs', { config: { access: { action: 'orgs:read', in: 'server' } } }, async (request, reply) => {
    const { name } = request.query as { name?: unknown };
    const search = searchOf(request);
    const found = await orgs.search({ query: search.query, name: typeof name === 'string' ? name : '' }, search);
    return sendJson(reply, 200, found);
  });

  // Who may is decided by the configuration, too, so it is not a permission alone.
  app.post(
    '/api/orgs',
    taking(nameBody, { config: { access: config.users.allowOrgCreate ? 'signed-in' : 'orgs:create' } }),
    async (request, reply) => {
      const { name } = bodyObject(request, nameBody);
      const orgId = await orgs.create(name, userOf(request, 'Only users can create organizations').userId);
      return sendJson(reply, 200, { message: 'Organization created', orgId });
    },
  );

  app.get('/api/orgs/name/:name', { config: { access: { action: 'orgs:read', in: 'server' } } }, async (request, reply) =>
    sendJson(reply, 200, await orgs.get({ name: (request.params as { readonly name: string }).name })),
  );

  app.delete('/api/orgs/:orgId', { config: { access: { action: 'orgs:delete', in: 'org of path' } } }, async (request, reply) => {
    const id = orgIdOf(request, false);
    if (id === identityOf(request).orgId) throw new ServerError('org_delete_active');
    await orgs.remove(id);
    return sendJson(reply, 200, { message: 'Organization deleted' });
  });

  for (const { path, isOwn } of places) {
    const may = (action: Exclude<Access, object | 'public' | 'signed-in' | 'org-admin'>) => ({
      config: { access: isOwn ? action : ({ action, in: 'org of path' } as const) },
    });

    app.get(path, may('orgs:read'), async (request, reply) => sendJson(reply, 200, await orgs.get({ id: orgIdOf(request, isOwn) })));

    app.put(path, taking(nameBody, may('orgs:write')), async (request, reply) => {
      const { name } = bodyObject(request, nameBody);
      await orgs.rename(orgIdOf(request, isOwn), name);
      return sendJson(reply, 200, { message: 'Organization updated' });
    });

    app.put(`${path}/address`, taking(addressBody, may('orgs:write')), async (request, reply) => {
      const address = bodyObject(request, addressBody);
      await orgs.setAddress(orgIdOf(request, isOwn), address);
      return sendJson(reply, 200, { message: 'Address updated' });
    });

    app.get(`${path}/quotas`, may('orgs.quotas:read'), () => {
      throw new ServerError('quotas_disabled');
    });

    if (!isOwn) {
      app.put(`${path}/quotas/:target`, may('orgs.quotas:write'), () => {
        throw new ServerError('quotas_disabled');
      });
    }

    app.get(`${path}/users`, may('org.users:read'), async (request, reply) => sendMembers(request, reply, orgIdOf(request, isOwn)));

    app.get(`${path}/users/search`, may('org.users:read'), async (request, reply) => {
      const search = searchOf(request);
      const { total, members } = await orgs.members(orgIdOf(request, isOwn), { ...search, orders: ordersOf(request) });
      const orgUsers = members.map((member) => ({ ...toMember(member, now()), ...accessControlOf(request, 'users:*') }));
      return sendJson(reply, 200, { totalCount: total, orgUsers, page: search.page, perPage: search.perPage });
    });

    app.post(`${path}/users`, taking(memberBody, may('org.users:add')), async (request, reply) => {
      const { loginOrEmail, role } = bodyObject(request, memberBody);
      const orgId = orgIdOf(request, isOwn);
      assertMayGive(identityOf(request), role);
      const { id: userId } = await users.getByName(loginOrEmail).catch((cause: unknown) => {
        throw new ServerError('org_user_missing', {}, { cause });
      });
      const isNew = await orgs.addMember(orgId, userId, role);
      const message = isNew ? 'User added to organization' : 'User is already member of this organization';
      return sendJson(reply, isNew ? 200 : 409, { message, userId });
    });

    app.patch(`${path}/users/:userId`, taking(roleBody, may('org.users:write')), async (request, reply) => {
      const { role } = bodyObject(request, roleBody);
      assertMayGive(identityOf(request), role);
      await orgs.setRole(orgIdOf(request, isOwn), await userIdOf(request, users), role);
      return sendJson(reply, 200, { message: 'Organization user updated' });
    });

    app.delete(`${path}/users/:userId`, may('org.users:remove'), async (request, reply) => {
      const wasRemoved = await orgs.removeMember(orgIdOf(request, isOwn), await userIdOf(request, users), { removeOrphan: isOwn });
      return sendJson(reply, 200, { message: wasRemoved ? 'User deleted' : 'User removed from organization' });
    });
  }

  app.get('/api/org/users/lookup', { config: { access: 'org.users:read' } }, async (request, reply) => {
    const { members } = await orgs.members(identityOf(request).orgId, searchOf(request));
    return sendJson(
      reply,
      200,
      members.map(({ userId, uid, login }) => ({ uid, userId, login, avatarUrl: AVATAR_URL })),
    );
  });

  async function sendMembers(request: FastifyRequest, reply: FastifyReply, orgId: number): Promise<FastifyReply> {
    const { query, limit } = request.query as Record<string, unknown>;
    const perPage = typeof limit === 'string' && /^[1-9]\d{0,8}$/.test(limit) ? Number(limit) : undefined;
    const { members } = await orgs.members(orgId, { query: typeof query === 'string' ? query : '', perPage });
    return sendJson(
      reply,
      200,
      members.map((member) => ({ ...toMember(member, now()), ...accessControlOf(request, 'users:*') })),
    );
  }
}

function orgIdOf(request: FastifyRequest, isOwn: boolean): number {
  if (isOwn) return identityOf(request).orgId;
  const { orgId } = request.params as { readonly orgId: string };
  if (!/^\d{1,15}$/.test(orgId)) throw new ServerError('org_id_invalid');
  return Number(orgId);
}
