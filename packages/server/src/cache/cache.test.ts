import assert from 'node:assert/strict';
import { test } from 'node:test';
import { float64, frame, frameToJson, time, utf8 } from '@backplane/frames';
import type { PluginCall, QueryDataResponse } from '@backplane/host';
import { Registry } from 'prom-client';
import { createLogger } from '../log/index.ts';
import { decodeQueryAnswer, decodeResource, encodeQueryAnswer, encodeResource } from './answer-codec.ts';
import { cacheKey } from './cache-key.ts';
import { type CacheSetting, type CacheSettings, MemoryStore, ServerCache } from './index.ts';

const query = { refId: 'A', queryType: '', maxDataPoints: 100, intervalMs: 1000, timeRange: { fromMs: 0, toMs: 3_600_000 }, json: '{}' };
const dataSource = { id: 7, uid: 'u', updatedAtMs: 1, name: 'Seven' };
type Changes = { context?: object; query?: object; headers?: Record<string, string>; origin?: Record<string, string> };

function call({ context = {}, query: own = {}, headers = {}, origin = {} }: Changes = {}): PluginCall<'queryData'> {
  const user = { login: 'ann', name: 'Ann', email: 'a@b', role: 'Viewer' };
  const request = {
    context: { orgId: 1, user, config: {}, userAgent: '', dataSource, ...context },
    headers,
    queries: [{ ...query, ...own }],
  };
  return {
    endpoint: 'queryData',
    pluginId: 'p',
    pluginVersion: '1',
    request,
    signal: undefined,
    origin: { headers: origin },
  } as unknown as PluginCall<'queryData'>;
}

const answer = (rows = 3): QueryDataResponse => {
  const names = Array.from({ length: rows }, (_, index) => `row ${index}`);
  const table = frame('t', {
    at: time.fromMillis(names.map((_, index) => index)),
    value: float64(names.map((_, index) => index / 3)),
    name: utf8(names),
  });
  return {
    responses: new Map([
      ['A', { status: 200, frames: [table, table] }],
      ['B', { status: 201, frames: [] }],
    ]),
  };
};

function open(setting: Partial<CacheSetting> = {}, { maxBytes = 1_000_000, maxValueBytes = 100_000, maxTtlMs = 0 } = {}) {
  const clock = { nowMs: 1000 };
  const all = { enabled: true, useDefaultTtl: true, ttlQueriesMs: 0, ttlResourcesMs: 0, createdAtMs: 0, updatedAtMs: 0, ...setting };
  const settings = { find: (id: number) => (id === 7 ? all : undefined) } as CacheSettings;
  const store = new MemoryStore({ maxBytes, now: () => clock.nowMs });
  const logger = createLogger({ level: 'error', write: () => undefined });
  const cache = new ServerCache({ settings, store, ttlMs: 60_000, maxTtlMs, maxValueBytes, logger, metrics: new Registry() });
  const isKept = async (changes?: Changes) => (await cache.getQuery(call(changes))) !== undefined;
  return { cache, clock, store, isKept };
}

test('answers and resources come back from their bytes as they were', () => {
  const { responses } = decodeQueryAnswer(encodeQueryAnswer(answer()));
  assert.deepEqual([...responses.keys()], ['A', 'B']);
  assert.deepEqual(
    responses.get('A')?.frames.map((one) => frameToJson(one)),
    answer()
      .responses.get('A')
      ?.frames.map((one) => frameToJson(one)),
  );
  assert.equal(responses.get('B')?.status, 201);
  const resource = { status: 206, headers: { 'X-A': ['1', '2'] }, body: new TextEncoder().encode('körper') };
  const { body, ...head } = decodeResource(encodeResource(resource));
  assert.deepEqual({ ...head, body: new Uint8Array(body) }, resource);
});

test('users, organisations, credentials, settings and questions never share a key [security/cache]', () => {
  const changes: Changes[] = [
    {},
    { context: { orgId: 2 } },
    { context: { user: { login: 'bob', name: 'Ann', email: 'a@b', role: 'Viewer' } } },
    { context: { user: { login: 'ann', name: 'Ann', email: 'a@b', role: 'Admin' } } },
    { context: { user: undefined } },
    { context: { dataSource: { ...dataSource, updatedAtMs: 2 } } },
    { context: { dataSource: { ...dataSource, id: 8 } } },
    { headers: { Cookie: 'a=1' } },
    { headers: { Cookie: 'a=2' } },
    { headers: { Authorization: 'Bearer x' } },
    { headers: { 'http_X-Other': '1' } },
    { query: { refId: 'B' } },
    { query: { json: '{"a":1}' } },
    { query: { queryType: 'x' } },
    { query: { timeRange: { fromMs: 0, toMs: 7_200_000 } } },
  ];
  const keys = changes.map((change) => cacheKey(call(change)));
  assert.equal(new Set(keys).size, changes.length);
  assert.equal(cacheKey(call({ headers: { 'http_X-Panel-Id': '1', 'http_X-Dashboard-Uid': 'd' } })), keys[0]);
});

test('neighbours in time share a key, by the distance of their points', () => {
  const at = (ms: number) => cacheKey(call({ query: { timeRange: { fromMs: ms, toMs: ms + 3_600_000 } } }));
  assert.equal(at(36_000), at(36_000 + 35_999));
  assert.notEqual(at(36_000), at(72_000));
});

test('nothing is kept of a data source that was not switched on, and a client can ask past the cache', async () => {
  const { cache, isKept } = open();
  const other = { context: { dataSource: { ...dataSource, id: 9 } } };
  await cache.putQuery(call(other), answer());
  assert.equal(await isKept(other), false);
  await cache.putQuery(call(), answer());
  assert.equal(await isKept(), true);
  const skipping = call({ origin: { 'x-cache-skip': 'true' } });
  assert.equal(await cache.getQuery(skipping), undefined);
  assert.equal(skipping.origin && cache.statusOf(skipping.origin), 'BYPASS');
  assert.equal(cache.sharedKey(skipping), undefined);
});

test('the panel says for how long, then the data source, then the configuration, up to a limit', async () => {
  const panel = { query: { json: '{"queryCachingTTL":5000}' } };
  const cases: [Partial<CacheSetting>, Changes, number, number][] = [
    [{}, {}, 0, 60_000],
    [{ useDefaultTtl: false, ttlQueriesMs: 7000 }, {}, 0, 7000],
    [{ useDefaultTtl: false, ttlQueriesMs: 7000 }, panel, 0, 5000],
    [{ useDefaultTtl: false, ttlQueriesMs: 7000 }, {}, 3000, 3000],
  ];
  for (const [setting, changes, maxTtlMs, ttlMs] of cases) {
    const { cache, clock, isKept } = open(setting, { maxTtlMs });
    await cache.putQuery(call(changes), answer());
    clock.nowMs += ttlMs - 1;
    assert.equal(await isKept(changes), true, `${ttlMs}`);
    clock.nowMs += 1;
    assert.equal(await isKept(changes), false, `${ttlMs}`);
  }
});

test('what is too large, and what AWS still works on, is not kept', async () => {
  const { cache, isKept, store } = open({}, { maxValueBytes: 5000 });
  await cache.putQuery(call(), answer(10_000));
  assert.equal(await isKept(), false);
  const running = (answer().responses.get('A')?.frames ?? []).map((one) =>
    one.with({ meta: { custom: { queryID: '1', status: 'Running' } } }),
  );
  await cache.putQuery(call(), { responses: new Map([['A', { status: 200, frames: running }]]) });
  assert.equal(await isKept(), false);
  assert.equal(store.bytes, 0);
});

test('memory has a limit: the longest unused go first, the expired when they are swept', async () => {
  const clock = { nowMs: 0 };
  const store = new MemoryStore({ maxBytes: 1000, now: () => clock.nowMs });
  for (const key of ['a', 'b', 'c']) await store.set(key, new Uint8Array(100), 1000);
  assert.ok(await store.get('a'));
  await store.set('d', new Uint8Array(100), 10);
  assert.deepEqual(await Promise.all(['a', 'b', 'c', 'd'].map(async (key) => (await store.get(key)) !== undefined)), [
    true,
    false,
    true,
    true,
  ]);
  await store.set('huge', new Uint8Array(2000), 1000);
  assert.equal(await store.get('huge'), undefined);
  clock.nowMs = 500;
  const before = store.bytes;
  store.sweep();
  assert.ok(store.bytes < before);
  await store.clear();
  assert.equal(store.bytes, 0);
});

test('a store that fails is no store', async () => {
  const { cache, store } = open();
  store.get = () => Promise.reject(new Error('gone'));
  store.set = () => Promise.reject(new Error('gone'));
  const asked = call();
  assert.equal(await cache.getQuery(asked), undefined);
  await cache.putQuery(asked, answer());
  assert.equal(asked.origin && cache.statusOf(asked.origin), 'ERROR');
});
