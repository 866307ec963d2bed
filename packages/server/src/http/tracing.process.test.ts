import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openTestServer } from '../fixtures/test-server.ts';
import { startUpstream } from '../fixtures/upstream.ts';

test('without a receiver nothing is traced: no header, no hook, and a client keeps its trace', async () => {
  await using server = await openTestServer();
  assert.equal(server.services.tracing, undefined);
  const { headers } = await server.call('GET', '/api/org');
  assert.equal(headers['grafana-trace-id'], undefined);
});

test('a receiver that is not there costs a request nothing, and one line of the log', async () => {
  await using server = await openTestServer({ env: { GF_TRACING_OPENTELEMETRY_OTLP_ADDRESS: '127.0.0.1:1' } });
  const { status, headers } = await server.call('GET', '/api/org');
  assert.equal(status, 200);
  assert.match(String(headers['server-timing']), new RegExp(`^traceparent;desc="00-${headers['grafana-trace-id']}-[0-9a-f]{16}-01"$`));
  assert.equal((await server.call('GET', '/api/health')).headers['grafana-trace-id'], undefined);
  await server.close();
  const lines = server.lines.filter((line) => line.includes('Spans could not be sent'));
  assert.equal(lines.length, 1);
  assert.match(lines[0] ?? '', /level=warn .*spans=1 address=127\.0\.0\.1:1 error=/);
});

test('a proxied request goes on with the trace of its span, and untraced with that of its client', async () => {
  await using upstream = await startUpstream();
  const traceId = '0af7651916cd43dd8448eb211c80319c';
  const sent = `00-${traceId}-b7ad6b7169203331-00`;
  const source = { name: 'Up', uid: 'up', type: 'acme-ref-datasource', access: 'proxy', url: upstream.url };
  for (const address of ['127.0.0.1:1', '']) {
    await using server = await openTestServer({ env: { GF_TRACING_OPENTELEMETRY_OTLP_ADDRESS: address } });
    assert.equal((await server.call('POST', '/api/datasources', source)).status, 200);
    const { status, headers } = await server.call('GET', '/api/datasources/proxy/uid/up/x', undefined, { traceparent: sent });
    assert.equal(status, 200);
    const arrived = upstream.arrivals.at(-1)?.headers.traceparent;
    assert.deepEqual([`traceparent;desc="${arrived?.[0]}"`, arrived?.length], [headers['server-timing'], 1]);
    assert.equal(arrived?.[0] === sent, address === '');
    assert.match(arrived?.[0] ?? '', new RegExp(`^00-${traceId}-`));
  }
});
