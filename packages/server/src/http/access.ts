import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type Action, type Credentials, hasRole, type Identity, isAllowed } from '../auth/index.ts';
import { ServerError } from '../errors/index.ts';
import { sessionCookieOf } from './cookies.ts';
import type { Services } from './services.ts';

/**
 * Who may use a route: anybody, any account, an administrator of the organisation, or who has a permission: in the
 * organisation of the request, in the server as a whole, or in the organisation that the path names as `:orgId`.
 */
export type Access = 'public' | 'signed-in' | 'org-admin' | Action | { readonly action: Action; readonly in: 'server' | 'org of path' };

export interface GuardedRoute {
  readonly method: string;
  readonly url: string;
  readonly access: Access;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Every route says who may use it; a route that does not is refused when it is added. */
    access?: Access;
  }
  interface FastifyRequest {
    identity: Identity | undefined;
  }
  interface FastifyInstance {
    /** All routes with who may use them. */
    guardedRoutes: GuardedRoute[];
  }
}

/** Finds out who asks and whether they may, before the body is read. */
export function addAccessControl(app: FastifyInstance, services: Services): void {
  const { authenticator, users, config } = services;
  app.decorateRequest('identity', undefined);
  app.decorate('guardedRoutes', []);
  app.addHook('onRoute', ({ url, method: methods, config: route }) => {
    const access = route?.access;
    if (access === undefined) throw new Error(`route ${methods} ${url} does not say who may use it`);
    for (const method of [methods].flat()) app.guardedRoutes.push({ method, url, access });
  });
  app.addHook('onRequest', (request, _reply, done) => {
    const { access } = request.routeOptions.config;
    if (access === 'public') return done();
    const credentials = credentialsOf(request);
    const recalled = authenticator.recall(credentials);
    if (recalled !== undefined && isSimple(request, recalled)) {
      request.identity = recalled;
      if (request.is404 || mayUse(recalled, access ?? 'signed-in') === true) return done();
    }
    admit(request, credentials).then(() => done(), done);
  });

  function credentialsOf(request: FastifyRequest): Credentials {
    return {
      authorization: request.headers.authorization,
      sessionCookie: sessionCookieOf(request, config),
      orgId: toOrgId(request.headers['x-grafana-org-id']),
      clientIp: request.ip,
    };
  }

  /** Whether the organisation of a request is the one of its sender. */
  function isSimple(request: FastifyRequest, identity: Identity): boolean {
    const asked = toOrgId((request.query as { orgId?: unknown }).orgId);
    return asked === undefined || asked === identity.orgId;
  }

  /** @throws ServerError what the request lacks */
  async function admit(request: FastifyRequest, credentials: Credentials): Promise<void> {
    const { access } = request.routeOptions.config;
    request.identity = await authenticator.authenticate(credentials);
    if (request.is404) return;
    const asked = toOrgId((request.query as { orgId?: unknown }).orgId);
    if (asked !== undefined && request.identity !== undefined && asked !== request.identity.orgId) {
      request.identity = await seenIn(request.identity, asked);
    }
    await assertAccess(request, access === undefined || access === 'public' ? 'signed-in' : access);
  }

  /** The query may choose an organisation, too, among those of a user. */
  async function seenIn(identity: Identity, orgId: number): Promise<Identity> {
    const account = identity.kind === 'user' ? await users.findById(identity.userId, orgId) : undefined;
    if (account?.identity.role === undefined) throw new ServerError('not_found');
    return { ...account.identity, sessionId: identity.sessionId };
  }

  async function assertAccess(request: FastifyRequest, access: Exclude<Access, 'public'>): Promise<void> {
    const { identity } = request;
    if (identity === undefined) throw new ServerError('unauthorized');
    const action = typeof access === 'string' ? access : access.action;
    const asker = typeof access === 'string' ? identity : await inPlace(request, identity, access.in);
    if (mayUse(asker, action)) return;
    throw action === 'org-admin' ? new ServerError('permission_denied') : new ServerError('access_denied', { actions: action });
  }

  /** The identity with the role that counts there. */
  async function inPlace(request: FastifyRequest, identity: Identity, place: 'server' | 'org of path'): Promise<Identity> {
    const orgId = place === 'server' ? undefined : toOrgId((request.params as { orgId?: string }).orgId);
    if (orgId === identity.orgId) return identity;
    if (orgId === undefined || identity.kind !== 'user') return { ...identity, role: undefined };
    return (await users.findById(identity.userId, orgId))?.identity ?? { ...identity, role: undefined };
  }
}

/** Whether somebody may use a route, in the organisation that counts; undefined when that is another one than that of the request. */
function mayUse(identity: Identity, access: Exclude<Access, 'public'>): boolean | undefined {
  if (typeof access !== 'string') return undefined;
  if (access === 'signed-in') return true;
  return access === 'org-admin' ? hasRole(identity, 'Admin') : isAllowed(identity, access);
}

/** The account of a request on a route that needs one. */
export function identityOf(request: FastifyRequest): Identity {
  if (request.identity === undefined) throw new ServerError('unauthorized');
  return request.identity;
}

/** The user of a request; service accounts are refused. @throws ServerError `user_only` */
export function userOf(request: FastifyRequest, refusal = 'Endpoint only available for users'): Identity {
  const identity = identityOf(request);
  if (identity.kind !== 'user') throw new ServerError('user_only', { detail: refusal });
  return identity;
}

/** The number of an organisation; anything else, as in Grafana, chooses none. */
function toOrgId(text: unknown): number | undefined {
  return typeof text === 'string' && /^[1-9]\d{0,14}$/.test(text) ? Number(text) : undefined;
}
