import { z } from 'zod';
import { ORG_ROLES } from '../auth/index.ts';

/** What an answer that says yes looks like: JSON of a shape, or `raw`: whatever a plugin, an upstream or a file is. */
export type AnswerShape = z.ZodType | 'raw';

const text = z.string();
const flag = z.boolean();
const id = z.int();
const role = z.enum(ORG_ROLES);
/** As Go writes it. */
const time = z.string();
const anyJson = z.unknown();
const may = z.record(text, z.literal(true)).optional();

const message = z.strictObject({ message: text });
const empty = z.strictObject({});
const nothing = z.tuple([]);

const dataSourceItem = z.strictObject({
  ...{ id, uid: text, orgId: id, name: text, type: text, typeName: text, typeLogoUrl: text, access: text, url: text },
  ...{ user: text, database: text, basicAuth: flag, isDefault: flag, jsonData: anyJson, readOnly: flag },
});
const { typeName: _typeName, ...ofDataSource } = dataSourceItem.shape;
const dataSource = z.strictObject({
  ...ofDataSource,
  ...{ basicAuthUser: text, withCredentials: flag, secureJsonFields: z.record(text, z.literal(true)), version: z.int(), apiVersion: text },
});
const dataSourceFound = dataSource.extend({ accessControl: may });
const dataSourceChanged = z.strictObject({ datasource: dataSource, id, message: text, name: text });
const idMessage = z.strictObject({ id, message: text });
const cacheSettings = z.strictObject({
  ...{ message: text, dataSourceID: id, dataSourceUID: text, enabled: flag, useDefaultTTL: flag },
  ...{ ttlQueriesMs: z.int(), ttlResourcesMs: z.int(), defaultTTLMs: z.int(), created: time, updated: time },
});

const ofPlugin = {
  ...{ name: text, type: text, id: text, enabled: flag, pinned: flag, info: z.looseObject({}), dependencies: z.looseObject({}) },
  ...{ latestVersion: text, hasUpdate: flag, defaultNavUrl: text, state: text },
  ...{ signature: text, signatureType: text, signatureOrg: text, angularDetected: flag },
};
const pluginItem = z.strictObject({ ...ofPlugin, category: text });
const pluginSettings = z.strictObject({
  ...ofPlugin,
  ...{ autoEnabled: flag, module: text, baseUrl: text, includes: z.array(z.looseObject({})).nullable(), extensions: z.looseObject({}) },
  ...{ jsonData: anyJson, secureJsonFields: z.record(text, z.literal(true)), loadingStrategy: text },
});
const pluginError = z.strictObject({ errorCode: text, pluginId: text, status: text.optional() });
const health = z.strictObject({ status: text, message: text, details: z.looseObject({}).optional() });
const queryAnswers = z.strictObject({
  results: z.record(
    text,
    z.strictObject({
      status: z.int().optional(),
      error: text.optional(),
      errorSource: text.optional(),
      frames: z.array(z.strictObject({ schema: z.looseObject({}), data: z.looseObject({}) })).optional(),
    }),
  ),
});

const profile = z.strictObject({
  ...{ id, uid: text, email: text, name: text, login: text, theme: text, orgId: id, isGrafanaAdmin: flag, isDisabled: flag },
  ...{ isExternal: flag, isExternallySynced: flag, isGrafanaAdminExternallySynced: flag, authLabels: nothing.nullable() },
  ...{ updatedAt: time, createdAt: time, avatarUrl: text, isProvisioned: flag, accessControl: may },
});
const user = z.strictObject({
  ...{ id, uid: text, name: text, login: text, email: text, avatarUrl: text, isAdmin: flag, isDisabled: flag },
  ...{ isProvisioned: flag, lastSeenAt: time, lastSeenAtAge: text, authLabels: nothing, created: time },
});
const member = z.strictObject({
  ...{ orgId: id, userId: id, uid: text, email: text, name: text, avatarUrl: text, login: text, role, lastSeenAt: time, created: time },
  ...{ lastSeenAtAge: text, authLabels: nothing, isDisabled: flag, isExternallySynced: flag, isProvisioned: flag, accessControl: may },
});
const session = z.strictObject({
  ...{ id, isActive: flag, clientIp: text, device: text, os: text, osVersion: text, browser: text, browserVersion: text },
  ...{ createdAt: time, seenAt: time, authModule: text },
});
const org = z.strictObject({ id, name: text, address: z.record(text, text) });
const orgOfUser = z.strictObject({ orgId: id, name: text, role });
const page = { totalCount: z.int(), page: z.int(), perPage: z.int() };
const preferences = z.looseObject({});

const ofAccount = { id, uid: text, name: text, login: text, orgId: id, isDisabled: flag, role };
const accountItem = z.strictObject({ ...ofAccount, tokens: z.int(), avatarUrl: text, accessControl: may });
const account = z.strictObject({
  ...ofAccount,
  ...{ createdAt: time, updatedAt: time, avatarUrl: text, teams: z.null(), tokens: z.int().optional(), accessControl: may },
});
const accountChanged = z.strictObject({ id, message: text, name: text, serviceaccount: account });
const token = z.strictObject({
  ...{ id, name: text, created: time, lastUsedAt: time.nullable(), expiration: time.nullable() },
  ...{ secondsUntilExpiration: z.number(), hasExpired: flag, isRevoked: flag },
});

/**
 * Answers of 2xx by method and path, for OpenAPI. The test server holds every answer of the tests against them, so that
 * the description says what is so.
 */
export const ANSWERS: Readonly<Record<string, AnswerShape>> = {
  'GET /healthz': 'raw',
  'GET /readyz': 'raw',
  'GET /api/health': z.strictObject({ database: text, version: text, commit: text }),
  'GET /metrics': 'raw',
  'GET /metrics/plugins': 'raw',
  'GET /metrics/plugins/:pluginId': 'raw',
  'GET /public/plugins/:pluginId/*': 'raw',

  'GET /api/datasources': z.array(dataSourceItem),
  'POST /api/datasources': dataSourceChanged,
  'GET /api/datasources/uid/:uid': dataSourceFound,
  'GET /api/datasources/:id': dataSourceFound,
  'GET /api/datasources/name/:name': dataSource,
  'PUT /api/datasources/uid/:uid': dataSourceChanged,
  'PUT /api/datasources/:id': dataSourceChanged,
  'DELETE /api/datasources/uid/:uid': idMessage,
  'DELETE /api/datasources/:id': message,
  'DELETE /api/datasources/name/:name': idMessage,
  'GET /api/datasources/id/:name': z.strictObject({ id }),
  'GET /api/datasources/uid/:uid/correlations': nothing,
  'GET /api/datasources/correlations': z.strictObject({ correlations: nothing, totalCount: z.int(), page: z.int(), limit: z.int() }),
  'GET /api/datasources/:uid/cache': cacheSettings,
  'POST /api/datasources/:uid/cache': cacheSettings,
  'POST /api/datasources/:uid/cache/enable': cacheSettings,
  'POST /api/datasources/:uid/cache/disable': cacheSettings,
  'POST /api/datasources/:uid/cache/clean': cacheSettings,
  'ANY /api/datasources/uid/:uid/health': health,
  'ANY /api/datasources/:id/health': health,
  'ANY /api/datasources/uid/:uid/resources': 'raw',
  'ANY /api/datasources/uid/:uid/resources/*': 'raw',
  'ANY /api/datasources/:id/resources': 'raw',
  'ANY /api/datasources/:id/resources/*': 'raw',
  'ANY /api/datasources/proxy/uid/:uid': 'raw',
  'ANY /api/datasources/proxy/uid/:uid/*': 'raw',
  'ANY /api/datasources/proxy/:id': 'raw',
  'ANY /api/datasources/proxy/:id/*': 'raw',
  'POST /api/ds/query': queryAnswers,

  'GET /api/plugins': z.array(pluginItem),
  'GET /api/plugins/errors': z.array(pluginError),
  'GET /api/plugins/:pluginId/settings': pluginSettings,
  'POST /api/plugins/:pluginId/settings': message,
  'GET /api/plugins/:pluginId/markdown/:name': 'raw',
  'GET /api/plugins/:pluginId/dashboards': nothing,
  'GET /api/plugins/:pluginId/metrics': 'raw',
  'GET /api/plugins/:pluginId/health': health,
  'ANY /api/plugins/:pluginId/resources': 'raw',
  'ANY /api/plugins/:pluginId/resources/*': 'raw',
  'ANY /api/plugin-proxy/:pluginId': 'raw',
  'ANY /api/plugin-proxy/:pluginId/*': 'raw',
  'GET /api/frontend/settings': z.looseObject({ datasources: z.record(text, z.looseObject({})), defaultDatasource: text }),

  'GET /login': 'raw',
  'POST /login': z.strictObject({ message: text, redirectUrl: text }),
  'GET /logout': 'raw',
  'GET /api/login/ping': message,
  'POST /api/user/auth-tokens/rotate': empty,
  'GET /api/user': profile,
  'PUT /api/user': message,
  'PUT /api/user/password': message,
  'POST /api/user/using/:id': message,
  'GET /api/user/orgs': z.array(orgOfUser),
  'GET /api/user/teams': nothing,
  'GET /api/user/auth-tokens': z.array(session),
  'POST /api/user/revoke-auth-token': message,
  'PUT /api/user/helpflags/:id': z.strictObject({ helpFlags1: z.int(), message: text }),
  'GET /api/user/helpflags/clear': z.strictObject({ helpFlags1: z.int(), message: text }),
  'GET /api/user/preferences': preferences,
  'PUT /api/user/preferences': message,
  'PATCH /api/user/preferences': message,
  'GET /api/access-control/user/permissions': z.record(text, z.array(text)),
  'GET /api/access-control/user/actions': z.record(text, z.literal(true)),

  'GET /api/users': z.array(user),
  'GET /api/users/search': z.strictObject({ ...page, users: z.array(user) }),
  'GET /api/users/lookup': profile,
  'GET /api/users/:id': profile,
  'PUT /api/users/:id': message,
  'GET /api/users/:id/orgs': z.array(orgOfUser),
  'GET /api/users/:id/teams': nothing,
  'POST /api/users/:id/using/:orgId': message,
  'POST /api/admin/users': z.strictObject({ id, uid: text, message: text }),
  'PUT /api/admin/users/:id/password': message,
  'PUT /api/admin/users/:id/permissions': message,
  'DELETE /api/admin/users/:id': message,
  'POST /api/admin/users/:id/disable': message,
  'POST /api/admin/users/:id/enable': message,
  'POST /api/admin/users/:id/logout': message,
  'GET /api/admin/users/:id/auth-tokens': z.array(session),
  'POST /api/admin/users/:id/revoke-auth-token': message,
  'GET /api/admin/settings': z.record(text, z.record(text, text)),
  'GET /api/admin/stats': z.record(text, z.int()),
  'POST /api/admin/provisioning/datasources/reload': message,
  'POST /api/admin/provisioning/plugins/reload': message,

  'GET /api/orgs': z.array(z.strictObject({ id, name: text })),
  'POST /api/orgs': z.strictObject({ message: text, orgId: id }),
  'GET /api/orgs/name/:name': org,
  'DELETE /api/orgs/:orgId': message,
  ...Object.fromEntries(
    ['/api/org', '/api/orgs/:orgId'].flatMap((path): [string, AnswerShape][] => [
      [`GET ${path}`, org],
      [`PUT ${path}`, message],
      [`PUT ${path}/address`, message],
      [`GET ${path}/users`, z.array(member)],
      [`GET ${path}/users/search`, z.strictObject({ ...page, orgUsers: z.array(member) })],
      [`POST ${path}/users`, z.strictObject({ message: text, userId: id })],
      [`PATCH ${path}/users/:userId`, message],
      [`DELETE ${path}/users/:userId`, message],
    ]),
  ),
  'GET /api/org/users/lookup': z.array(z.strictObject({ uid: text, userId: id, login: text, avatarUrl: text })),
  'GET /api/org/preferences': preferences,
  'PUT /api/org/preferences': message,
  'PATCH /api/org/preferences': message,

  'GET /api/serviceaccounts/search': z.strictObject({ ...page, serviceAccounts: z.array(accountItem) }),
  'POST /api/serviceaccounts': accountItem,
  'GET /api/serviceaccounts/:id': account,
  'PATCH /api/serviceaccounts/:id': accountChanged,
  'DELETE /api/serviceaccounts/:id': message,
  'GET /api/serviceaccounts/:id/tokens': z.array(token),
  'POST /api/serviceaccounts/:id/tokens': z.strictObject({ id, name: text, key: text }),
  'DELETE /api/serviceaccounts/:id/tokens/:tokenId': message,
};

/** The shape of what a route answers; a route for all methods has one for all of them. */
export function answerShape(method: string, url: string): AnswerShape | undefined {
  return ANSWERS[`${method.toUpperCase()} ${url}`] ?? ANSWERS[`ANY ${url}`];
}

const paging = ['query', 'page', 'perpage'];

/** Parameters in the query by method and path. */
export const QUERY_PARAMETERS: Readonly<Record<string, readonly string[]>> = {
  'GET /api/datasources/uid/:uid': ['accesscontrol'],
  'GET /api/datasources/:id': ['accesscontrol'],
  'GET /api/plugins': ['type', 'enabled', 'core', 'embedded'],
  'GET /api/datasources/correlations': ['page', 'limit', 'sourceUID'],
  'GET /api/users': [...paging, 'sort'],
  'GET /api/users/search': [...paging, 'sort'],
  'GET /api/users/lookup': ['loginOrEmail'],
  'GET /api/users/:id': ['accesscontrol'],
  'GET /api/orgs': ['name', ...paging],
  'GET /api/org/users': ['query', 'limit', 'accesscontrol'],
  'GET /api/orgs/:orgId/users': ['query', 'limit', 'accesscontrol'],
  'GET /api/org/users/search': [...paging, 'sort', 'accesscontrol'],
  'GET /api/orgs/:orgId/users/search': [...paging, 'sort', 'accesscontrol'],
  'GET /api/org/users/lookup': ['query', 'limit'],
  'GET /api/serviceaccounts/search': [...paging, 'disabled', 'expiredTokens', 'accesscontrol'],
  'GET /api/serviceaccounts/:id': ['accesscontrol'],
};
