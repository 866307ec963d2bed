import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startReceiver } from '@backplane/protocol/otlp/testing';
import { traceCalls } from '../index.ts';
import { parseManifest } from '../manifest/index.ts';
import { openTracing } from './index.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const manifest = (version: string) =>
  parseManifest(JSON.stringify({ id: 'acme-ds', type: 'datasource', name: 'A', info: { version } }), 'plugin.json');
const logger = { warn: assert.fail };

test('plugins are told the receiver, the propagation, the sampler and their version, as Grafana does [D34]', async () => {
  await using plain = await openTracing({ address: '127.0.0.1:4317', resource: {}, logger });
  assert.deepEqual(plain.environment(manifest('1.2.3')), {
    GF_INSTANCE_OTLP_ADDRESS: '127.0.0.1:4317',
    GF_INSTANCE_OTLP_PROPAGATION: 'w3c',
    GF_INSTANCE_OTLP_SAMPLER_TYPE: 'const',
    GF_INSTANCE_OTLP_SAMPLER_PARAM: '1.000000',
    GF_INSTANCE_OTLP_SAMPLER_REMOTE_URL: '',
    GF_PLUGIN_VERSION: '1.2.3',
  });
  assert.equal('GF_PLUGIN_VERSION' in plain.environment(manifest('')), false);
  await plain[Symbol.asyncDispose]();
  const sampled = { samplerType: 'remote', samplerParam: 0.5, samplerUrl: 'http://sampler:5778', propagation: ['jaeger'] } as const;
  await using other = await openTracing({ address: 'collector:1', ...sampled, resource: {}, logger });
  const { GF_INSTANCE_OTLP_PROPAGATION: propagation, ...rest } = other.environment(manifest(''));
  assert.equal(propagation, 'w3c,jaeger', 'calls carry a traceparent in any case');
  assert.deepEqual(Object.values(rest), ['collector:1', 'remote', '0.500000', 'http://sampler:5778']);
});

test('a request goes on with the trace of its client, and calls in it are its parts', async () => {
  await using receiver = await startReceiver();
  const resource = { 'service.name': 'acme' };
  {
    await using tracing = await openTracing({ address: `127.0.0.1:${receiver.port}`, resource, logger });
    const call = traceCalls();
    const span = tracing.startRequest('HTTP GET /x', { traceparent: `00-${traceId}-b7ad6b7169203331-01` });
    assert.deepEqual([span.traceId, span.traceparent.slice(0, 36)], [traceId, `00-${traceId}-`]);
    const request = { context: { orgId: 1, config: {}, userAgent: 'test' }, headers: {} };
    const seen: (string | undefined)[] = [];
    await span.run(async () => {
      await new Promise(setImmediate);
      await call({ endpoint: 'checkHealth', pluginId: 'acme-ds', request } as Parameters<typeof call>[0], async ({ traceparent }) => {
        seen.push(traceparent);
        return { status: 'ok', message: '' } as never;
      });
    });
    span.end({ 'http.status_code': 500 }, 'error with HTTP status code 500');
    const unsampled = tracing.startRequest('HTTP GET /y', { traceparent: `00-${traceId}-b7ad6b7169203331-00` });
    assert.match(unsampled.traceparent, /-00$/);
    unsampled.end({});
    assert.match(tracing.startRequest('HTTP GET /z', {}).traceparent, /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    await tracing[Symbol.asyncDispose]();
    const [made, outer] = receiver.spans;
    assert.equal(seen[0], `00-${traceId}-${made?.spanId}-01`);
    assert.deepEqual(
      receiver.spans.map(({ name, kind, parentId, status }) => [name, kind, parentId, status]),
      [
        ['PluginClient.checkHealth', 3, outer?.spanId, 0],
        ['HTTP GET /x', 2, 'b7ad6b7169203331', 2],
      ],
    );
    assert.deepEqual(outer?.attributes, { 'http.status_code': 500 });
  }
});
