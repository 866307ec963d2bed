import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openTestServer } from '../fixtures/test-server.ts';

const files = {
  'datasources/a.yaml': 'datasources: [{ name: A, uid: a, type: acme-ref-datasource }, { name: B, uid: b, type: acme-ref-datasource }]',
};
const body = (uids: string[] = ['a'], more = {}) => ({
  from: '1000',
  to: '2000',
  queries: uids.map((uid) => ({ refId: uid, datasource: { uid }, ...more })),
});

test('answers are kept once a data source says so, and forgotten when they are cleaned', async () => {
  await using server = await openTestServer({ files });
  const ask = async (uids?: string[], headers?: Record<string, string>, more?: object) =>
    (await server.call('POST', '/api/ds/query', body(uids, more), headers)).headers['x-cache'];
  assert.deepEqual([await ask(), await ask()], ['', '']);
  assert.equal(server.host.calls.queries.length, 2);
  await server.call('POST', '/api/datasources/a/cache/enable');
  assert.deepEqual([await ask(), await ask(), await ask()], ['MISS', 'HIT', 'HIT']);
  assert.equal(server.host.calls.queries.length, 3);
  assert.equal(await ask(['a'], { 'x-cache-skip': 'true' }), 'BYPASS');
  assert.equal(await ask(['a', 'b']), 'HIT');
  assert.equal(await ask(['a'], {}, { mode: 'error' }), 'MISS');
  assert.equal(await ask(['a'], {}, { mode: 'error' }), 'MISS', 'errors are not kept');
  await server.call('POST', '/api/datasources/b/cache/clean');
  assert.equal(await ask(), 'MISS');
  await server.call('POST', '/api/datasources/a/cache/disable');
  assert.equal(await ask(), '');
});

test('an answer from the cache is the answer, byte by byte', async () => {
  await using server = await openTestServer({ files });
  await server.call('POST', '/api/datasources/a/cache/enable');
  const [first, second] = [await server.call('POST', '/api/ds/query', body()), await server.call('POST', '/api/ds/query', body())];
  assert.equal(second.headers['x-cache'], 'HIT');
  assert.equal(second.text, first.text);
});

test('equal queries at the same time ask the plugin once', async () => {
  await using server = await openTestServer({ files });
  await server.call('POST', '/api/datasources/a/cache/enable');
  const answers = await Promise.all([1, 2, 3].map(() => server.call('POST', '/api/ds/query', body())));
  assert.deepEqual(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size, 1);
  assert.equal(server.host.calls.queries.length, 1);
});

test('reading resource calls are kept, writing ones go through', async () => {
  await using server = await openTestServer({ files });
  await server.call('POST', '/api/datasources/a/cache/enable');
  const ask = async (method: 'GET' | 'POST') => {
    const { headers, text } = await server.call(method, '/api/datasources/uid/a/resources/parts?x=1');
    return [headers['x-cache'], text];
  };
  assert.deepEqual(
    [await ask('GET'), await ask('GET'), await ask('POST')],
    [
      ['MISS', 'one,two'],
      ['HIT', 'one,two'],
      ['', 'one,two'],
    ],
  );
});

test('a front end is told which data sources keep their answers, and for how long', async () => {
  await using server = await openTestServer({ files });
  const told = async () => {
    const { datasources, caching } = (await server.call('GET', '/api/frontend/settings')).body;
    return [caching.enabled, datasources.A.cachingConfig, datasources.B.cachingConfig];
  };
  const off = { enabled: false, TTLMs: 0 };
  assert.deepEqual(await told(), [true, off, off]);
  await server.call('POST', '/api/datasources/a/cache/enable');
  assert.deepEqual(await told(), [true, { enabled: true, TTLMs: 60_000 }, off]);
  await server.call('POST', '/api/datasources/a/cache', { useDefaultTTL: false, ttlQueriesMs: 5000 });
  assert.deepEqual(await told(), [true, { enabled: true, TTLMs: 5000 }, off]);
});

test('settings are read, changed and kept; a missing data source is 404', async () => {
  await using server = await openTestServer({ files });
  const path = '/api/datasources/a/cache';
  const before = await server.call('GET', path);
  const shown = {
    dataSourceUID: 'a',
    enabled: false,
    useDefaultTTL: true,
    ttlQueriesMs: 60_000,
    ttlResourcesMs: 60_000,
    defaultTTLMs: 60_000,
  };
  const at = { created: '0001-01-01T00:00:00Z', updated: '0001-01-01T00:00:00Z' };
  assert.deepEqual(before.body, { message: 'Data source cache settings loaded', dataSourceID: before.body.dataSourceID, ...shown, ...at });
  const changed = await server.call('POST', path, { enabled: true, useDefaultTTL: false, ttlQueriesMs: 5 });
  assert.equal(changed.body.message, 'Data source cache settings updated');
  const after = await server.call('GET', path);
  assert.deepEqual([after.body.enabled, after.body.useDefaultTTL, after.body.ttlQueriesMs], [true, false, 5]);
  assert.equal((await server.call('POST', path, { ttlQueriesMs: -1 })).status, 400);
  assert.equal((await server.call('GET', '/api/datasources/none/cache')).status, 404);
});

test('caching can be switched off as a whole', async () => {
  await using server = await openTestServer({ files, env: { GF_CACHING_ENABLED: 'false' } });
  await server.call('POST', '/api/datasources/a/cache/enable');
  const ask = async () => (await server.call('POST', '/api/ds/query', body())).headers['x-cache'];
  assert.deepEqual([await ask(), await ask()], ['', '']);
});
