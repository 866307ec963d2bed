import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseExactJson } from './parse-json.ts';
import { toQueries } from './query-document.ts';
import { parseLimit, parseTime } from './time.ts';

const NOW = Date.UTC(2026, 0, 2, 12);
const HOUR = 3_600_000;

function queries(text: string, range: { from?: string; to?: string } = {}) {
  return toQueries(parseExactJson(text, 'the query'), { ...range, nowMs: NOW });
}

test('one query, an array, and the body of /api/ds/query are all queries', () => {
  assert.deepEqual(queries('{"rawSql": "SELECT 1"}'), [
    {
      refId: 'A',
      queryType: '',
      maxDataPoints: 100,
      intervalMs: 1000,
      timeRange: { fromMs: NOW - HOUR, toMs: NOW },
      json: '{"rawSql":"SELECT 1"}',
    },
  ]);
  assert.deepEqual(
    queries('[{}, {"refId": "X"}, {}]').map(({ refId }) => refId),
    ['A', 'X', 'C'],
  );
  const [query] = queries(
    '{"from": "now-6h", "to": "1767355200000", "queries": [{"queryType": "t", "maxDataPoints": 5, "intervalMs": 20}]}',
  );
  assert.deepEqual(query?.timeRange, { fromMs: NOW - 6 * HOUR, toMs: NOW });
  assert.deepEqual([query?.queryType, query?.maxDataPoints, query?.intervalMs], ['t', 5, 20]);
});

test('--from and --to win over the document, a time range of a query over both', () => {
  const text = '{"from": "now-6h", "queries": [{}, {"timeRange": {"from": "now-2h", "to": "now-1h"}}]}';
  assert.deepEqual(
    queries(text, { from: 'now-3h' }).map(({ timeRange }) => timeRange),
    [
      { fromMs: NOW - 3 * HOUR, toMs: NOW },
      { fromMs: NOW - 2 * HOUR, toMs: NOW - HOUR },
    ],
  );
});

test('numbers keep their digits on the way to the plugin', () => {
  const [query] = queries('{"big": 9223372036854775807, "f": 1.10, "maxDataPoints": 9007199254740993}');
  assert.equal(query?.json, '{"big":9223372036854775807,"f":1.10,"maxDataPoints":9007199254740993}');
  assert.equal(query?.maxDataPoints, 9_007_199_254_740_993n);
});

test('a document without sense is refused with the query that is wrong', () => {
  assert.throws(() => queries('[]'), /has no queries/);
  assert.throws(() => queries('[{}, 5]'), /query 2 is no JSON object/);
  assert.throws(() => queries('[{"refId": "A"}, {"refId": "A"}]'), /refId A stands for two queries/);
  assert.throws(() => queries('{"intervalMs": 1.5}'), /intervalMs of query A is no whole number/);
  assert.throws(() => queries('{"timeRange": {"from": "noon"}}'), /timeRange\.from of query A noon is no time/);
  assert.throws(() => queries('{'), /the query is no JSON: /);
});

test('times and limits are read as people write them', () => {
  assert.equal(parseTime('now-15m', '--from', NOW), NOW - 900_000);
  assert.equal(parseTime('now+1d', '--to', NOW), NOW + 24 * HOUR);
  assert.equal(parseTime('1767355200000', '--to', NOW), NOW);
  assert.equal(parseTime('2026-01-02T12:00:00Z', '--to', NOW), NOW);
  assert.throws(() => parseTime('now-1x', '--to', NOW), /--to now-1x is no time/);
  assert.deepEqual(
    ['500ms', '30s', '2m', '7'].map((text) => parseLimit(text, '--timeout')),
    [500, 30_000, 120_000, 7000],
  );
  for (const text of ['0', '-1', 'soon', '']) assert.throws(() => parseLimit(text, '--timeout'), /is no duration/);
});
