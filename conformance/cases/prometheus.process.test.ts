import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import test from 'node:test';
import { fillPluginsFolder, needsGo } from '../support/go.ts';
import { freePort, serveBackplane } from '../support/serve.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { eventually } from './case.ts';

const go = await needsGo();
const prometheus = (process.env.PATH ?? '')
  .split(delimiter)
  .map((folder) => join(folder, 'prometheus'))
  .find((file) => existsSync(file));
// In CI it has to be there: the test runs, and fails for want of it.
const options = prometheus === undefined && process.env.CI !== 'true' ? { skip: 'no prometheus on the PATH' } : go;

test('a genuine Prometheus scrapes the server and its plugins, and finds what it counted', options, async () => {
  await using place = await temporaryFolder();
  const at = (name: string) => join(place.path, name);
  await fillPluginsFolder(at('plugins'), ['acme-ref-datasource']);
  await Promise.all([mkdir(at('data')), mkdir(at('provisioning'))]);
  await writeFile(at('grafana.ini'), 'app_mode = development\n[security]\nadmin_password = prom-admin\n');
  const env = { GF_PATHS_DATA: at('data'), GF_PATHS_PLUGINS: at('plugins'), GF_PATHS_PROVISIONING: at('provisioning') };
  await using server = await serveBackplane({ configFile: at('grafana.ini'), workingFolder: place.path, env });
  const authorization = `Basic ${Buffer.from('admin:prom-admin').toString('base64')}`;
  const health = await fetch(`${server.base}/api/plugins/acme-ref-datasource/health`, { headers: { authorization } });
  assert.ok(health.status < 500);
  await using scraper = await scrape(server.base, at('prometheus'));
  const { value: targets } = await eventually(
    scraper.targets,
    (found) => found.length === 2 && found.every(({ health: state }) => state !== 'unknown'),
  );
  assert.deepEqual(
    targets.map(({ scrapePool, health: state, lastError }) => [scrapePool, state, lastError]),
    [
      ['plugin', 'up', ''],
      ['server', 'up', ''],
    ],
  );
  const counted = await eventually(
    () => scraper.query('grafana_plugin_request_total{plugin_id="acme-ref-datasource"}'),
    (found) => found > 0,
  );
  assert.ok(counted.value > 0);
  const own = await eventually(
    () => scraper.query('go_goroutines{job="plugin"}'),
    (found) => found > 0,
  );
  assert.ok(own.value > 0);
});

interface Target {
  readonly scrapePool: string;
  readonly health: string;
  readonly lastError: string;
}

/** Starts a Prometheus that scrapes this server every second. */
async function scrape(base: string, folder: string) {
  const port = await freePort();
  const targets = `static_configs: [{ targets: ['${new URL(base).host}'] }]`;
  await mkdir(folder);
  await writeFile(
    join(folder, 'prometheus.yml'),
    `global: { scrape_interval: 1s }
scrape_configs:
  - { job_name: server, metrics_path: /metrics, ${targets} }
  - { job_name: plugin, metrics_path: /metrics/plugins/acme-ref-datasource, ${targets} }
`,
  );
  const args = [
    `--config.file=${join(folder, 'prometheus.yml')}`,
    `--storage.tsdb.path=${join(folder, 'tsdb')}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ];
  const child = spawn(prometheus ?? 'prometheus', args, { stdio: 'ignore' });
  const exited = once(child, 'exit');
  const ask = async (path: string) => {
    try {
      return ((await (await fetch(`http://127.0.0.1:${port}${path}`)).json()) as { data: Record<string, unknown> }).data;
    } catch {
      return undefined; // not listening yet
    }
  };
  return {
    async targets(): Promise<Target[]> {
      const found = ((await ask('/api/v1/targets?state=active'))?.activeTargets ?? []) as Target[];
      return [...found].sort((a, b) => (a.scrapePool < b.scrapePool ? -1 : 1));
    },
    /** How many series an expression has now. */
    async query(expression: string): Promise<number> {
      const data = await ask(`/api/v1/query?query=${encodeURIComponent(expression)}`);
      return ((data?.result ?? []) as unknown[]).length;
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
