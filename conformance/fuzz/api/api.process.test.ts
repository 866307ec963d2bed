import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SERVER_ERROR_CODES } from '@backplane/server';
import { needsGo } from '../../support/go.ts';
import { SecretSearch } from '../../support/secret-search.ts';
import { Random } from '../random.ts';
import { fuzzApi } from './api.ts';
import type { Description } from './description.ts';
import { createRequests } from './requests.ts';
import { sendOwn } from './send-own.ts';
import { Tally } from './tally.ts';

test('500 requests made from its own description: a server with plugins answers all, and fails none by itself', {
  timeout: 600_000,
  ...(await needsGo()),
}, async (t) => {
  const { failures, statuses, requests, coverage } = await fuzzApi({ requests: 500, seed: 1, send: sendOwn, hangMs: 240_000 });
  assert.deepEqual(failures, []);
  assert.equal(requests, 500);
  assert.ok((statuses.get(200) ?? 0) > 50 && (statuses.get(400) ?? 0) > 50, JSON.stringify([...statuses]));
  assert.ok(coverage.asked > coverage.described / 2 && coverage.done > coverage.described / 10, JSON.stringify(coverage));
  t.diagnostic(`${JSON.stringify([...statuses])}; ${coverage.asked} operations asked for, ${coverage.done} done`);
});

test('a request is made of its seed alone, and all parts of a description are used', () => {
  const description: Description = {
    paths: {
      '/a/{id}': {
        put: {
          operationId: 'a',
          parameters: [
            { name: 'id', in: 'path', schema: { type: 'string' } },
            { name: 'page', in: 'query', schema: { type: 'integer' } },
          ],
          requestBody: {
            content: { 'application/json': { schema: { type: 'object', required: ['x'], properties: { x: { type: 'boolean' } } } } },
          },
        },
      },
    },
  };
  const make = (seed: number) => createRequests(description)(new Random(seed));
  const made = Array.from({ length: 300 }, (_, seed) => make(seed));
  assert.deepEqual(
    Array.from({ length: 300 }, (_, seed) => make(seed)),
    made,
  );
  assert.ok(made.some(({ path }) => path.includes('?page=')));
  assert.ok(made.some(({ body }) => body === '{"x":true}'));
  assert.ok(made.every(({ path }) => path.startsWith('/a/')));
});

test("an error of the server, a silence and a secret are failures; a plugin's error, and what it says itself, are not", () => {
  const secrets = new SecretSearch();
  secrets.learn('canary');
  const tally = new Tally(secrets);
  const add = (url: string, status: number, body: string, headers = '') =>
    tally.add({ method: 'GET', url, requestBody: new Uint8Array(), answer: { status, headers, body: Buffer.from(body) }, tookMs: 1 });
  const { status, text, messageId } = SERVER_ERROR_CODES.plugin_request_failed.reply;
  add('/api/ds/query', status, JSON.stringify({ statusCode: status, messageId, message: text }));
  add('/api/datasources/uid/a/resources/x', 503, 'the plugin said so');
  add('/api/datasources/proxy/1/x', 200, 'canary, as the upstream got it');
  assert.deepEqual(tally.failures, []);
  add('/api/org', 500, '{"message":"Internal Server Error"}');
  add('/api/org', 503, 'nobody knows this');
  add('/api/datasources/uid/a/resources/x', 500, '{"message":"Internal Server Error"}');
  add('/api/org', 200, 'canary');
  add('/api/datasources/proxy/1/x', 200, '', 'x-header: canary');
  tally.add({ method: 'GET', url: '/', requestBody: new Uint8Array(), answer: undefined, error: 'none in 5 ms', tookMs: 5 });
  assert.equal(tally.failures.length, 6);
});
