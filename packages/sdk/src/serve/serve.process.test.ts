import assert from 'node:assert/strict';
import { readdirSync, statSync } from 'node:fs';
import { test } from 'node:test';
import { decodeArrow } from '@backplane/frames';
import { openSideStreams, ping, shutdown } from '@backplane/protocol/goplugin';
import { GrpcCode } from '@backplane/protocol/grpc';
import { admission, data, diagnostics, resource, stream } from '@backplane/protocol/pluginv2';
import { type StartedPlugin, startPlugin } from './fixtures/start-plugin.ts';

const pluginContext = { orgId: 1n, pluginId: 'acme-probe-datasource', dataSourceInstanceSettings: { uid: 'u1', lastUpdatedMS: 1n } };

async function query(plugin: StartedPlugin, queryTypes: string[], { format = 0, signal }: { format?: number; signal?: AbortSignal } = {}) {
  const channel = await plugin.connect();
  const queries = queryTypes.map((queryType) => ({ refId: queryType, queryType, json: Buffer.from('{}'), timeRange: {} }));
  const { responses } = await channel.unary(data.queryData, { pluginContext, queries, format }, { signal });
  return responses;
}

/** Shuts down as a host does, but for the kill that a host sends to who is late; returns the exit code and how long it took. */
async function stop(plugin: StartedPlugin) {
  const channel = await plugin.connect();
  const startedAtMs = performance.now();
  await shutdown(channel, { timeoutMs: 60_000 });
  const code = await plugin.exit;
  return { code, tookMs: performance.now() - startedAtMs };
}

test('stdout holds one line, the handshake, whatever the plugin prints', async () => {
  await using plugin = await startPlugin();
  const responses = await query(plugin, ['series']);
  assert.equal(responses.series?.status, 200);
  await plugin.logged('printed by a handler');
  await plugin.logged('1|2|unix|/tmp/fake|grpc|');
  assert.equal((await stop(plugin)).code, 0);
  assert.match(plugin.stdout, new RegExp(`^1\\|2\\|unix\\|${plugin.folder}/plugin[^|/]+\\|grpc\\|\\n$`));
  assert.equal(Buffer.from(plugin.stdout).at(-1), 0x0a);
  const levels = Object.fromEntries(plugin.logLines.map((line) => [line['@message'], line['@level']]));
  assert.equal(levels['printed while loading { a: 1 }'], 'info');
  assert.equal(levels['written to stdout while loading'], 'info');
  assert.equal(levels['an error while loading'], 'error');
  for (const line of plugin.logLines) assert.match(String(line['@timestamp']), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
});

test('whatever is printed or logged, each line on stderr is short hclog JSON', async () => {
  await using plugin = await startPlugin();
  assert.equal((await query(plugin, ['noise'])).noise?.status, 200);
  await plugin.logged('careful');
  assert.ok(plugin.stderrLines.length >= 15, 'long lines come in pieces');
  for (const line of plugin.stderrLines) {
    assert.ok(Buffer.byteLength(line) < 65_536, `${Buffer.byteLength(line)} bytes`);
    const { '@message': message, '@level': level, '@timestamp': timestamp } = JSON.parse(line);
    assert.deepEqual([typeof message, typeof timestamp], ['string', 'string'], line.slice(0, 200));
    assert.match(level, /^(trace|debug|info|warn|error)$/);
  }
});

test('started by hand it explains itself, prints nothing on stdout and exits with 1', async () => {
  for (const cookie of [undefined, 'something']) {
    await using plugin = await startPlugin({ env: { grafana_plugin_type: cookie }, fixture: 'quiet-plugin.ts' });
    assert.equal(await plugin.exit, 1);
    assert.equal(plugin.stdout, '');
    assert.match(plugin.stderrLines.join('\n'), /This binary is a plugin/);
  }
});

test('any list of protocol versions is answered with version 2', async () => {
  for (const versions of ['abc,2', '1,3', '', undefined]) {
    await using plugin = await startPlugin({ env: { PLUGIN_PROTOCOL_VERSIONS: versions } });
    assert.equal((await plugin.handshake()).appVersion, 2);
  }
});

test('every start has a fresh socket, bound before the line appears and removed at the end', async () => {
  await using first = await startPlugin();
  await using second = await startPlugin();
  const sockets = await Promise.all([first, second].map(async (plugin) => (await plugin.handshake()).address));
  assert.notDeepEqual(sockets[0], sockets[1]);
  for (const plugin of [first, second]) {
    await plugin.handshake();
    const [name = ''] = readdirSync(plugin.folder);
    assert.ok(statSync(`${plugin.folder}/${name}`).isSocket());
    await ping(await plugin.connect(), {});
    assert.equal((await stop(plugin)).code, 0);
    assert.deepEqual(readdirSync(plugin.folder), []);
  }
});

test('it works without PATH and HOME', async () => {
  await using plugin = await startPlugin();
  const [bytes] = (await query(plugin, ['environment'])).environment?.frames ?? [];
  assert.equal(bytes && decodeArrow(bytes).name, '[null,null]');
});

test('health, metrics, resources, streams and queries answer; what it lacks is unimplemented', async () => {
  await using plugin = await startPlugin();
  const channel = await plugin.connect();
  assert.equal((await channel.unary(diagnostics.checkHealth, { pluginContext })).status, 1);
  const arrow = (await query(plugin, ['series'])).series;
  assert.deepEqual(
    decodeArrow(arrow?.frames[0] as Uint8Array)
      .field('Value')
      ?.toArray(),
    [1.5, null, 3],
  );
  const json = (await query(plugin, ['series'], { format: 1 })).series;
  assert.deepEqual(JSON.parse(Buffer.from(json?.frames[0] as Uint8Array).toString()).data.values, [
    [1, 2, 3],
    [1.5, null, 3],
  ]);
  const parts: string[] = [];
  const request = { pluginContext, method: 'GET', path: 'a', url: 'a?b=c' };
  for await (const part of channel.serverStream(resource.callResource, request)) parts.push(Buffer.from(part.body).toString());
  assert.deepEqual(parts, ['you asked for http://plugin/a?b=c']);
  for await (const packet of channel.serverStream(stream.runStream, { pluginContext, path: 'ticks' })) {
    assert.equal(Buffer.from(packet.data).toString(), '{"tick":1}');
    break;
  }
  const { metrics } = await channel.unary(diagnostics.collectMetrics, {});
  assert.match(Buffer.from(metrics?.prometheus ?? []).toString(), /^process_resident_memory_bytes \d+$/m);
  await assert.rejects(channel.unary(admission.validateAdmission, { pluginContext }), { code: GrpcCode.unimplemented });
});

test('a cancelled query aborts its handler', async () => {
  await using plugin = await startPlugin();
  const caller = new AbortController();
  const running = query(plugin, ['hang'], { signal: caller.signal });
  await plugin.logged('hang started');
  caller.abort(new Error('left'));
  await assert.rejects(running, /left/);
  await plugin.logged('hang saw the abort');
});

// stop-plugin.test.ts holds the waits of the way down against the 2 s after which a host kills.
test('Shutdown ends it with code 0, with a handler that hangs, a stream that runs, and open side streams', async (t) => {
  await using plugin = await startPlugin();
  const channel = await plugin.connect();
  await using _side = openSideStreams(channel, { onStdout: () => {}, onStderr: () => {} });
  const hanging = assert.rejects(query(plugin, ['hang']), { code: GrpcCode.unavailable });
  const packets = channel.serverStream(stream.runStream, { pluginContext, path: 'ticks' })[Symbol.asyncIterator]();
  await packets.next();
  await plugin.logged('hang started');
  const { code, tookMs } = await stop(plugin);
  assert.equal(code, 0);
  t.diagnostic(`it ended after ${tookMs.toFixed(0)} ms`);
  await hanging;
  assert.deepEqual(readdirSync(plugin.folder), []);
});

test('an idle plugin disposes its instances before it ends', async (t) => {
  await using plugin = await startPlugin();
  await query(plugin, ['series']);
  const { code, tookMs } = await stop(plugin);
  assert.equal(code, 0);
  t.diagnostic(`it ended after ${tookMs.toFixed(0)} ms`);
  assert.ok(plugin.logLines.some((line) => line['@message'] === 'instance disposed'));
});

test('SIGINT is ignored, SIGTERM ends it', async () => {
  await using plugin = await startPlugin();
  await query(plugin, ['series']);
  plugin.child.kill('SIGINT');
  assert.equal((await query(plugin, ['series'])).series?.status, 200);
  plugin.child.kill('SIGTERM');
  assert.equal(await plugin.exit, 0);
  assert.ok(plugin.logLines.some((line) => line['@message'] === 'instance disposed'));
  assert.deepEqual(readdirSync(plugin.folder), []);
});

test('it ends by itself when its host was killed', async () => {
  await using host = await startPlugin({ through: 'dying-host.mjs' });
  await host.handshake();
  assert.equal(readdirSync(host.folder).length, 1);
  host.child.kill('SIGKILL');
  // The plugin holds the pipes of its host, so they close with the last of both.
  await host.exit;
  assert.deepEqual(readdirSync(host.folder), []);
});

test('an error that belongs to no call is one log line, code 1, and no socket stays', async () => {
  await using plugin = await startPlugin();
  await query(plugin, ['series']);
  plugin.child.kill('SIGUSR2');
  assert.equal(await plugin.exit, 1);
  const errors = plugin.logLines.filter((line) => line['@level'] === 'error' && line['@message'] !== 'an error while loading');
  assert.equal(errors.length, 1);
  assert.match(String(errors[0]?.error), /thrown outside of every call/);
  assert.match(String(errors[0]?.stack), /probe-plugin/);
  assert.equal(plugin.stderrLines.length, plugin.logLines.length, 'nothing but log lines');
  assert.deepEqual(readdirSync(plugin.folder), []);
});

test('errors that nobody caught are the answer of the query that caused them, and the plugin goes on', async () => {
  await using plugin = await startPlugin();
  const responses = await query(plugin, ['stray', 'thrown', 'series']);
  assert.deepEqual([responses.stray?.status, responses.stray?.error], [500, 'rejected by nobody']);
  assert.deepEqual([responses.thrown?.status, responses.thrown?.error], [500, 'thrown in a timer']);
  assert.equal(responses.series?.status, 200);
  assert.equal((await query(plugin, ['series'])).series?.status, 200);
  assert.equal((await stop(plugin)).code, 0);
  const told = plugin.logLines.filter((line) => line['@level'] === 'error' && line.error === 'rejected by nobody');
  assert.deepEqual(
    told.map((line) => line.refId),
    ['stray'],
    'each is told once',
  );
});

test('errors that nobody caught end the health check, the body, the chunks or the stream that caused them', async () => {
  await using plugin = await startPlugin();
  const channel = await plugin.connect();
  const contextOf = (uid: string) => ({ ...pluginContext, dataSourceInstanceSettings: { uid, lastUpdatedMS: 1n } });
  const health = await channel.unary(diagnostics.checkHealth, { pluginContext: contextOf('unhealthy') });
  assert.deepEqual([health.status, health.message], [2, 'connection lost']);
  const request = { pluginContext, method: 'GET', path: 'broken-body', url: 'broken-body' };
  const parts: string[] = [];
  await assert.rejects(async () => {
    for await (const { body } of channel.serverStream(resource.callResource, request)) parts.push(Buffer.from(body).toString());
  }, /connection lost/);
  assert.deepEqual(parts, ['begin ']);
  const chunks: string[] = [];
  const queries = ['thrown', 'series'].map((queryType) => ({ refId: queryType, queryType, json: Buffer.from('{}'), timeRange: {} }));
  for await (const { refId, error } of channel.serverStream(data.queryChunkedData, { pluginContext, queries }))
    chunks.push(`${refId}: ${error}`);
  assert.deepEqual(chunks.sort(), ['series: ', 'thrown: thrown in a timer']);
  await assert.rejects(async () => {
    for await (const packet of channel.serverStream(stream.runStream, { pluginContext, path: 'breaking' }))
      assert.ok(packet.data.length > 0);
  }, /connection lost/);
  assert.equal((await query(plugin, ['series'])).series?.status, 200);
  assert.equal((await stop(plugin)).code, 0);
  const told = plugin.logLines.filter(({ error }) => error === 'connection lost');
  assert.deepEqual(
    told.map((line) => line.endpoint),
    ['checkHealth', 'callResource', 'runStream'],
    'each is told once, with its call',
  );
});

test('errors that nobody caught in the work of an instance cost that instance alone', async () => {
  await using plugin = await startPlugin();
  const channel = await plugin.connect();
  const health = async (uid: string) => {
    const context = { ...pluginContext, dataSourceInstanceSettings: { uid, lastUpdatedMS: 1n } };
    return await channel.unary(diagnostics.checkHealth, { pluginContext: context });
  };
  assert.equal((await health('other')).message, 'instance 1');
  assert.equal((await health('background')).message, 'instance 2');
  const told = await plugin.logged('An instance left an error that nobody caught: it is closed, and opened anew for the next call');
  assert.deepEqual([told['@level'], told.error, told.dsUid], ['error', 'connection lost', 'background']);
  assert.equal((await plugin.logged('instance disposed')).uid, 'background');
  assert.equal((await health('background')).message, 'instance 3');
  assert.equal((await health('other')).message, 'instance 1');
  const opening = await health('breaks-while-opening');
  assert.deepEqual([opening.status, opening.message], [2, 'rejected while opening']);
});

test('a plugin that throws while it loads says so in one log line and prints nothing on stdout', async () => {
  await using plugin = await startPlugin({ env: { GF_PLUGIN_FIXTURE: 'throws-at-load' } });
  assert.equal(await plugin.exit, 1);
  assert.equal(plugin.stdout, '');
  const last = plugin.logLines.at(-1);
  assert.deepEqual([last?.['@level'], last?.error], ['error', 'cannot load']);
});
