import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InjectOptions } from 'fastify';
import { asAdmin, openTestServer } from '../fixtures/test-server.ts';
import type { Access } from './access.ts';

const basic = (login: string) => ({ authorization: `Basic ${Buffer.from(`${login}:pass-1`).toString('base64')}` });

/** Routes that anybody may use, each for its reason: health, files of frontends, the description of the API, metrics with a password of their own, the login. */
const PUBLIC = [
  'GET /.well-known/change-password',
  'GET /api/health',
  'GET /api/login/ping',
  'GET /healthz',
  'GET /login',
  'GET /logout',
  'GET /metrics',
  'GET /metrics/plugins',
  'GET /metrics/plugins/:pluginId',
  'GET /public/openapi3.json',
  'GET /public/plugins/:pluginId/*',
  'GET /readyz',
  'GET /user/auth-tokens/rotate',
  'POST /api/user/auth-tokens/rotate',
  'POST /login',
];

/** From which role on an action is allowed, written down a second time, by hand, from spec §1.16 and Grafana's documentation of roles. */
const LEAST: Readonly<Record<string, 'Viewer' | 'Admin' | 'server'>> = {
  'datasources:read': 'Viewer',
  'datasources:query': 'Viewer',
  'datasources.id:read': 'Viewer',
  'orgs:read': 'Viewer',
  'orgs.quotas:read': 'Viewer',
  'plugins.app:access': 'Viewer',
  'datasources:create': 'Admin',
  'datasources:write': 'Admin',
  'datasources:delete': 'Admin',
  'datasources.caching:read': 'Admin',
  'datasources.caching:write': 'Admin',
  'plugins:write': 'Admin',
  'orgs:write': 'Admin',
  'orgs.preferences:read': 'Admin',
  'orgs.preferences:write': 'Admin',
  'org.users:read': 'Admin',
  'org.users:add': 'Admin',
  'org.users:write': 'Admin',
  'org.users:remove': 'Admin',
  'serviceaccounts:read': 'Admin',
  'serviceaccounts:create': 'Admin',
  'serviceaccounts:write': 'Admin',
  'serviceaccounts:delete': 'Admin',
  'orgs:create': 'server',
  'orgs:delete': 'server',
  'provisioning:reload': 'server',
  'server.stats:read': 'server',
  'settings:read': 'server',
  'users:create': 'server',
  'users:read': 'server',
  'users:write': 'server',
  'users:delete': 'server',
  'users:disable': 'server',
  'users:enable': 'server',
  'users:logout': 'server',
  'users.password:write': 'server',
  'users.permissions:write': 'server',
  'users.authtoken:read': 'server',
  'users.authtoken:write': 'server',
  'users.quotas:read': 'server',
  'users.quotas:write': 'server',
  'orgs.quotas:write': 'server',
};

test('exactly the listed routes are open to anybody [security/roles]', async () => {
  await using server = await openTestServer();
  const open = server.app.guardedRoutes.filter(({ access, method }) => access === 'public' && method !== 'HEAD');
  assert.deepEqual(open.map(({ method, url }) => `${method} ${url}`).sort(), PUBLIC);
});

test('every route lets in whom its permission says, and nobody else: nobody, no role, viewer, editor, administrators [security/roles]', async () => {
  await using server = await openTestServer();
  for (const role of ['None', 'Viewer', 'Editor', 'Admin']) {
    const { body } = await server.call('POST', '/api/admin/users', { login: `is-${role}`, password: 'pass-1' });
    assert.equal((await server.call('PATCH', `/api/org/users/${body.id}`, { role })).status, 200);
  }
  const askers = [{}, basic('is-none'), basic('is-viewer'), basic('is-editor'), basic('is-admin'), asAdmin];
  const wrong: string[] = [];
  let checked = 0;
  for (const { method, url, access } of server.app.guardedRoutes) {
    // Quotas are 403 for everybody; without a body that cannot be told from a refusal.
    if (access === 'public' || (method === 'HEAD' && url.endsWith('/quotas'))) continue;
    const request = { method, url: url.replace(/:(\w+)/g, (_all, name) => sample(name)).replace('*', 'x') } as InjectOptions;
    const expected = expectedOf(access);
    for (const [index, headers] of askers.entries()) {
      const { status, text } = await server.send({ ...request, headers });
      const isDenied =
        (status === 401 && !text.includes('Not a valid organization')) ||
        (status === 403 && /Permissions needed|Permission denied/.test(text)) ||
        (status === 403 && method === 'HEAD');
      const isRight = index === 0 ? status === 401 : isDenied === !expected[index];
      if (!isRight)
        wrong.push(`${method} ${url} for ${['nobody', 'None', 'Viewer', 'Editor', 'Admin', 'server admin'][index]}: ${status} ${text}`);
      checked++;
    }
  }
  assert.deepEqual(wrong, []);
  assert.ok(checked > 400, `${checked} requests`);
});

/** Ids that name nothing, but the organisation of the asker. */
function sample(name: string): string {
  return name === 'orgId' ? '1' : '999999';
}

function expectedOf(access: Exclude<Access, 'public'> | undefined): readonly boolean[] {
  if (access === 'signed-in') return [false, true, true, true, true, true];
  if (access === 'org-admin') return [false, false, false, false, true, true];
  const action = typeof access === 'object' ? access.action : (access ?? '');
  const least = typeof access === 'object' && access.in === 'server' ? 'server' : LEAST[action];
  assert.ok(least, `no role is written down for ${action}`);
  if (least === 'Viewer') return [false, false, true, true, true, true];
  if (least === 'Admin') return [false, false, false, false, true, true];
  return [false, false, false, false, false, true];
}
