import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isServerError, type ServerErrorCode } from '../errors/index.ts';
import { parseJson } from '../json/index.ts';
import { parseQueryRequest, parseTime } from './index.ts';
import { mapLimited } from './map-limited.ts';

const nowMs = Date.parse('2026-11-22T18:04:53.053Z');
const parse = (text: string, hasOwnRanges = false) => parseQueryRequest(parseJson(text), { nowMs, hasOwnRanges });
const one = (query: string, hasOwnRanges = false) => {
  const [parsed] = parse(`{"from":"1704067200000","to":"1704070800000","queries":[${query}]}`, hasOwnRanges);
  assert.ok(parsed);
  return parsed;
};
const fails = (code: ServerErrorCode) => (error: unknown) => isServerError(error, code);

test('times are read as in the recordings', () => {
  const cases: [string, number][] = [
    ['1704067200000', 1704067200000],
    ['-1000', -1000],
    ['9999999999999999', 1864712049422],
    ['99999999999999999', 200376420519],
    ['99999999999999999999', 0],
    ['now', nowMs],
    ['now-1h', nowMs - 3_600_000],
    ['now+1h', nowMs + 3_600_000],
    ['5m', nowMs - 300_000],
    ['1h30m', nowMs - 5_400_000],
    ['1.5s', nowMs - 1500],
    ['now-1d/d', Date.parse('2026-11-21')],
    ['now/w', Date.parse('2026-11-16')],
    ['now/M', Date.parse('2026-11-01')],
    ['now/y', Date.parse('2026-01-01')],
    ['2024-01-01T00:00:00Z', 1704067200000],
    ['2024-01-01', 1704067200000],
    ['2024-01-01||+1M', Date.parse('2024-02-01')],
    ['yesterday', 0],
    ['now-1x', 0],
    ['', 0],
    ['now-99999999999999y', 0],
    ['now-999999999999999999999d', 0],
    ['999999999999999999h', 0],
  ];
  for (const [text, expected] of cases) assert.equal(parseTime(text, { nowMs }), expected, text);
});

test('a text of megabytes is no time, and costs none', () => {
  // Where a text is tried from each of its characters this takes minutes, not milliseconds.
  const startedAtMs = performance.now();
  for (const text of ['1'.repeat(1_000_000), `${'1'.repeat(1_000_000)}x`, `now${'-1d'.repeat(300_000)}`]) {
    assert.equal(parseTime(text, { nowMs }), 0);
  }
  assert.ok(performance.now() - startedAtMs < 10_000);
});

test('the end of a range is rounded to the last millisecond', () => {
  assert.equal(parseTime('now-1d/d', { nowMs, roundUp: true }), Date.parse('2026-11-21T23:59:59.999Z'));
  assert.equal(parseTime('2024-01-01', { nowMs, roundUp: true }), Date.parse('2024-01-01T23:59:59.999Z'));
  assert.equal(parseTime('2024-01-01T01:00:00Z', { nowMs, roundUp: true }), 1704070800000);
});

test('defaults are refId A, 100 points and 1000 ms; what is given is passed on', () => {
  assert.deepEqual(one('{"datasource":{"uid":"u"}}'), {
    selector: { uid: 'u' },
    query: {
      refId: 'A',
      queryType: '',
      maxDataPoints: 100n,
      intervalMs: 1000n,
      timeRange: { fromMs: 1704067200000, toMs: 1704070800000 },
      json: '{"datasource":{"uid":"u"}}',
    },
  });
  const given = one('{"refId":"","maxDataPoints":0,"intervalMs":-5,"queryType":"special"}').query;
  assert.deepEqual([given.refId, given.maxDataPoints, given.intervalMs, given.queryType], ['', 0n, -5n, 'special']);
  const odd = one('{"refId":5,"maxDataPoints":10.7,"intervalMs":"7"}').query;
  assert.deepEqual([odd.refId, odd.maxDataPoints, odd.intervalMs], ['A', 100n, 1000n]);
});

test('the plugin gets sorted keys, escaped markup and numbers as they were written', () => {
  const { query } = one('{"z":1.50,"refId":"A","big":9007199254740993,"exp":1e2,"a":"\\u003cb>"}');
  assert.equal(query.json, '{"a":"\\u003cb\\u003e","big":9007199254740993,"exp":1e2,"refId":"A","z":1.50}');
});

test('a data source is named by uid, by plain text, or by the old number', () => {
  assert.deepEqual(one('{"datasource":{"uid":"u"},"datasourceId":7}').selector, { uid: 'u' });
  assert.deepEqual(one('{"datasource":"u"}').selector, { uid: 'u' });
  assert.deepEqual(one('{"datasourceId":7}').selector, { id: 7 });
  for (const query of [
    '{}',
    '{"datasource":5}',
    '{"datasource":{"type":"t"}}',
    '{"datasourceId":"word"}',
    '{"datasourceUid":"u"}',
    '"text"',
  ]) {
    assert.equal(one(query).selector, undefined, query);
  }
});

test('a time range inside a query counts only when asked for, and is then taken out', () => {
  const query = '{"refId":"A","timeRange":{"from":"1704060000000","to":"1704063600000"}}';
  assert.deepEqual(one(query, true).query.timeRange, { fromMs: 1704060000000, toMs: 1704063600000 });
  assert.equal(one(query, true).query.json, '{"refId":"A"}');
  assert.equal(one(query).query.timeRange.fromMs, 1704067200000);
  assert.match(one(query).query.json, /timeRange/);
  assert.throws(() => one('{"timeRange":{"from":1,"to":2}}', true), fails('query_time_range_invalid'));
});

test('bodies of the wrong shape are bad requests, bodies without queries have none', () => {
  for (const text of ['"x"', '[1]', '5', '{"queries":{"A":{}}}', '{"from":1,"queries":[{}]}', '{"queries":[null]}']) {
    assert.throws(() => parse(text), fails('bad_request_data'), text);
  }
  for (const text of ['{}', 'null', '{"queries":[]}', '{"queries":null}']) assert.throws(() => parse(text), fails('query_none'), text);
});

test('a limited map runs so many at a time and keeps the order', async () => {
  let running = 0;
  let most = 0;
  const results = await mapLimited([1, 2, 3, 4, 5], 2, async (item) => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setImmediate(resolve));
    running--;
    return item * 10;
  });
  assert.deepEqual(results, [10, 20, 30, 40, 50]);
  assert.equal(most, 2);
});
