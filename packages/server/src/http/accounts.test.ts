import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openTestServer } from '../fixtures/test-server.ts';

const basic = (login: string, password = 'pass-1') => ({
  authorization: `Basic ${Buffer.from(`${login}:${password}`).toString('base64')}`,
});

async function withOrgs() {
  const server = await openTestServer();
  const add = async (login: string, role: string) => {
    const { body } = await server.call('POST', '/api/admin/users', { login, password: 'pass-1' });
    await server.call('PATCH', `/api/org/users/${body.id}`, { role });
    return { id: body.id as number, uid: body.uid as string, headers: basic(login) };
  };
  const users = { viewer: await add('viewer', 'Viewer'), orgadmin: await add('orgadmin', 'Admin') };
  const { body } = await server.call('POST', '/api/orgs', { name: 'Second' });
  const second = { 'x-grafana-org-id': String(body.orgId) };
  return { server, ...users, orgId: body.orgId as number, second, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

test('what is in one organisation is not there in another, by id, uid, name, proxy or query [security/organisations]', async () => {
  await using place = await withOrgs();
  const { server, orgadmin, second, orgId } = place;
  const source = { name: 'Hidden', uid: 'hidden', type: 'acme-ref-datasource', access: 'proxy', url: 'http://127.0.0.1:1' };
  const { body } = await server.call('POST', '/api/datasources', source, second);
  assert.equal(body.datasource.orgId, orgId);
  const ask = (method: 'GET' | 'PUT' | 'DELETE', url: string) =>
    server.call(method, url, method === 'PUT' ? source : undefined, orgadmin.headers);
  for (const path of ['uid/hidden', `${body.id}`, 'name/Hidden'])
    for (const method of ['GET', 'DELETE'] as const)
      assert.equal((await ask(method, `/api/datasources/${path}`)).status, 404, `${method} ${path}`);
  assert.equal((await ask('PUT', '/api/datasources/uid/hidden')).status, 404);
  assert.equal((await ask('GET', '/api/datasources/proxy/uid/hidden/x')).status, 404);
  assert.equal((await ask('GET', '/api/datasources/uid/hidden/resources/x')).status, 404);
  const query = { from: 'now-1h', to: 'now', queries: [{ refId: 'A', datasource: { uid: 'hidden' } }] };
  assert.equal((await server.call('POST', '/api/ds/query', query, orgadmin.headers)).status, 404);
  assert.equal((await server.call('GET', '/api/datasources', undefined, { ...orgadmin.headers, ...second })).status, 403);
  assert.equal((await server.call('GET', `/api/datasources?orgId=${orgId}`, undefined, orgadmin.headers)).status, 404);
  assert.equal((await server.call('GET', '/api/datasources/uid/hidden', undefined, second)).status, 200);
});

test('a service account works in its own organisation only, and so do those who manage it [security/organisations]', async () => {
  await using place = await withOrgs();
  const { server, orgadmin, second } = place;
  const { body: robot } = await server.call('POST', '/api/serviceaccounts', { name: 'robot', role: 'Admin' }, second);
  const { body: token } = await server.call('POST', `/api/serviceaccounts/${robot.id}/tokens`, { name: 'one' }, second);
  const bearer = { authorization: `Bearer ${token.key}` };
  assert.equal((await server.call('GET', '/api/org', undefined, bearer)).body.name, 'Second');
  const elsewhere = await server.call('GET', '/api/org', undefined, { ...bearer, 'x-grafana-org-id': '1' });
  assert.deepEqual([elsewhere.status, elsewhere.body.messageId], [401, 'api-key.organization-mismatch']);
  assert.equal((await server.call('GET', '/api/org?orgId=1', undefined, bearer)).status, 404);
  assert.equal((await server.call('GET', '/api/orgs/1', undefined, bearer)).status, 403);
  for (const [method, path] of [
    ['GET', ''],
    ['PATCH', ''],
    ['DELETE', ''],
    ['GET', '/tokens'],
    ['POST', '/tokens'],
    ['DELETE', `/tokens/${token.id}`],
  ] as const) {
    const body = method === 'POST' || method === 'PATCH' ? { name: 'x' } : undefined;
    const answer = await server.call(method, `/api/serviceaccounts/${robot.id}${path}`, body, orgadmin.headers);
    assert.ok(
      answer.status === 404 || (path === '/tokens' && method === 'GET' && answer.text === '[]'),
      `${method} ${path}: ${answer.text}`,
    );
  }
  assert.equal((await server.call('GET', `/api/serviceaccounts/${robot.uid}`, undefined, orgadmin.headers)).status, 404);
});

test('nobody rises by own doing: no role above the own, no administration of the server, no password of others [security/escalation]', async () => {
  await using place = await withOrgs();
  const { server, viewer, orgadmin, orgId } = place;
  const denied = async (
    who: { headers: Record<string, string> },
    method: 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    url: string,
    body?: unknown,
  ) => assert.equal((await server.call(method, url, body, who.headers)).status, 403, `${method} ${url}`);
  for (const who of [viewer, orgadmin]) {
    await denied(who, 'PUT', `/api/admin/users/${viewer.id}/permissions`, { isGrafanaAdmin: true });
    await denied(who, 'PUT', '/api/admin/users/1/password', { password: 'mine-now' });
    await denied(who, 'POST', '/api/admin/users', { login: 'x', password: 'pass-1' });
    await denied(who, 'PATCH', `/api/orgs/${orgId}/users/${who.id}`, { role: 'Admin' });
    await denied(who, 'POST', `/api/orgs/${orgId}/users`, { loginOrEmail: 'viewer', role: 'Admin' });
    await denied(who, 'DELETE', '/api/orgs/1');
    await denied(who, 'PUT', '/api/users/1', { login: 'mine' });
  }
  await denied(viewer, 'PATCH', `/api/org/users/${viewer.id}`, { role: 'Admin' });
  await denied(viewer, 'POST', '/api/serviceaccounts', { name: 'robot', role: 'Viewer' });
  const { status } = await server.call('PUT', '/api/user', { login: 'viewer', isGrafanaAdmin: true, role: 'Admin', orgId }, viewer.headers);
  const { body } = await server.call('GET', '/api/user', undefined, viewer.headers);
  assert.deepEqual([status, body.isGrafanaAdmin, body.orgId], [200, false, 1]);
  assert.equal((await server.call('POST', `/api/user/using/${orgId}`, undefined, viewer.headers)).status, 401);
  // Who administrates the server without a role gives roles, but no more than an own one to service accounts.
  await server.call('POST', '/api/orgs', { name: 'Third' });
  await server.call('PATCH', '/api/org/users/1', { role: 'Admin' });
  const { body: none } = await server.call('POST', '/api/admin/users', { login: 'none', password: 'pass-1' });
  await server.call('PUT', `/api/admin/users/${none.id}/permissions`, { isGrafanaAdmin: true });
  await server.call('PATCH', `/api/org/users/${none.id}`, { role: 'None' });
  await denied({ headers: basic('none') }, 'POST', '/api/serviceaccounts', { name: 'robot', role: 'Admin' });
});

test('users are made, found, changed, disabled and removed', async () => {
  await using place = await withOrgs();
  const { server, viewer } = place;
  const found = await server.call('GET', '/api/users/search?query=VIEW&perpage=1&page=1');
  assert.deepEqual([found.body.totalCount, found.body.users[0].login, found.body.users[0].lastSeenAtAge], [1, 'viewer', '10 years']);
  assert.equal((await server.call('GET', `/api/users/${viewer.uid}`)).body.id, viewer.id);
  assert.equal((await server.call('GET', '/api/users/lookup?loginOrEmail=VIEWER')).body.id, viewer.id);
  assert.equal((await server.call('PUT', `/api/users/${viewer.id}`, { email: 'v@example.com', name: 'V' })).status, 200);
  assert.equal((await server.call('PUT', `/api/users/${viewer.id}`, { login: 'admin' })).status, 409);
  const { body } = await server.call('GET', '/api/user', undefined, basic('v@example.com'));
  assert.deepEqual([body.name, body.email, body.login], ['V', 'v@example.com', 'v@example.com']);
  assert.equal(
    (await server.call('PUT', '/api/user/password', { oldPassword: 'pass-1', newPassword: 'pass-2' }, basic('v@example.com'))).status,
    200,
  );
  assert.equal((await server.call('GET', '/api/user', undefined, basic('v@example.com', 'pass-1'))).status, 401);
  assert.equal((await server.call('POST', `/api/admin/users/${viewer.id}/disable`)).status, 200);
  const disabled = await server.call('GET', '/api/user', undefined, basic('v@example.com', 'pass-2'));
  assert.deepEqual([disabled.status, disabled.body.messageId], [401, 'identity.disabled']);
  assert.equal((await server.call('DELETE', `/api/admin/users/${viewer.id}`)).body.message, 'User deleted');
  assert.equal((await server.call('GET', `/api/users/${viewer.id}`)).status, 404);
  assert.equal((await server.call('DELETE', '/api/admin/users/1')).status, 400);
});

test('an organisation takes and loses members, and a user moves between those it is in', async () => {
  await using place = await withOrgs();
  const { server, viewer, orgId } = place;
  const add = () => server.call('POST', `/api/orgs/${orgId}/users`, { loginOrEmail: 'viewer', role: 'editor' });
  assert.deepEqual((await add()).body, { message: 'User added to organization', userId: viewer.id });
  const again = await add();
  assert.deepEqual([again.status, again.body.message], [409, 'User is already member of this organization']);
  assert.deepEqual((await server.call('GET', '/api/user/orgs', undefined, viewer.headers)).body, [
    { orgId: 1, name: 'Main Org.', role: 'Viewer' },
    { orgId, name: 'Second', role: 'Editor' },
  ]);
  assert.equal((await server.call('GET', `/api/org?orgId=${orgId}`, undefined, viewer.headers)).body.name, 'Second');
  assert.equal((await server.call('GET', '/api/org', undefined, viewer.headers)).body.name, 'Main Org.', 'asking moved nobody');
  assert.equal((await server.call('POST', `/api/user/using/${orgId}`, undefined, viewer.headers)).status, 200);
  assert.equal((await server.call('GET', '/api/org', undefined, viewer.headers)).body.name, 'Second');
  assert.equal((await server.call('DELETE', `/api/orgs/${orgId}/users/${viewer.id}`)).body.message, 'User removed from organization');
  assert.equal((await server.call('GET', '/api/org', undefined, viewer.headers)).body.name, 'Main Org.');
  assert.equal((await server.call('DELETE', `/api/org/users/${viewer.uid}`)).body.message, 'User deleted');
  assert.equal((await server.call('PATCH', `/api/org/users/1`, { role: 'King' })).status, 400);
  const stats = (await server.call('GET', '/api/admin/stats')).body;
  assert.deepEqual([stats.orgs, stats.users, stats.admins], [2, 2, 2]);
});

test('settings are shown to administrators of the server, without what is secret', async () => {
  await using server = await openTestServer({ env: { GF_SECURITY_SECRET_KEY: 'hidden-key', GF_PLUGIN_ACME_APITOKEN: 'hidden-token' } });
  const { body, text } = await server.call('GET', '/api/admin/settings');
  assert.deepEqual([body.security.admin_password, body.security.secret_key, body.server.http_port], ['*********', '*********', '0']);
  assert.doesNotMatch(text, /hidden/);
});

test('a frontend learns its data sources, apps and toggles, and no secret', async () => {
  await using server = await openTestServer({
    files: {
      'datasources/a.yaml':
        'datasources: [{ name: D, uid: d, type: acme-ref-datasource, access: direct, url: "http://d", basicAuth: true, basicAuthUser: u, secureJsonData: { basicAuthPassword: hidden }, jsonData: { long: 12345678901234567890 } }]',
    },
  });
  const { body, text } = await server.call('GET', '/api/frontend/settings');
  assert.deepEqual([body.defaultDatasource, body.namespace, body.buildInfo.version], ['D', 'default', '12.4.0']);
  assert.deepEqual(
    [body.datasources.D.url, body.datasources.D.basicAuth, body.datasources.D.meta.id],
    ['http://d', undefined, 'acme-ref-datasource'],
  );
  assert.match(text, /"long":12345678901234567890\b/);
  assert.doesNotMatch(text, /hidden/);
});

test('preferences are kept for each user in each organisation, and for an organisation', async () => {
  await using place = await withOrgs();
  const { server, viewer, second } = place;
  const get = async (url: string, headers: Record<string, string> = {}) => (await server.call('GET', url, undefined, headers)).body;
  assert.deepEqual(await get('/api/user/preferences'), {});
  assert.equal((await server.call('PUT', '/api/user/preferences', { theme: 'dark', timezone: 'utc', weekStart: '' })).status, 200);
  assert.equal((await server.call('PATCH', '/api/user/preferences', { theme: 'light' })).body.message, 'Preferences updated');
  assert.deepEqual(await get('/api/user/preferences'), { timezone: 'utc', theme: 'light' });
  assert.deepEqual([await get('/api/user/preferences', second), await get('/api/user/preferences', viewer.headers)], [{}, {}]);
  assert.equal((await server.call('PUT', '/api/org/preferences', { theme: 'neon' })).body.message, 'Invalid theme');
  assert.equal((await server.call('GET', '/api/org/preferences', undefined, viewer.headers)).status, 403);
});

test('with accesscontrol=true an answer says what the asker may do with what it shows', async () => {
  await using place = await withOrgs();
  const { server, orgadmin, viewer } = place;
  const { body: robot } = await server.call('POST', '/api/serviceaccounts', { name: 'robot', role: 'Viewer' });
  const keys = async (url: string, headers: Record<string, string> = {}) => {
    const { body } = await server.call('GET', `${url}?accesscontrol=true`, undefined, headers);
    return Object.keys((Array.isArray(body) ? body[0] : body).accessControl);
  };
  const actions = ['delete', 'read', 'write'].map((verb) => `serviceaccounts:${verb}`);
  assert.deepEqual(await keys(`/api/serviceaccounts/${robot.id}`, orgadmin.headers), actions);
  assert.deepEqual(
    await keys('/api/org/users', orgadmin.headers),
    ['add', 'read', 'remove', 'write'].map((verb) => `org.users:${verb}`),
  );
  assert.ok((await keys(`/api/users/${viewer.id}`)).includes('users:disable'));
  assert.equal((await server.call('GET', `/api/users/${viewer.id}`)).body.accessControl, undefined);
});

test('users are sorted by what is asked for, in the order of the columns; unknown columns are refused', async () => {
  await using server = await openTestServer();
  for (const [login, email, name] of [
    ['a', 'z@x', 'same'],
    ['b', 'y@x', 'same'],
  ] as const) {
    await server.call('POST', '/api/admin/users', { login, email, name, password: 'pass-1' });
  }
  const logins = async (path: string, key: string) => {
    const { body } = await server.call('GET', path);
    return (key === '' ? body : body[key]).map(({ login }: { login: string }) => login);
  };
  assert.deepEqual(await logins('/api/users/search?query=same&sort=login-desc', 'users'), ['b', 'a']);
  assert.deepEqual(await logins('/api/users?query=same&sort=email-asc', ''), ['b', 'a']);
  assert.deepEqual(await logins('/api/org/users/search?query=same&sort=name-asc,email-asc', 'orgUsers'), ['b', 'a']);
  assert.deepEqual(await logins('/api/orgs/1/users/search?query=same', 'orgUsers'), ['a', 'b']);
  const wrong = await server.call('GET', '/api/users/search?sort=login-asc,password-asc');
  assert.deepEqual([wrong.status, wrong.body], [400, { statusCode: 400, messageId: 'unknown sorting option', message: 'BadRequest' }]);
});

test('what is changed of users and organisations that are not there is 404, and a wrong id says which', async () => {
  await using server = await openTestServer();
  const cases = [
    ['PUT', '/api/admin/users/99/password', { password: 'long enough' }, 404, 'user not found'],
    ['PUT', '/api/admin/users/99/permissions', { isGrafanaAdmin: true }, 404, 'user not found'],
    ['PUT', '/api/users/99', { login: 'x' }, 404, 'user not found'],
    ['PATCH', '/api/org/users/99', { role: 'Viewer' }, 404, 'user not found'],
    ['DELETE', '/api/org/users/99', undefined, 404, 'user not found'],
    ['PUT', '/api/orgs/99', { name: 'x' }, 404, 'Organization not found'],
    ['POST', '/api/users/1/using/x', undefined, 400, 'orgId is invalid'],
    ['PUT', '/api/orgs/1/quotas/user', { limit: 1 }, 403, 'Quotas not enabled'],
    ['PUT', '/api/admin/users/1/quotas/org_user', { limit: 1 }, 403, 'Quotas not enabled'],
  ] as const;
  for (const [method, url, sent, status, message] of cases) {
    const answer = await server.call(method, url, sent);
    assert.deepEqual([answer.status, answer.body.message], [status, message], `${method} ${url}`);
  }
});
