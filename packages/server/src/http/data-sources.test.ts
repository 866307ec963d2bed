import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openTestServer } from '../fixtures/test-server.ts';

const input = (name: string, more = {}) => ({ name, uid: name, type: 'acme-ref-datasource', access: 'proxy', ...more });

test('a data source is created, read, updated, listed and removed, and its secrets never leave', async () => {
  await using server = await openTestServer();
  const secret = { secureJsonData: { token: 'canary-secret', empty: '' } };
  const created = await server.call(
    'POST',
    '/api/datasources',
    input('one', { ...secret, jsonData: { z: 1.5, a: 9007199254740993n.toString() } }),
  );
  assert.equal(created.status, 200);
  assert.equal(created.body.message, 'Datasource added');
  assert.deepEqual(Object.keys(created.body.datasource), [
    'id',
    'uid',
    'orgId',
    'name',
    'type',
    'typeLogoUrl',
    'access',
    'url',
    'user',
    'database',
    'basicAuth',
    'basicAuthUser',
    'withCredentials',
    'isDefault',
    'jsonData',
    'secureJsonFields',
    'version',
    'readOnly',
    'apiVersion',
  ]);
  assert.deepEqual(created.body.datasource.secureJsonFields, { token: true });
  assert.equal(created.body.datasource.typeLogoUrl, 'public/plugins/acme-ref-datasource/img/logo.svg');

  const updated = await server.call('PUT', '/api/datasources/uid/one', input('renamed', { uid: 'one', version: 1 }));
  assert.deepEqual([updated.status, updated.body.datasource.name, updated.body.datasource.version], [200, 'renamed', 2]);
  const read = await server.call('GET', `/api/datasources/${created.body.id}`);
  assert.deepEqual(read.body, updated.body.datasource);
  assert.deepEqual((await server.call('GET', '/api/datasources/id/renamed')).body, { id: created.body.id });

  const list = await server.call('GET', '/api/datasources');
  assert.equal(list.body[0].typeName, 'Acme Reference');
  const removed = await server.call('DELETE', '/api/datasources/uid/one');
  assert.deepEqual(removed.body, { id: created.body.id, message: 'Data source deleted' });
  assert.equal((await server.call('GET', '/api/datasources/uid/one')).status, 404);
  const seen = [created, updated, read, list].map(({ text }) => text).join() + server.lines.join();
  assert.doesNotMatch(seen, /canary-secret/);
});

test('digits of long integers in jsonData survive', async () => {
  await using server = await openTestServer();
  const { text } = await server.call(
    'POST',
    '/api/datasources',
    '{"name":"n","type":"t","access":"proxy","jsonData":{"big":9007199254740993}}',
  );
  assert.match(text, /"jsonData":\{"big":9007199254740993\}/);
});

test('bad bodies are 400 bad request data', async () => {
  await using server = await openTestServer();
  for (const body of [
    '{"name":',
    '[1]',
    '{"name":5,"type":"t","access":"proxy"}',
    '{"name":"n","access":"proxy"}',
    '{"name":"n","type":"t"}',
    '{"name":"n","type":"t","access":"proxy","secureJsonData":[]}',
  ]) {
    const answer = await server.call('POST', '/api/datasources', body);
    assert.deepEqual([answer.status, answer.body], [400, { message: 'bad request data' }], body);
  }
  const empty = await server.call('POST', '/api/datasources');
  assert.deepEqual([empty.status, empty.body], [400, { message: 'bad request data' }]);
  const url = await server.call('POST', '/api/datasources', input('u', { url: 'http://h:port/' }));
  assert.deepEqual([url.status, url.body], [400, { message: 'Validation error, invalid URL' }]);
  const team = await server.call('POST', '/api/datasources', input('t', { jsonData: { teamHttpHeaders: {} } }));
  assert.equal(team.status, 403);
});

test('field names count in any case of letters, and null counts as absent', async () => {
  await using server = await openTestServer();
  const { status, body } = await server.call('POST', '/api/datasources', {
    NAME: 'n',
    Type: 't',
    ACCESS: 'proxy',
    url: null,
    secureJsonData: null,
  });
  assert.deepEqual([status, body.name, body.datasource.url], [200, 'n', '']);
});

test('ids that are no ids have their own texts', async () => {
  await using server = await openTestServer();
  const cases = [
    ['GET', '/api/datasources/uid', 400, 'id is invalid'],
    ['GET', '/api/datasources/0', 400, 'Datasource id is missing'],
    ['GET', '/api/datasources/-1', 404, 'Data source not found'],
    ['GET', '/api/datasources/99999999999999999999', 400, 'id is invalid'],
    ['DELETE', '/api/datasources/0', 400, 'Missing valid datasource id'],
    ['DELETE', '/api/datasources/word', 400, 'id is invalid'],
    ['PATCH', '/api/datasources/uid/x', 404, 'Not found'],
  ] as const;
  for (const [method, path, status, message] of cases) {
    const answer = await server.call(method, path);
    assert.deepEqual([answer.status, answer.body], [status, { message }], `${method} ${path}`);
  }
});

test('one from a file that is not editable cannot be changed or removed', async () => {
  await using server = await openTestServer({ files: { 'datasources/a.yaml': 'datasources: [{ name: A, uid: a, type: t }]' } });
  const put = await server.call('PUT', '/api/datasources/uid/a', input('A', { uid: 'a' }));
  assert.deepEqual([put.status, put.body], [403, { message: 'Cannot update read-only data source' }]);
  const removed = await server.call('DELETE', '/api/datasources/uid/a');
  assert.deepEqual([removed.status, removed.body], [403, { message: 'Cannot delete read-only data source' }]);
});

test('health is 200 only when it is OK', async () => {
  const source = (name: string, mode: string) =>
    `  - { name: ${name}, uid: ${name}, type: acme-ref-datasource, jsonData: { healthMode: ${mode} } }`;
  const files = {
    'datasources/a.yaml': ['datasources:', source('ok', 'ok'), source('error', 'error'), source('fail', 'fail'), source('bad', 'bad')].join(
      '\n',
    ),
  };
  await using server = await openTestServer({ files });
  const cases: [string, number, unknown][] = [
    ['ok', 200, { message: 'fine', status: 'OK' }],
    ['error', 400, { details: { a: [1], b: 1.5 }, message: 'not healthy', status: 'ERROR' }],
    ['fail', 500, { statusCode: 500, messageId: 'plugin.healthCheck', message: 'Plugin health check failed' }],
    ['bad', 500, { message: 'Failed to unmarshal detailed response from backend plugin' }],
    ['nothing', 404, { message: 'Unable to load datasource metadata' }],
    ['a%20b', 400, { message: 'UID is invalid' }],
  ];
  for (const [uid, status, body] of cases) {
    const answer = await server.call('GET', `/api/datasources/uid/${uid}/health`);
    assert.deepEqual([answer.status, answer.body], [status, body], uid);
  }
  assert.equal((await server.call('OPTIONS', '/api/datasources/uid/ok/health')).status, 200);
});

test('there are no correlations, in pages', async () => {
  await using server = await openTestServer();
  const { status, body } = await server.call('GET', '/api/datasources/correlations?page=2&limit=5000');
  assert.deepEqual([status, body], [200, { correlations: [], totalCount: 0, page: 2, limit: 1000 }]);
  const missing = await server.call('GET', '/api/datasources/uid/nothing/correlations');
  assert.deepEqual([missing.status, missing.body], [404, { message: 'Source data source not found' }]);
});

test('reloading applies changed files', async () => {
  await using server = await openTestServer({ files: { 'datasources/a.yaml': 'datasources: [{ name: A, uid: a, type: t }]' } });
  await server.services.dataSources.remove(1, 1);
  const { status, body } = await server.call('POST', '/api/admin/provisioning/datasources/reload');
  assert.deepEqual([status, body], [200, { message: 'Datasources config reloaded' }]);
  assert.equal((await server.call('GET', '/api/datasources/uid/a')).status, 200);
});

test('files that cannot be applied are a 400 that names file and line, and the log says what is wrong', async () => {
  await using server = await openTestServer({ files: { 'datasources/a.yaml': 'datasources:\n  - { name: A, uid: a, type: t }' } });
  await server.call('POST', '/api/datasources', input('B', { uid: 'b' }));
  await server.services.dataSources.update(1, 1, { name: 'other', type: 't', access: 'proxy', jsonData: '{}' });
  await server.services.dataSources.update(1, 2, { name: 'A', type: 't', access: 'proxy', jsonData: '{}' });
  const { status, body } = await server.call('POST', '/api/admin/provisioning/datasources/reload');
  assert.equal(status, 400);
  assert.match(body.message, /^A provisioning file cannot be applied: .*a\.yaml:2$/);
  assert.ok(server.lines.some((line) => line.includes('data source with the same uid already exists')));
});

test('a secret may have any name, also one that objects know', async () => {
  await using server = await openTestServer();
  const names = ['__proto__', 'constructor', 'toString'];
  const secureJsonData = Object.fromEntries(names.map((name) => [name, 'x']));
  const created = await server.call('POST', '/api/datasources', input('odd', { secureJsonData }));
  assert.deepEqual(Object.keys(created.body.datasource.secureJsonFields).sort(), [...names].sort());
  for (const wrong of [{ a: 1 }, [], 'text']) {
    assert.equal((await server.call('POST', '/api/datasources', input('wrong', { secureJsonData: wrong }))).status, 400);
  }
});
