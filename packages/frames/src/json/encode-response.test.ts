import assert from 'node:assert/strict';
import { test } from 'node:test';
import { float64, frame, utf8 } from '../build/index.ts';
import { joinBlocks } from './encode-frame.ts';
import { encodeQueryResponse, type QueryResult } from './index.ts';

const write = (responses: [string, QueryResult][]) => joinBlocks(encodeQueryResponse(responses));
const NUMBERS = '"fields":[{"name":"v","type":"number","typeInfo":{"frame":"float64"}}]},"data":{"values":[[1]]}}';

test('refIds are sorted, statuses filled in, and frames get the refId of their query', () => {
  const one = frame('n', { v: float64([1]) });
  assert.equal(
    write([
      ['B', { frames: [one.with({ refId: 'own' })] }],
      ['A', { frames: [one, one] }],
    ]),
    `{"results":{"A":{"status":200,"frames":[{"schema":{"name":"n","refId":"A",${NUMBERS},{"schema":{"name":"n","refId":"A",${NUMBERS}]},` +
      `"B":{"status":200,"frames":[{"schema":{"name":"n","refId":"own",${NUMBERS}]}}}`,
  );
});

test('errors come first, with their source and a status', () => {
  assert.equal(
    write([['A', { error: 'acme: <b>"no"</b>', errorSource: 'downstream', status: 502, frames: [] }]]),
    '{"results":{"A":{"error":"acme: <b>\\"no\\"</b>","errorSource":"downstream","status":502,"frames":[]}}}',
  );
  assert.equal(write([['A', { error: 'x' }]]), '{"results":{"A":{"error":"x","errorSource":"","status":500}}}');
  assert.equal(
    write([['A', { error: 'x', status: 7, errorSource: 'plugin' }]]),
    '{"results":{"A":{"error":"x","errorSource":"plugin","status":500}}}',
  );
});

test('no responses, no frames, and a status that is none', () => {
  assert.equal(write([]), '{"results":{}}');
  assert.equal(write([['', {}]]), '{"results":{"":{"status":200}}}');
  assert.equal(write([['A', { status: 700, frames: [] }]]), '{"results":{"A":{"frames":[]}}}');
});

test('a response of many frames is written in blocks that together are one document', () => {
  const big = frame('', { s: utf8(Array.from({ length: 9000 }, (_, i) => `row ${i} "quoted"`)) }, { refId: 'x'.repeat(300_000) });
  const parsed = JSON.parse(write(Array.from({ length: 5 }, (_, i) => [`Q${i}`, { frames: [big, big] }])));
  for (let i = 0; i < 5; i++) {
    assert.equal(parsed.results[`Q${i}`].frames[1].schema.refId.length, 300_000);
    assert.equal(parsed.results[`Q${i}`].frames[1].data.values[0][8999], 'row 8999 "quoted"');
  }
});
