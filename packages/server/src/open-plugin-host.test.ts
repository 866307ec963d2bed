import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { measureCalls } from '@backplane/host';
import { Registry } from 'prom-client';
import { loadConfig } from './config/index.ts';
import { createLogger } from './log/index.ts';
import { openPluginHost } from './open-plugin-host.ts';

/** A home folder with one unsigned plugin that has no backend. */
function homeFolder() {
  const home = mkdtempSync(join(tmpdir(), 'backplane-open-host-'));
  mkdirSync(join(home, 'data/plugins/acme-plain-panel'), { recursive: true });
  writeFileSync(join(home, 'data/plugins/acme-plain-panel/plugin.json'), '{"id":"acme-plain-panel","type":"panel","name":"Plain"}');
  return { home, [Symbol.dispose]: () => rmSync(home, { recursive: true }) };
}

async function load(env: Record<string, string>) {
  using folder = homeFolder();
  const config = loadConfig({ homePath: folder.home, env });
  await using host = await openPluginHost(config, createLogger({ level: 'error', write: () => undefined }), { middleware: [] });
  return [...host.plugins().map(({ id }) => id), ...host.problems().map(({ code }) => code)];
}

test('an unsigned plugin runs when it is listed, or in development, and is refused otherwise', async () => {
  assert.deepEqual(await load({}), ['signature_missing']);
  assert.deepEqual(await load({ GF_PLUGINS_ALLOW_LOADING_UNSIGNED_PLUGINS: 'acme-other-panel, acme-plain-panel' }), ['acme-plain-panel']);
  assert.deepEqual(await load({ GF_DEFAULT_APP_MODE: 'development' }), ['acme-plain-panel']);
});

test('a plugin is run as its own section says, and a section without a plugin is named', async () => {
  using folder = homeFolder();
  const plugin = (id: string) => {
    const path = join(folder.home, 'data/plugins', id);
    mkdirSync(path);
    writeFileSync(join(path, 'plugin.json'), JSON.stringify({ id, type: 'datasource', name: id, backend: true, executable: 'gpx' }));
    writeFileSync(join(path, 'gpx.js'), '');
  };
  for (const id of ['acme-elsewhere-datasource', 'acme-boxed-datasource']) plugin(id);
  mkdirSync(join(folder.home, 'conf'));
  writeFileSync(
    join(folder.home, 'conf/grafana.ini'),
    `app_mode = development
[backplane.plugin.acme-elsewhere-datasource]
address = unix:${folder.home}/nobody.sock
[backplane.plugin.acme-boxed-datasource]
sandbox = true
sandbox_readable = missing
[backplane.plugin.acme-mistyped]
sandbox = true`,
  );
  const lines: string[] = [];
  const config = loadConfig({ homePath: folder.home });
  await using host = await openPluginHost(config, createLogger({ level: 'warn', write: (line) => lines.push(line) }), { middleware: [] });
  const [problem] = host.problems();
  if (process.platform === 'linux')
    assert.match(problem?.message ?? '', /sandbox: (its path \/.*\/missing does not exist|bubblewrap is not installed)/);
  const request = { context: { orgId: 1, config: {}, userAgent: 'test' }, headers: {} };
  const elsewhere = host.plugin('acme-elsewhere-datasource');
  assert.equal(elsewhere.phase.kind, 'gone', 'it is connected to at its first call');
  const events = host.events();
  const caller = new AbortController();
  const call = assert.rejects(elsewhere.checkHealth(request, caller));
  for await (const event of events) {
    if (event.kind !== 'phase' || event.phase.kind !== 'backing-off') continue;
    assert.match(event.phase.why, /does not answer at unix:.*nobody\.sock/);
    break;
  }
  caller.abort();
  await call;
  assert.ok(lines.some((line) => line.includes('No plugin has the id of the section [backplane.plugin.acme-mistyped]')));
});

test('plugins and calls to them are in the metrics', async () => {
  using folder = homeFolder();
  const config = loadConfig({ homePath: folder.home, env: { GF_DEFAULT_APP_MODE: 'development' } });
  const metrics = new Registry();
  await using host = await openPluginHost(config, createLogger({ level: 'error', write: () => undefined }), {
    metrics,
    middleware: [measureCalls(metrics)],
  });
  await assert.rejects(host.plugin('acme-plain-panel').collectMetrics({}));
  const text = await metrics.metrics();
  assert.match(text, /^backplane_plugin_calls_in_flight\{plugin_id="acme-plain-panel"\} 0$/m);
  assert.match(text, /^grafana_plugin_request_total\{plugin_id="acme-plain-panel",endpoint="collectMetrics",.*status="error".*\} 1$/m);
});

test('a trust root that cannot be read is named with its key', async () => {
  await assert.rejects(load({ GF_BACKPLANE_PLUGIN_TRUST_ROOTS: 'keys/acme.asc' }), {
    code: 'config_unreadable',
    message: /the key \/.*keys\/acme.asc of \[backplane\] plugin_trust_roots cannot be read: ENOENT/,
  });
});
