import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Attributes, type Span, SpanStatusCode, type Tracer } from '@opentelemetry/api';
import { Registry } from 'prom-client';
import { ENDPOINTS } from '../client/index.ts';
import { HostError } from '../errors/index.ts';
import { contextOf, makeCall, originOf, recordCalls } from './fixtures/recording-client.ts';
import { createGrafanaChain, measureCalls, traceCalls } from './index.ts';
import { logRequests } from './log-requests.ts';

interface SeenSpan {
  readonly name: string;
  attributes: Attributes;
  status?: unknown;
  exceptions: number;
  ended: number;
}

/** A tracer that keeps what it is told; every span has the same ids. */
function recordSpans() {
  const spans: SeenSpan[] = [];
  const startSpan = (name: string) => {
    const seen: SeenSpan = { name, attributes: {}, exceptions: 0, ended: 0 };
    spans.push(seen);
    const span = {
      spanContext: () => ({ traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1 }),
      isRecording: () => true,
      setAttributes(attributes: Attributes) {
        seen.attributes = JSON.parse(JSON.stringify(attributes));
      },
      setStatus(status: unknown) {
        seen.status = status;
      },
      recordException: () => void seen.exceptions++,
      end: () => void seen.ended++,
    };
    return span as unknown as Span;
  };
  return { spans, tracer: { startSpan } as unknown as Tracer };
}

const lost = new HostError('connection_lost', { pluginId: 'acme-datasource', endpoint: 'x', detail: 'gone' });

describe('traceCalls', () => {
  test('every kind of call is one span, which the plugin goes on with [C1] [C18]', async () => {
    for (const endpoint of ENDPOINTS) {
      const { spans, tracer } = recordSpans();
      const { client, seen } = recordCalls([traceCalls(tracer)]);
      await makeCall(client, endpoint, contextOf(), { traceparent: 'from outside' });
      assert.deepEqual([spans[0]?.name, spans[0]?.ended, spans[0]?.status], [`PluginClient.${endpoint}`, 1, undefined]);
      assert.equal(seen[0]?.options.traceparent, `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`);
    }
  });

  test('a failure sets the status and ends the span once, whatever was thrown [C1]', async () => {
    for (const endpoint of ENDPOINTS) {
      for (const error of [lost, new TypeError('a bug')]) {
        const { spans, tracer } = recordSpans();
        const { client } = recordCalls([traceCalls(tracer)], { error });
        await assert.rejects(makeCall(client, endpoint, contextOf()), error);
        assert.deepEqual([spans[0]?.ended, spans[0]?.exceptions], [1, 1], endpoint);
        assert.deepEqual(spans[0]?.status, { code: SpanStatusCode.ERROR, message: error.message });
      }
    }
  });

  test('attributes say who asks for what; a panel id that is no number is left out [C2]', async () => {
    const { spans, tracer } = recordSpans();
    const { client } = recordCalls([traceCalls(tracer)]);
    const headers = { 'x-panel-id': '12', 'x-query-group-id': 'g', 'x-dashboard-uid': 'd' };
    await makeCall(client, 'queryData', contextOf(), { origin: originOf(headers) });
    await makeCall(client, 'queryData', contextOf(), { origin: originOf({ 'x-panel-id': '12px' }) });
    await makeCall(client, 'collectMetrics', { orgId: 1, config: {}, userAgent: '' });
    const about = { plugin_id: 'acme-datasource', org_id: 7, datasource_name: 'Acme', datasource_uid: 'u', user: 'ada' };
    assert.deepEqual(
      spans.map(({ attributes }) => attributes),
      [{ ...about, panel_id: 12, query_group_id: 'g', dashboard_uid: 'd' }, about, { plugin_id: 'acme-datasource', org_id: 1 }],
    );
  });

  test('without a provider the trace of the caller goes on', async () => {
    const { client, seen } = recordCalls([traceCalls()]);
    await makeCall(client, 'checkHealth', contextOf(), { traceparent: 'from outside' });
    assert.equal(seen[0]?.options.traceparent, 'from outside');
  });
});

describe('measureCalls', () => {
  test('every kind of call is counted and timed under its labels, with the size of what was asked [C3] [C18]', async () => {
    for (const endpoint of ENDPOINTS) {
      const registry = new Registry();
      await makeCall(recordCalls([measureCalls(registry)]).client, endpoint, contextOf());
      const text = await registry.metrics();
      const labels = `plugin_id="acme-datasource",endpoint="${endpoint}",target="local",plugin_version="1.2.3"`;
      assert.ok(text.includes(`grafana_plugin_request_total{${labels},status_source="plugin",status="ok"} 1`), text);
      assert.ok(text.includes(`grafana_plugin_request_duration_milliseconds_count{${labels},status_source="plugin"} 1`));
      assert.ok(
        text.includes(
          `grafana_plugin_request_duration_seconds_count{source="grafana-backend",${labels},status_source="plugin",status="ok"} 1`,
        ),
      );
      const bytes = { queryData: 13, queryChunkedData: 13, callResource: 4 }[endpoint as string];
      const size = `grafana_plugin_request_size_bytes_sum{source="grafana-backend",${labels}} ${bytes}`;
      assert.equal(text.includes(size), bytes !== undefined, text);
    }
  });

  test('a refId that failed makes the query an error, downstream only when all of them are [C4]', async () => {
    for (const [errorSource, status] of [
      ['downstream', 'downstream'],
      ['plugin', 'plugin'],
      [undefined, 'plugin'],
    ] as const) {
      for (const endpoint of ['queryData', 'queryChunkedData'] as const) {
        const registry = new Registry();
        const { client } = recordCalls([measureCalls(registry)], { query: { frames: [], status: 500, error: 'no', errorSource } });
        await makeCall(client, endpoint, contextOf());
        assert.match(await registry.metrics(), new RegExp(`request_total\\{.*status_source="${status}",status="error"\\} 1`));
      }
    }
    const mixed = new Registry();
    const answer = (source: 'plugin' | 'downstream') => ({ frames: [], status: 500, error: 'no', errorSource: source });
    const measured = measureCalls(mixed);
    for (const order of [
      ['plugin', 'downstream'],
      ['downstream', 'plugin'],
    ] as const) {
      const responses = new Map(order.map((source) => [source, answer(source)]));
      const { client } = recordCalls([measured, async (_, __) => ({ responses }) as never]);
      await makeCall(client, 'queryData', contextOf());
    }
    assert.match(await mixed.metrics(), /request_total\{.*status_source="plugin",status="error"\} 2/);
  });

  test('a call that fails, finds no plugin, or is given up is told apart', async () => {
    const registry = new Registry();
    const measured = measureCalls(registry);
    const facts = { pluginId: 'acme-datasource', endpoint: 'x', detail: '' };
    for (const error of [
      lost,
      new HostError('request_failed', { ...facts, errorSource: 'downstream' }),
      new HostError('request_cancelled', facts),
    ]) {
      await assert.rejects(makeCall(recordCalls([measured], { error }).client, 'checkHealth', contextOf()));
    }
    const text = await registry.metrics();
    assert.match(text, /request_total\{.*status_source="plugin",status="error"\} 1/);
    assert.match(text, /request_total\{.*status_source="downstream",status="error"\} 1/);
    assert.match(text, /request_total\{.*status_source="plugin",status="cancelled"\} 1/);
    assert.equal(text.match(/connection_unavailable_total\{.*\} 1/g)?.length, 1);
  });
});

test("no outgoing request is the host's to change: plugins get their headers in the call [C14]", async () => {
  const { client, seen } = recordCalls(createGrafanaChain());
  await makeCall(client, 'queryData', contextOf(), { origin: originOf({ 'x-panel-id': '1' }) });
  assert.deepEqual(seen[0]?.request.headers, { 'http_X-Panel-Id': '1' });
});

test('a line for every call says how it ended and how long it took', async () => {
  const lines: { status: unknown; endpoint: unknown; error?: unknown }[] = [];
  const note = (_: string, fields: object = {}) => void lines.push(fields as never);
  const logger = { debug: note, info: note, warn: note, error: note };
  for (const endpoint of ENDPOINTS) await makeCall(recordCalls([logRequests(logger)]).client, endpoint, contextOf());
  assert.deepEqual(
    lines.map(({ endpoint, status }) => [endpoint, status]),
    ENDPOINTS.map((endpoint) => [endpoint, 'ok']),
  );
  await assert.rejects(makeCall(recordCalls([logRequests(logger)], { error: lost }).client, 'queryData', contextOf()));
  assert.equal(lines.at(-1)?.error, lost.message);
});
