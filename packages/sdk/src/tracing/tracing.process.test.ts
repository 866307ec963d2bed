import assert from 'node:assert/strict';
import { test } from 'node:test';
import { float64, frame } from '@backplane/frames';
import { startTracing } from '@backplane/protocol/otlp';
import { startReceiver } from '@backplane/protocol/otlp/testing';
import { data } from '@backplane/protocol/pluginv2';
import { servePlugin, sourceContext } from '../adapters/fixtures/served-plugin.ts';
import { dataSource } from '../declare.ts';
import { startService } from '../http/fixtures/echo-service.ts';
import { loadTracing } from './index.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';

test('a traced call is one trace from the host over the plugin to its service, and log lines name it', async () => {
  await using receiver = await startReceiver();
  await using service = await startService();
  const settings = { host: '127.0.0.1', port: receiver.port, propagators: ['w3c'], sampler: { kind: 'const', param: 0 } } as const;
  const tracing = startTracing({ settings, resource: { 'service.name': 'acme-datasource' }, log: { warn: assert.fail } });
  await loadTracing();
  try {
    let forwarded: string | undefined;
    const plugin = dataSource({
      id: 'acme-datasource',
      create: ({ fetch }) => fetch,
      async query(q, fetch, ctx) {
        ctx.log.info('asked');
        if (q.refId === 'B') throw new Error('broken');
        const { headers } = (await (await fetch(`http://localhost:${service.port}/path?token=secret`)).json()) as {
          headers: Record<string, string>;
        };
        forwarded = headers.traceparent;
        return frame('', { Value: float64([1]) });
      },
    });
    {
      await using served = await servePlugin(plugin);
      const metadata = [
        ['traceparent', `00-${traceId}-b7ad6b7169203331-01`],
        ['tenantid', 't1'],
      ] as const;
      const queries = ['A', 'B'].map((refId) => ({ refId, json: Buffer.from('{}') }));
      await served.channel.unary(data.queryData, { pluginContext: sourceContext(), queries }, { metadata });
      assert.deepEqual(
        served.logLines.filter((line) => line['@message'] === 'asked').map((line) => line.traceId),
        [traceId, traceId],
      );
    }
    await tracing.flush();
    await receiver.until(2);
    const [outgoing, call] = receiver.spans;
    assert.deepEqual(
      [call?.name, call?.traceId, call?.parentId, call?.kind, call?.status],
      ['sdk.queryData', traceId, 'b7ad6b7169203331', 2, 2],
    );
    assert.deepEqual(call?.attributes, {
      plugin_id: 'acme-datasource',
      org_id: 1,
      datasource_name: 'Acme',
      datasource_uid: 'abc',
      user: 'Ada',
      tenant_id: 't1',
      request_status: 'error',
      status_source: 'plugin',
    });
    assert.deepEqual(
      [outgoing?.name, outgoing?.traceId, outgoing?.parentId, outgoing?.kind],
      ['HTTP Outgoing Request', traceId, call?.spanId, 3],
    );
    assert.equal(outgoing?.attributes['http.url'], `http://localhost:${service.port}/path`);
    assert.equal(forwarded, `00-${traceId}-${outgoing?.spanId}-01`);
  } finally {
    await tracing.shutdown();
  }
});
