import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { asAdmin, listenTestServer } from '../fixtures/test-server.ts';

const files = { 'datasources/a.yaml': 'datasources: [{ name: A, uid: a, type: acme-ref-datasource }]' };

test('a connection that never says a word is closed, one that waits for its answer is not', async () => {
  await using server = await listenTestServer({ files, env: { GF_SERVER_READ_TIMEOUT: '1s' } });
  const waiting = await fetch(`${server.address.url}/api/datasources/uid/a/resources/wait`, { headers: asAdmin });
  const silent = connect(server.address.port, '127.0.0.1');
  silent.resume();
  await once(silent, 'close');
  server.host.release();
  assert.equal(await waiting.text(), 'late');
});
