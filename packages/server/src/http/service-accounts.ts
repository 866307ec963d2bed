import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { type ApiToken, hasRole, type Identity, type OrgRole, type ServiceAccount } from '../auth/index.ts';
import { ServerError } from '../errors/index.ts';
import { type Access, identityOf } from './access.ts';
import { AVATAR_URL, accessControlOf, goTime, roleField, searchOf } from './accounts.ts';
import { bodyObject, taking } from './body.ts';
import { sendJson } from './reply.ts';
import type { Services } from './services.ts';

const newAccount = z.object({ name: z.string().min(1), role: roleField.default('Viewer'), isDisabled: z.boolean().default(false) });
const changedAccount = z.object({ name: z.string().optional(), role: roleField.optional(), isDisabled: z.boolean().optional() });
const newToken = z.object({ name: z.string().min(1), secondsToLive: z.number().int().default(0) });

const SCOPE = 'serviceaccounts:*';

/** `/api/serviceaccounts` (Grafana `pkg/services/serviceaccounts/api`). */
export function addServiceAccounts(app: FastifyInstance, { serviceAccounts, config, now }: Services): void {
  const may = (access: Access) => ({ config: { access } });

  app.get('/api/serviceaccounts/search', may('serviceaccounts:read'), async (request, reply) => {
    const { disabled, expiredTokens } = request.query as Record<string, unknown>;
    const only = disabled === 'true' ? 'disabled' : expiredTokens === 'true' ? 'with-expired-tokens' : undefined;
    const { query, page, perPage } = searchOf(request);
    const found = await serviceAccounts.search(identityOf(request).orgId, { query, page, perPage, only });
    const shown = found.accounts.map((account) => ({ ...toItem(account), avatarUrl: AVATAR_URL, ...accessControlOf(request, SCOPE) }));
    return sendJson(reply, 200, { totalCount: found.total, serviceAccounts: shown, page, perPage });
  });

  app.post('/api/serviceaccounts', taking(newAccount, may('serviceaccounts:create')), async (request, reply) => {
    const body = bodyObject(request, newAccount, 'service_account_data_invalid');
    const identity = identityOf(request);
    assertMayGive(identity, body.role);
    const account = await serviceAccounts.create(identity.orgId, body);
    return sendJson(reply, 201, { ...toItem(account), avatarUrl: '' });
  });

  app.get('/api/serviceaccounts/:id', may('serviceaccounts:read'), async (request, reply) => {
    const account = await serviceAccounts.get(identityOf(request).orgId, await idOf(request));
    const { tokens } = account;
    return sendJson(reply, 200, { ...toProfile(account), ...(tokens > 0 && { tokens }), ...accessControlOf(request, SCOPE) });
  });

  app.patch('/api/serviceaccounts/:id', taking(changedAccount, may('serviceaccounts:write')), async (request, reply) => {
    const body = bodyObject(request, changedAccount, 'service_account_data_invalid');
    const identity = identityOf(request);
    if (body.role !== undefined) assertMayGive(identity, body.role);
    const account = await serviceAccounts.update(identity.orgId, await idOf(request), body);
    const { id, name } = account;
    return sendJson(reply, 200, {
      id,
      message: 'Service account updated',
      name,
      serviceaccount: { ...toProfile(account), ...accessControlOf(request, SCOPE) },
    });
  });

  app.delete('/api/serviceaccounts/:id', may('serviceaccounts:delete'), async (request, reply) => {
    await serviceAccounts.remove(identityOf(request).orgId, await idOf(request));
    return sendJson(reply, 200, { message: 'Service account deleted' });
  });

  app.get('/api/serviceaccounts/:id/tokens', may('serviceaccounts:read'), async (request, reply) => {
    const tokens = await serviceAccounts.tokens(identityOf(request).orgId, await idOf(request));
    return sendJson(
      reply,
      200,
      tokens.map((token) => toTokenDto(token, now())),
    );
  });

  app.post('/api/serviceaccounts/:id/tokens', taking(newToken, may('serviceaccounts:write')), async (request, reply) => {
    const { orgId } = identityOf(request);
    const account = await serviceAccounts.get(orgId, await idOf(request));
    const { name, secondsToLive } = bodyObject(request, newToken, 'service_account_data_invalid');
    const longest = config.auth.apiKeyMaxSecondsToLive;
    if (longest !== -1 && secondsToLive === 0) throw new ServerError('token_lifetime_missing');
    if (longest !== -1 && secondsToLive > longest) throw new ServerError('token_lifetime_too_long');
    const { id, token } = await serviceAccounts.addToken(orgId, account.id, { name, lifetimeSeconds: secondsToLive });
    return sendJson(reply, 200, { id, name, key: token.open() });
  });

  app.delete('/api/serviceaccounts/:id/tokens/:tokenId', may('serviceaccounts:write'), async (request, reply) => {
    const { orgId } = identityOf(request);
    const account = await serviceAccounts.get(orgId, await idOf(request));
    const { tokenId } = request.params as { readonly tokenId: string };
    if (!/^\d{1,15}$/.test(tokenId)) throw new ServerError('token_id_invalid');
    await serviceAccounts.removeToken(orgId, account.id, Number(tokenId));
    return sendJson(reply, 200, { message: 'Service account token deleted' });
  });

  /** By number or uid. */
  async function idOf(request: FastifyRequest): Promise<number> {
    const found = await serviceAccounts.idOf(identityOf(request).orgId, (request.params as { readonly id: string }).id);
    if (found === undefined) throw new ServerError('not_found');
    return found;
  }
}

function assertMayGive(identity: Identity, role: OrgRole): void {
  if (role !== 'None' && !hasRole(identity, role)) throw new ServerError('service_account_role_too_high');
}

function toItem({ id, uid, name, login, orgId, isDisabled, role, tokens }: ServiceAccount) {
  return { id, uid, name, login, orgId, isDisabled, role, tokens };
}

function toProfile({ id, uid, name, login, orgId, isDisabled, role, createdAtMs, updatedAtMs }: ServiceAccount) {
  const times = { createdAt: goTime(createdAtMs), updatedAt: goTime(updatedAtMs) };
  return { ...{ id, uid, name, login, orgId, isDisabled }, ...times, avatarUrl: AVATAR_URL, role, teams: null };
}

const weekMs = 7 * 86_400_000;

function toTokenDto({ id, name, createdAtMs, expiresAtMs, lastUsedAtMs, isRevoked }: ApiToken, nowMs: number) {
  const leftMs = expiresAtMs === null ? 0 : expiresAtMs - nowMs;
  return {
    id,
    name,
    created: goTime(createdAtMs),
    lastUsedAt: lastUsedAtMs === null ? null : goTime(lastUsedAtMs),
    expiration: expiresAtMs === null ? null : goTime(expiresAtMs),
    secondsUntilExpiration: leftMs > 0 && leftMs < weekMs ? leftMs / 1000 : 0,
    hasExpired: expiresAtMs !== null && leftMs <= 0,
    isRevoked,
  };
}
