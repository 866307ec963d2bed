import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'node:test';
import { context, propagation, ROOT_CONTEXT, SpanStatusCode, trace } from '@opentelemetry/api';
import { readOtlpSettings, startTracing } from './index.ts';
import { jaeger, joinPropagators, w3c } from './propagation.ts';
import { createSampler } from './sampler.ts';
import { startReceiver } from './testing/index.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const getter = { get: (carrier: unknown, key: string) => (carrier as Record<string, string>)[key], keys: () => [] };
const setter = { set: (carrier: unknown, key: string, value: string) => void Object.assign(carrier as object, { [key]: value }) };

test('Grafana says where spans go and which traces are kept', () => {
  assert.equal(readOtlpSettings({}), undefined);
  assert.deepEqual(readOtlpSettings({ GF_INSTANCE_OTLP_ADDRESS: 'collector:4317' }), {
    host: 'collector',
    port: 4317,
    propagators: ['w3c'],
    sampler: { kind: 'const', param: 1 },
  });
  const env = { GF_INSTANCE_OTLP_ADDRESS: 'http://[::1]:9', GF_INSTANCE_OTLP_PROPAGATION: 'jaeger, w3c, x' };
  assert.deepEqual(readOtlpSettings({ ...env, GF_INSTANCE_OTLP_SAMPLER_TYPE: 'rateLimiting', GF_INSTANCE_OTLP_SAMPLER_PARAM: '5' }), {
    host: '::1',
    port: 9,
    propagators: ['jaeger', 'w3c'],
    sampler: { kind: 'rateLimiting', perSecond: 5 },
  });
});

test('a share of traces is chosen by their ids, and a rate by the clock', () => {
  const half = createSampler({ kind: 'probabilistic', param: 0.5 });
  assert.equal(half(`${'0'.repeat(16)}7fffffffffffffff`), true);
  assert.equal(half(`${'0'.repeat(16)}ffffffffffffffff`), false);
  assert.deepEqual(
    [createSampler({ kind: 'const', param: 0 })(traceId), createSampler({ kind: 'probabilistic', param: 0 })(traceId)],
    [false, false],
  );
  let nowMs = 0;
  const two = createSampler({ kind: 'rateLimiting', perSecond: 2 }, () => nowMs);
  const ask = () => [two(traceId), two(traceId), two(traceId)];
  assert.deepEqual(ask(), [true, true, false]);
  nowMs = 500;
  assert.deepEqual(ask(), [true, false, false]);
});

test('traces travel by the headers of W3C and of Jaeger, and nonsense starts none', () => {
  const both = joinPropagators([w3c, jaeger]);
  const ids = (carrier: object) => {
    const span = trace.getSpanContext(both.extract(ROOT_CONTEXT, carrier, getter));
    return span && [span.traceId, span.spanId, span.traceFlags];
  };
  assert.deepEqual(ids({ traceparent: `00-${traceId}-b7ad6b7169203331-01` }), [traceId, 'b7ad6b7169203331', 1]);
  assert.deepEqual(ids({ 'uber-trace-id': 'abc:1:0:0' }), ['abc'.padStart(32, '0'), '1'.padStart(16, '0'), 0]);
  for (const traceparent of ['', 'x', `00-${'0'.repeat(32)}-b7ad6b7169203331-01`, `ff-${traceId}-b7ad6b7169203331-01`])
    assert.equal(ids({ traceparent }), undefined, traceparent);
  const carrier = {};
  both.inject(trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId: 'b7ad6b7169203331', traceFlags: 1 }), carrier, setter);
  assert.deepEqual(carrier, { traceparent: `00-${traceId}-b7ad6b7169203331-01`, 'uber-trace-id': `${traceId}:b7ad6b7169203331:0:1` });
});

test('spans go to the receiver with their parents, attributes, events and errors, and a trace that is not kept does not', async () => {
  await using receiver = await startReceiver();
  const settings = { host: '127.0.0.1', port: receiver.port, propagators: ['w3c'], sampler: { kind: 'const', param: 1 } } as const;
  const resource = { 'service.name': 'acme-datasource', 'service.version': '1.2.3' };
  const tracing = startTracing({ settings, resource, log: { warn: assert.fail } });
  try {
    const tracer = trace.getTracer('acme');
    await tracer.startActiveSpan('outer', async (outer) => {
      await new Promise(setImmediate);
      const inner = tracer.startSpan('inner', { attributes: { text: 'ü', whole: -3, real: 0.5, yes: true, list: ['a', 'b'] } });
      inner.recordException(new TypeError('broken'));
      inner.setStatus({ code: SpanStatusCode.ERROR, message: 'broken' }).end();
      inner.setAttribute('late', 1);
      assert.equal(trace.getActiveSpan(), outer);
      outer.end();
    });
    const dropped = propagation.extract(ROOT_CONTEXT, { traceparent: `00-${traceId}-b7ad6b7169203331-00`, tracestate: 'vendor=1' }, getter);
    const sent: Record<string, string> = {};
    context.with(dropped, () => {
      const span = tracer.startSpan('not kept');
      propagation.inject(trace.setSpan(context.active(), span), sent, setter);
      span.end();
    });
    assert.equal(sent.tracestate, 'vendor=1', 'what others keep in a trace goes on');
    await tracing.flush();
    await receiver.until(2);
    const [inner, outer] = receiver.spans;
    assert.deepEqual(
      receiver.spans.map(({ name, resource, scope, kind, status }) => [name, resource['service.name'], scope, kind, status]),
      [
        ['inner', 'acme-datasource', 'acme', 1, 2],
        ['outer', 'acme-datasource', 'acme', 1, 0],
      ],
    );
    assert.deepEqual([inner?.traceId, inner?.parentId], [outer?.traceId, outer?.spanId]);
    assert.deepEqual(inner?.attributes, { text: 'ü', whole: -3, real: 0.5, yes: true, list: ['a', 'b'] });
    assert.match(inner?.events[0] ?? '', /^exception \{"exception.type":"TypeError","exception.message":"broken","exception.stacktrace":/);
    assert.ok((outer?.startNs ?? 0n) <= (inner?.startNs ?? 0n) && (inner?.endNs ?? 0n) <= (outer?.endNs ?? 0n));
  } finally {
    await tracing.shutdown();
  }
});

test('a receiver that is not there costs spans and one line in the log, nothing else', async () => {
  const lines: string[] = [];
  const settings = { host: '127.0.0.1', port: 1, propagators: [], sampler: { kind: 'const', param: 1 } } as const;
  const tracing = startTracing({ settings, resource: {}, log: { warn: (line) => lines.push(line) } });
  for (let i = 0; i < 3; i++) {
    trace.getTracer('a').startSpan('lost').end();
    await tracing.flush();
  }
  await tracing.shutdown();
  assert.equal(lines.length, 1);
  assert.match(lines[0] ?? '', /Spans could not be sent and were dropped/);
});

test('a receiver that takes spans and never answers is left at the end, and what comes later is dropped', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  await using receiver = await startReceiver({ isSilent: true });
  const settings = { host: '127.0.0.1', port: receiver.port, propagators: [], sampler: { kind: 'const', param: 1 } } as const;
  const lines: unknown[] = [];
  const tracing = startTracing({ settings, resource: {}, log: { warn: (...line) => lines.push(line) } });
  const tracer = trace.getTracer('a');
  tracer.startSpan('kept').end();
  const ended = tracing.shutdown();
  await receiver.until(1);
  t.mock.timers.tick(5000);
  await ended;
  const [line] = lines as [string, { readonly error: string }][];
  assert.equal(line?.[1].error, 'the receiver of spans took too long');
  assert.deepEqual(
    receiver.spans.map(({ name }) => name),
    ['kept'],
  );
});

test('a receiver that accepts and never speaks is left at the end', async () => {
  const silent = createServer((socket) => socket.resume()).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port } = silent.address() as AddressInfo;
  const settings = { host: '127.0.0.1', port, propagators: [], sampler: { kind: 'const', param: 1 } } as const;
  const lines: unknown[] = [];
  const tracing = startTracing({ settings, resource: {}, log: { warn: (...line) => lines.push(line) }, shutdownMs: 20 });
  trace.getTracer('a').startSpan('lost').end();
  await tracing.shutdown();
  const [line] = lines as [string, { readonly error: string }][];
  assert.equal(line?.[1].error, 'the receiver of spans took too long');
  // Only once the other side has hung up, too.
  silent.close();
  await once(silent, 'close');
});
