import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asAdmin, listenTestServer, openTestServer } from '../fixtures/test-server.ts';

test('a server is ready once it is open, and not any more when its database does not answer', async () => {
  await using server = await openTestServer();
  const ready = await server.send({ method: 'GET', url: '/readyz' });
  assert.deepEqual([ready.status, ready.text], [200, '{"status":"ready"}']);
  await server.services.store.close();
  const failing = await server.send({ method: 'GET', url: '/readyz' });
  assert.deepEqual([failing.status, failing.text], [503, '{"status":"database failing"}']);
  assert.equal((await server.send({ method: 'GET', url: '/healthz' })).status, 200, 'a restart would not mend that');
});

test('a server that stops says so while it still answers, and finishes the call in flight', async () => {
  const files = { 'datasources/a.yaml': 'datasources: [{ name: A, uid: a, type: acme-ref-datasource }]' };
  await using server = await listenTestServer({ files, env: { GF_BACKPLANE_SHUTDOWN_DELAY: '2s' } });
  const waiting = await fetch(`${server.address.url}/api/datasources/uid/a/resources/wait`, { headers: asAdmin });
  const closed = server.close();
  const stopping = await fetch(`${server.address.url}/readyz`);
  assert.deepEqual([stopping.status, await stopping.json()], [503, { status: 'stopping' }]);
  server.host.release();
  assert.equal(await waiting.text(), 'late');
  await closed;
  await assert.rejects(fetch(`${server.address.url}/readyz`));
});
