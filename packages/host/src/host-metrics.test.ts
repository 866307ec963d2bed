import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Registry } from 'prom-client';
import { type PluginDescription, registerHostMetrics } from './index.ts';

const plugin: PluginDescription = {
  id: 'acme-datasource',
  version: '1.2.3',
  folder: '/plugins/acme',
  signature: 'valid',
  phase: { kind: 'ready', sinceMs: 0, pid: 7, restarts: 2 },
  load: { inFlight: 3, queued: 1, streams: 4 },
  calls: [],
  limitHits: { maxQueuedCalls: 5 },
  usage: { memoryBytes: 1024, cpuSeconds: 1.5 },
  missingDependencies: [],
};

test('plugins are described by metrics, read anew for each scrape and once for all of them', async () => {
  const registry = new Registry();
  let looks = 0;
  let plugins: readonly PluginDescription[] = [plugin, { ...plugin, id: 'acme-panel', phase: { kind: 'no-backend' }, usage: undefined }];
  const describe = async () => {
    looks++;
    return plugins;
  };
  registerHostMetrics({ describe }, registry);
  const text = await registry.metrics();
  assert.equal(looks, 1);
  for (const line of [
    'backplane_plugin_up{plugin_id="acme-datasource"} 1',
    'backplane_plugin_restarts{plugin_id="acme-datasource"} 2',
    'backplane_plugin_calls_in_flight{plugin_id="acme-datasource"} 3',
    'backplane_plugin_calls_queued{plugin_id="acme-datasource"} 1',
    'backplane_plugin_streams{plugin_id="acme-datasource"} 4',
    'backplane_plugin_resident_memory_bytes{plugin_id="acme-datasource"} 1024',
    'backplane_plugin_cpu_seconds{plugin_id="acme-datasource"} 1.5',
    'backplane_plugin_limit_hits{plugin_id="acme-datasource",limit="maxQueuedCalls"} 5',
  ])
    assert.ok(text.includes(line), line);
  assert.ok(!text.includes('backplane_plugin_up{plugin_id="acme-panel"}'));
  plugins = [];
  assert.ok(!(await registry.metrics()).includes('acme-datasource'), 'a plugin that is gone has no metrics');
});
