import assert from 'node:assert/strict';
import { test } from 'node:test';
import { diagnostics } from '@backplane/protocol/pluginv2';
import { currentScope } from '../call-scope.ts';
import { appPlugin, dataSource } from '../declare.ts';
import type { HealthHandler } from '../health.ts';
import { servePlugin, sourceContext } from './fixtures/served-plugin.ts';

async function check(handler: HealthHandler<unknown>) {
  await using served = await servePlugin(dataSource({ id: 'a', checkHealth: handler }));
  const { status, message, jsonDetails } = await served.channel.unary(diagnostics.checkHealth, { pluginContext: sourceContext() });
  return [status, message, Buffer.from(jsonDetails).toString()];
}

test('health is ok, error or unknown, with message and details', async () => {
  assert.deepEqual(await check(() => 'ok'), [1, 'OK', '']);
  assert.deepEqual(await check(async () => ({ status: 'ok', message: 'answers', details: { version: 3 } })), [
    1,
    'answers',
    '{"version":3}',
  ]);
  assert.deepEqual(await check(() => ({ status: 'error', message: 'no route' })), [2, 'no route', '']);
  assert.deepEqual(await check(() => ({ status: 'unknown' })), [0, '', '']);
});

test('a throw, a stray rejection and a wrong result are errors with their text', async () => {
  assert.deepEqual(
    await check(() => {
      throw new Error('login refused');
    }),
    [2, 'login refused', ''],
  );
  const gate = Promise.withResolvers<'ok'>();
  const answer = await check(() => {
    setImmediate(() => currentScope()?.fail(new Error('in a callback')));
    setImmediate(() => setImmediate(gate.resolve, 'ok'));
    return gate.promise;
  });
  assert.deepEqual(answer, [2, 'in a callback', '']);
  const [status, message] = await check((() => true) as never);
  assert.equal(status, 2);
  assert.match(String(message), /checkHealth must return/);
});

test('an instance that cannot be opened is an error of its health, not of the call', async () => {
  const plugin = dataSource({
    id: 'a',
    create: () => {
      throw new Error('cannot open the pool');
    },
    checkHealth: () => 'ok',
  });
  await using served = await servePlugin(plugin);
  const { status, message } = await served.channel.unary(diagnostics.checkHealth, { pluginContext: sourceContext() });
  assert.deepEqual([status, message], [2, 'cannot open the pool']);
});

test('an app has one instance for each organisation', async () => {
  const opened: unknown[] = [];
  const plugin = appPlugin({
    id: 'acme-app',
    settings: { secure: ['token'] },
    create: ({ settings }) => opened.push([settings.jsonData, settings.secure.token, settings.updatedAtMs]),
    checkHealth: () => 'ok',
  });
  await using served = await servePlugin(plugin);
  const appInstanceSettings = { jsonData: Buffer.from('{"a":1}'), decryptedSecureJsonData: { token: 't' }, lastUpdatedMS: -6795364578871n };
  for (const orgId of [1n, 1n, 2n]) await served.channel.unary(diagnostics.checkHealth, { pluginContext: { orgId, appInstanceSettings } });
  assert.deepEqual(opened, [
    [{ a: 1 }, 't', -6795364578871],
    [{ a: 1 }, 't', -6795364578871],
  ]);
});

test('metrics are text exposition', async () => {
  await using served = await servePlugin(dataSource({ id: 'a', checkHealth: () => 'ok' }));
  served.metrics.counter('acme_rows_total', { help: 'rows' }).inc(3);
  await served.channel.unary(diagnostics.checkHealth, { pluginContext: sourceContext() });
  const { metrics } = await served.channel.unary(diagnostics.collectMetrics, {});
  const text = Buffer.from(metrics?.prometheus ?? []).toString();
  assert.match(text, /^acme_rows_total 3$/m);
  assert.match(text, /^plugins_active_instances 1$/m);
  assert.match(text, /^grafana_plugin_request_total\{endpoint="checkHealth",status="ok",status_source="plugin"\} 1$/m);
});
