import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Counter } from 'prom-client';
import { openTestServer } from '../fixtures/test-server.ts';

const basic = (login: string) => ({ authorization: `Basic ${Buffer.from(login).toString('base64')}` });

test('what rooms add to the registry is read without an account, in the text format of Prometheus', async () => {
  await using server = await openTestServer();
  new Counter({ name: 'acme_total', help: 'Things.', registers: [server.services.metrics] }).inc(3);
  const { status, headers, text } = await server.send({ method: 'GET', url: '/metrics' });
  assert.equal(status, 200);
  assert.equal(headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
  assert.match(text, /^acme_total 3$/m);
});

test('metrics may need a password, and may be switched off', async () => {
  await using closed = await openTestServer({ env: { GF_METRICS_BASIC_AUTH_USERNAME: 'prom', GF_METRICS_BASIC_AUTH_PASSWORD: 'pass' } });
  const ask = (headers: Record<string, string>) => closed.send({ method: 'GET', url: '/metrics', headers });
  assert.equal((await ask(basic('prom:pass'))).status, 200);
  const refused = await ask(basic('prom:wrong'));
  assert.deepEqual([refused.status, refused.headers['www-authenticate'], refused.text], [401, 'Basic realm="Grafana"', '']);
  await using off = await openTestServer({ env: { GF_METRICS_ENABLED: 'false' } });
  assert.equal((await off.send({ method: 'GET', url: '/metrics' })).status, 404);
});
