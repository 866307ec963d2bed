import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fastify } from 'fastify';
import { asAdmin, listenTestServer, openTestServer } from '../fixtures/test-server.ts';
import { addAccessControl } from './access.ts';

const basic = (login: string, password: string) => ({ authorization: `Basic ${Buffer.from(`${login}:${password}`).toString('base64')}` });
const defaults = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'deny',
  'x-xss-protection': '1; mode=block',
};

test('a wrong password is 401 with the body that Grafana gives', async () => {
  await using server = await openTestServer();
  const { status, headers, text } = await server.send({ method: 'GET', url: '/api/datasources', headers: basic('admin', 'wrong') });
  assert.equal(status, 401);
  assert.equal(headers['content-type'], 'application/json; charset=UTF-8');
  assert.equal(
    text,
    '{"extra":null,"message":"Invalid username or password","messageId":"password-auth.failed","statusCode":401,"traceID":""}',
  );
});

test('unknown paths are 401 or 404 below /api, and lead to the login elsewhere', async () => {
  await using server = await openTestServer();
  const cases = [
    ['GET', '/api/nothing', {}, 401, ''],
    ['GET', '/api/nothing', asAdmin, 404, ''],
    ['OPTIONS', '/api/ds/query', {}, 401, ''],
    ['GET', '/api/ds/query', asAdmin, 404, ''],
    ['GET', '/explore?a=1&b=2', {}, 302, '/login?redirectTo=%2Fexplore%3Fa%3D1%26b%3D2'],
    ['POST', '/', {}, 302, '/login'],
    ['GET', '/nothing', asAdmin, 404, ''],
    ['POST', '/metrics/plugins/x', {}, 302, '/login?redirectTo=%2Fmetrics%2Fplugins%2Fx'],
    ['GET', '/api/health/', {}, 401, ''],
  ] as const;
  for (const [method, url, headers, status, location] of cases) {
    const answer = await server.send({ method, url, headers });
    assert.deepEqual([answer.status, answer.headers.location ?? ''], [status, location], `${method} ${url}`);
  }
});

test('the login is a page that says that there is none, so that a browser is not led in a circle', async () => {
  await using server = await openTestServer();
  const { status, text, headers } = await server.send({ method: 'GET', url: '/login?redirectTo=%2Fexplore' });
  assert.deepEqual([status, headers['content-type']], [200, 'text/html; charset=utf-8']);
  assert.match(text, /no web interface/);
});

test('every answer has the default headers, also errors', async () => {
  await using server = await openTestServer();
  for (const url of ['/healthz', '/api/health', '/api/nothing', '/api/datasources', '/nowhere']) {
    const { headers } = await server.send({ method: 'GET', url });
    for (const [name, value] of Object.entries(defaults)) assert.equal(headers[name], value, `${name} of ${url}`);
  }
});

test('health needs no account and tells the version that clients go by', async () => {
  await using server = await openTestServer();
  const { status, body, headers } = await server.call('GET', '/api/health', undefined, basic('admin', 'wrong'));
  assert.deepEqual([status, body.database, body.version], [200, 'ok', '12.4.0']);
  assert.equal(headers['content-type'], 'application/json; charset=UTF-8');
  const head = await server.send({ method: 'HEAD', url: '/healthz' });
  assert.deepEqual([head.status, head.text, head.headers['content-type']], [200, '', undefined]);
});

test('the roles decide for every route', async () => {
  await using server = await openTestServer({
    files: { 'datasources/a.yaml': 'datasources: [{ name: A, uid: a, type: acme-ref-datasource, editable: true }]' },
  });
  const roles = { viewer: 'Viewer', editor: 'Editor', orgadmin: 'Admin' };
  for (const [login, role] of Object.entries(roles)) {
    const { body } = await server.call('POST', '/api/admin/users', { login, password: 'pass-1' });
    assert.equal((await server.call('PATCH', `/api/org/users/${body.id}`, { role })).status, 200);
  }
  // Who gets past the check: viewer, editor, administrator of the organisation, administrator of the server.
  const matrix = [
    ['GET', '/api/datasources', [1, 1, 1, 1]],
    ['GET', '/api/datasources/uid/a', [1, 1, 1, 1]],
    ['GET', '/api/datasources/id/A', [1, 1, 1, 1]],
    ['GET', '/api/datasources/uid/a/health', [1, 1, 1, 1]],
    ['GET', '/api/datasources/uid/a/resources/x', [1, 1, 1, 1]],
    ['POST', '/api/ds/query', [1, 1, 1, 1]],
    ['GET', '/api/org', [1, 1, 1, 1]],
    ['GET', '/api/plugins/acme-ref-datasource/settings', [1, 1, 1, 1]],
    ['POST', '/api/datasources', [0, 0, 1, 1]],
    ['PUT', '/api/datasources/uid/a', [0, 0, 1, 1]],
    ['DELETE', '/api/datasources/uid/nothing', [0, 0, 1, 1]],
    ['POST', '/api/plugins/acme-ref-app/settings', [0, 0, 1, 1]],
    ['GET', '/api/plugins/acme-ref-datasource/metrics', [0, 0, 1, 1]],
    ['PATCH', '/api/org/users/99', [0, 0, 1, 1]],
    ['POST', '/api/admin/users', [0, 0, 0, 1]],
    ['POST', '/api/admin/provisioning/datasources/reload', [0, 0, 0, 1]],
    ['POST', '/api/admin/provisioning/plugins/reload', [0, 0, 0, 1]],
  ] as const;
  for (const [method, url, expected] of matrix) {
    const accounts = [basic('viewer', 'pass-1'), basic('editor', 'pass-1'), basic('orgadmin', 'pass-1'), asAdmin];
    const passed = [];
    for (const headers of accounts) passed.push((await server.send({ method, url, headers })).status === 403 ? 0 : 1);
    assert.deepEqual(passed, expected, `${method} ${url}`);
    assert.equal((await server.send({ method, url })).status, 401, `${method} ${url} without an account`);
  }
});

test('a denied answer names the permission', async () => {
  await using server = await openTestServer();
  await server.call('POST', '/api/admin/users', { login: 'viewer', password: 'pass-1' });
  const { body } = await server.call('POST', '/api/datasources', {}, basic('viewer', 'pass-1'));
  assert.match(body.accessErrorId, /^ACE\d{10}$/);
  assert.equal(body.message, "You'll need additional permissions to perform this action. Permissions needed: datasources:create");
});

test('another organisation is 403 in the header and 404 in the query; a wrong value is ignored', async () => {
  await using server = await openTestServer();
  assert.equal((await server.call('GET', '/api/datasources', undefined, { 'x-grafana-org-id': '77' })).status, 403);
  assert.equal((await server.call('GET', '/api/datasources?orgId=77')).status, 404);
  for (const value of ['one', '0', '1'])
    assert.equal((await server.call('GET', '/api/datasources', undefined, { 'x-grafana-org-id': value })).status, 200);
});

test('a route that does not say who may use it is refused', async () => {
  await using server = await openTestServer();
  const app = fastify();
  addAccessControl(app, server.services);
  assert.throws(() => app.get('/forgotten', () => ''), /GET \/forgotten does not say who may use it/);
  await app.close();
});

test('a trace of the client comes back', async () => {
  await using server = await openTestServer();
  const traceparent = '00-11111111111111111111111111111111-2222222222222222-01';
  const { headers } = await server.call('GET', '/api/org', undefined, { traceparent });
  assert.equal(headers['grafana-trace-id'], '1'.repeat(32));
  assert.equal(headers['server-timing'], `traceparent;desc="${traceparent}"`);
});

test('bytes of a path that are no UTF-8 fail at the plugin, a bad escape is 400', async () => {
  await using server = await listenTestServer({
    files: { 'datasources/a.yaml': 'datasources: [{ name: A, uid: a, type: acme-ref-datasource }]' },
  });
  const bad = await fetch(`${server.address.url}/api/datasources/uid/a/resources/%ff`, { headers: asAdmin });
  assert.deepEqual([bad.status, ((await bad.json()) as { messageId: string }).messageId], [500, 'plugin.requestFailureError']);
  const worse = await fetch(`${server.address.url}/api/datasources/uid/a/resources/%zz`, { headers: asAdmin });
  assert.deepEqual(
    [worse.status, await worse.text(), worse.headers.get('content-type')],
    [400, '400 Bad Request', 'text/plain; charset=utf-8'],
  );
});
