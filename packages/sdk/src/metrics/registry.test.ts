import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Counter, Gauge, Registry } from 'prom-client';
import { SdkError } from '../errors.ts';
import { createProcessMetrics } from './process-metrics.ts';
import { MetricsRegistry } from './registry.ts';

test('counters, gauges and histograms read as Prometheus text', () => {
  const registry = new MetricsRegistry();
  const rows = registry.counter('acme_rows_total', { help: 'rows\nread', labels: ['kind', 'zone'] });
  rows.inc({ kind: 'series', zone: 'a"b\\c\nd' });
  rows.inc({ kind: 'series', zone: 'a"b\\c\nd' }, 41);
  rows.inc({ kind: '', zone: '' }, 0.5);
  const plain = registry.counter('acme_calls_total', { help: 'calls' });
  plain.inc();
  plain.inc(2);
  const open = registry.gauge('acme_open', { help: 'open' });
  open.set(7);
  open.inc();
  open.dec(10);
  const took = registry.histogram('acme_seconds', { help: 'took', labels: ['to'], buckets: [0.1, 1] });
  for (const seconds of [0.1, 0.5, 3]) took.observe({ to: 'db' }, seconds);
  assert.equal(
    registry.text(),
    [
      '# HELP acme_rows_total rows\\nread',
      '# TYPE acme_rows_total counter',
      'acme_rows_total{kind="series",zone="a\\"b\\\\c\\nd"} 42',
      'acme_rows_total{kind="",zone=""} 0.5',
      '# HELP acme_calls_total calls',
      '# TYPE acme_calls_total counter',
      'acme_calls_total 3',
      '# HELP acme_open open',
      '# TYPE acme_open gauge',
      'acme_open -2',
      '# HELP acme_seconds took',
      '# TYPE acme_seconds histogram',
      'acme_seconds_bucket{to="db",le="0.1"} 1',
      'acme_seconds_bucket{to="db",le="1"} 2',
      'acme_seconds_bucket{to="db",le="+Inf"} 3',
      'acme_seconds_sum{to="db"} 3.6',
      'acme_seconds_count{to="db"} 3',
      '',
    ].join('\n'),
  );
});

test('values that text cannot tell apart stay separate series', () => {
  const registry = new MetricsRegistry();
  const seen = registry.counter('seen_total', { help: 'seen', labels: ['a', 'b'] });
  seen.inc({ a: 'x', b: 'y,z' });
  seen.inc({ a: 'x,y', b: 'z' });
  seen.inc({ a: '', b: 'q' });
  seen.inc({ a: 'q', b: '' });
  assert.equal(registry.text().match(/ 1\n/g)?.length, 4);
});

test('label names are part of the type', () => {
  const registry = new MetricsRegistry();
  const rows = registry.counter('rows_total', { help: 'rows', labels: ['kind'] });
  // @ts-expect-error the label is called kind
  assert.throws(() => rows.inc({ kin: 'a' }), { code: 'metric_invalid' });
  // @ts-expect-error labels were declared, so they must be given
  assert.throws(() => rows.inc(1), { code: 'metric_invalid' });
});

test('the same metric twice is one metric; another shape under its name is refused', () => {
  const registry = new MetricsRegistry();
  const first = registry.counter('rows_total', { help: 'rows', labels: ['kind'] });
  assert.equal(registry.counter('rows_total', { help: 'rows', labels: ['kind'] }), first);
  for (const other of [
    () => registry.gauge('rows_total', { help: 'rows', labels: ['kind'] }),
    () => registry.counter('rows_total', { help: 'rows', labels: ['sort'] }),
  ])
    assert.throws(other, (error) => error instanceof SdkError && error.code === 'metric_conflict');
});

test('names and amounts that Prometheus would not take are refused', () => {
  const registry = new MetricsRegistry();
  for (const use of [
    () => registry.counter('rows-total', { help: '' }),
    () => registry.counter('a', { help: '', labels: ['__name'] }),
    () => registry.counter('a', { help: '', labels: ['x', 'x'] }),
    () => registry.histogram('a', { help: '', labels: ['le'] }),
    () => registry.histogram('a', { help: '', buckets: [2, 1] }),
    () => registry.counter('down', { help: '' }).inc(-1),
    () => registry.counter('nan', { help: '' }).inc(Number.NaN),
  ])
    assert.throws(use, (error) => error instanceof SdkError && error.code === 'metric_invalid', use.toString());
});

test('the state of the process is read when asked', () => {
  const registry = new MetricsRegistry();
  registry.addSource(createProcessMetrics());
  const value = (name: string) => Number(new RegExp(`^${name} (.*)$`, 'm').exec(registry.text())?.[1]);
  assert.ok(value('process_resident_memory_bytes') > 1e6);
  assert.ok(value('process_cpu_seconds_total') > 0);
  assert.ok(Math.abs(value('process_start_time_seconds') - Date.now() / 1000) < 86_400);
  assert.ok(value('nodejs_eventloop_utilization') <= 1);
  assert.match(registry.text(), /^nodejs_version_info\{version="v\d+/m);
});

test('metrics of prom-client are shown beside these, and of a name that both have only ours', async () => {
  const registry = new MetricsRegistry();
  registry.counter('acme_total', { help: 'Ours.' }).inc(2);
  const foreign = new Registry();
  new Counter({ name: 'acme_total', help: 'Theirs.', registers: [foreign] }).inc(5);
  new Gauge({ name: 'library_pool_size', help: 'Connections.', labelNames: ['pool'], registers: [foreign] }).set({ pool: 'a' }, 3);
  registry.include(foreign);
  registry.include(foreign);
  registry.include({ metrics: () => Promise.reject(new Error('broken')) });
  assert.equal(
    await registry.expose(),
    '# HELP acme_total Ours.\n# TYPE acme_total counter\nacme_total 2\n' +
      '# HELP library_pool_size Connections.\n# TYPE library_pool_size gauge\nlibrary_pool_size{pool="a"} 3\n' +
      '# a registry that was included failed: broken\n',
  );
});
