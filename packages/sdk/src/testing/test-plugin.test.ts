import assert from 'node:assert/strict';
import { test } from 'node:test';
import { float64, frame, time } from '@backplane/frames';
import { appPlugin, dataSource } from '../declare.ts';
import { DownstreamError } from '../errors.ts';
import { testPlugin } from './index.ts';

const weather = dataSource({
  id: 'acme-weather-datasource',
  settings: { secure: ['apiKey'] },
  create: ({ settings, log }) => {
    log.info('opened', { hasKey: settings.secure.apiKey !== undefined });
    return { station: String(settings.jsonData.station ?? 'main') };
  },
  query: {
    series: (q, { station }, { user, config }) =>
      frame(`${station} ${user?.login ?? 'nobody'} ${config.get('GF_SQL_ROW_LIMIT')}`, {
        Time: time.fromMillis([q.timeRange.fromMs]),
        Value: float64([1.5]),
      }),
    async *pages() {
      for (const page of [1, 2]) yield frame(`page ${page}`, {});
    },
    broken() {
      throw new DownstreamError('no route', { status: 503 });
    },
  },
  checkHealth: ({ station }) => ({ status: 'ok', message: station, details: { since: 1 } }),
  resources:
    () =>
    async (request, { headers }) => {
      if (request.url.endsWith('/missing')) return new Response(null, { status: 404 });
      const body = `${request.method} ${new URL(request.url).search} ${await request.text()} ${headers.get('x-test')}`;
      return new Response(body, { status: 201, headers: { 'content-type': 'text/plain' } });
    },
  streams: {
    'live/:metric': {
      publish: (_params, _instance, _context, message) => ({ status: 'ok', data: { heard: message as string } }),
      async *run({ metric }) {
        yield { metric };
        yield frame('', { Value: float64([1]) });
      },
    },
  },
});

test('a plugin answers in process what it would answer a host', async () => {
  await using plugin = await testPlugin(weather, { context: { jsonData: { station: 'north' }, secure: { apiKey: 'k' } } });
  const { A, B, C } = await plugin.query(
    { A: { queryType: 'series' }, B: { queryType: 'broken' }, C: { queryType: 'pages' } },
    { from: 1000, to: 2000 },
  );
  assert.deepEqual([A?.status, A?.frames[0]?.name, A?.frames[0]?.field('Value')?.toArray()], [200, 'north admin 1000000', [1.5]]);
  assert.deepEqual([B?.status, B?.error, B?.errorSource, B?.frames], [503, 'no route', 'downstream', []]);
  assert.deepEqual(
    C?.frames.map(({ name }) => name),
    ['page 1', 'page 2'],
  );
  assert.deepEqual(await plugin.checkHealth(), { status: 'ok', message: 'north', details: { since: 1 } });
  const chunks: string[] = [];
  for await (const { refId, frames } of plugin.queryChunked({ C: { queryType: 'pages' } })) chunks.push(`${refId} ${frames[0]?.name}`);
  assert.deepEqual(chunks, ['C page 1', 'C page 2']);
  assert.match(await plugin.metrics(), /^grafana_plugin_request_total\{endpoint="checkHealth",status="ok",status_source="plugin"\} 1$/m);
  assert.deepEqual((await plugin.logged('opened')).fields.hasKey, true);
});

test('each call may have a context of its own', async () => {
  await using plugin = await testPlugin(weather);
  const context = { user: null, jsonData: { station: 'south' }, uid: 'other', config: {} };
  const { A } = await plugin.query({ A: { queryType: 'series' } }, { context });
  assert.equal(A?.frames[0]?.name, 'south nobody undefined');
  assert.equal((await plugin.checkHealth()).message, 'main');
});

test('resources are asked with method, query string, headers and body, and answer as fetch does', async () => {
  await using plugin = await testPlugin(weather);
  const response = await plugin.resource('echo?a=1', { body: 'hello', headers: { 'x-test': 'yes' } });
  assert.deepEqual(
    [response.status, response.headers.get('content-type'), await response.text()],
    [201, 'text/plain', 'POST ?a=1 hello yes'],
  );
  assert.equal((await plugin.resource('missing')).status, 404);
});

test('channels are subscribed to, published to and run', async () => {
  await using plugin = await testPlugin(weather);
  assert.deepEqual(await plugin.subscribe('live/temp'), { status: 'ok', data: undefined });
  assert.equal((await plugin.subscribe('other')).status, 'not_found');
  assert.deepEqual(await plugin.publish('live/temp', 'ping'), { status: 'ok', data: { heard: 'ping' } });
  const packets: unknown[] = [];
  for await (const packet of plugin.run('live/temp')) packets.push(packet);
  assert.deepEqual(packets[0], { metric: 'temp' });
  assert.deepEqual((packets[1] as { data: unknown }).data, { values: [[1]] });
});

test('an app gets the settings of an app', async () => {
  const notes = appPlugin({
    id: 'acme-notes-app',
    create: ({ settings }) => settings.jsonData,
    checkHealth: (json) => ({ status: 'ok', message: String(json.title) }),
  });
  await using plugin = await testPlugin(notes, { context: { jsonData: { title: 'notes' } } });
  assert.equal((await plugin.checkHealth()).message, 'notes');
});

test('whoever waits for a line that is never logged is told why when the plugin stops', async () => {
  const plugin = await testPlugin(weather);
  const waiting = assert.rejects(plugin.logged('never'), /the plugin never logged never: it was stopped/);
  await plugin[Symbol.asyncDispose]();
  await plugin[Symbol.asyncDispose]();
  await waiting;
});
