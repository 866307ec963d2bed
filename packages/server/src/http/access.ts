import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type Action, hasRole, type Identity, isAllowed } from '../auth/index.ts';
import { ServerError } from '../errors/index.ts';
import type { Services } from './services.ts';

/** Who may use a route: anybody, any account, an administrator of the organisation, or who has a permission. */
export type Access = 'public' | 'signed-in' | 'org-admin' | Action;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Every route says who may use it; a route that does not is refused when it is added. */
    access?: Access;
  }
  interface FastifyRequest {
    identity: Identity | undefined;
  }
}

/** Finds out who asks and whether they may, before the body is read. */
export function addAccessControl(app: FastifyInstance, { authenticator }: Services): void {
  app.decorateRequest('identity', undefined);
  app.addHook('onRoute', ({ url, method, config }) => {
    if (config?.access === undefined) throw new Error(`route ${method} ${url} does not say who may use it`);
  });
  app.addHook('onRequest', async (request) => {
    const { access } = request.routeOptions.config;
    if (access === 'public') return;
    const orgId = orgOf(request);
    request.identity = await authenticator.authenticate({ authorization: request.headers.authorization, orgId });
    if (request.is404) return;
    assertAccess(request.identity, access ?? 'signed-in');
    if (namesForeignOrg(request)) throw new ServerError('not_found');
  });
}

/** The account of a request on a route that needs one. */
export function identityOf(request: FastifyRequest): Identity {
  if (request.identity === undefined) throw new ServerError('unauthorized');
  return request.identity;
}

function assertAccess(identity: Identity | undefined, access: Exclude<Access, 'public'>): void {
  if (identity === undefined) throw new ServerError('unauthorized');
  if (access === 'signed-in') return;
  if (access === 'org-admin') {
    if (!hasRole(identity, 'Admin')) throw new ServerError('permission_denied');
    return;
  }
  if (!isAllowed(identity, access)) throw new ServerError('access_denied', { actions: access });
}

/** The organisation that a header chooses; a wrong value is ignored. */
function orgOf(request: FastifyRequest): number | undefined {
  const header = request.headers['x-grafana-org-id'];
  const orgId = typeof header === 'string' && /^\d{1,15}$/.test(header) ? Number(header) : 0;
  return orgId > 0 ? orgId : undefined;
}

function namesForeignOrg(request: FastifyRequest): boolean {
  const { orgId } = request.query as { orgId?: string };
  return typeof orgId === 'string' && /^[1-9]\d{0,14}$/.test(orgId) && Number(orgId) !== request.identity?.orgId;
}
