import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Bench, type BenchCase, goPrograms, type Peer, startLinePeer } from '../method/index.ts';

/** What `queryload` of conformance/go is told. */
export interface ServerWork {
  readonly kind: 'query' | 'start';
  readonly body?: string;
  readonly inFlight?: number;
  readonly durationMs?: number;
  /** The peak of memory counts above what was in use before. */
  readonly extra?: boolean;
}

const ROOT = fileURLToPath(import.meta.resolve('../..'));
/** Bundled, as it is published: the start is measured, too. */
const PROGRAM = join(ROOT, 'packages/cli/program/backplane.cjs');
const MB = 1e6;
const PASSWORD = 'bench-admin';

/**
 * `backplane serve` against the smallest honest peer: Go's net/http over the genuine client and encoder, which knows no
 * accounts and no store. Both ask the same genuine Go plugin, which answers with frames encoded beforehand.
 */
export async function serverBench(): Promise<Bench<ServerWork> & AsyncDisposable> {
  const go = await goPrograms();
  await promisify(execFile)(process.execPath, [join(ROOT, 'scripts/program.mjs')]);
  const home = await serverHome(join(go, 'bench-datasource'));
  const load = join(go, 'queryload');
  // The very first start makes a database and a password, and compiles; the start that is measured finds them.
  await (await startOurs(load, home))[Symbol.asyncDispose]();
  const cases: BenchCase<ServerWork>[] = [
    { name: 'start', work: { kind: 'start' } },
    { name: 'query10 c1', work: query(10, { inFlight: 1, durationMs: 2000 }) },
    { name: 'query10 c32', work: query(10, { inFlight: 32, durationMs: 2000 }) },
    { name: 'query1e6', work: query(1_000_000, { inFlight: 1, durationMs: 0, extra: true }) },
  ];
  return {
    name: 'server',
    cases,
    variants: {
      ours: () => startOurs(load, home),
      go: () => startGo(load, go),
    },
    ratios: [
      { name: 'query10 c1 ops: ours / go', cases: ['query10 c1'], metric: 'calls/s', over: 'ours', under: 'go' },
      { name: 'query10 c1 cpu: ours / go', cases: ['query10 c1'], metric: 'hostCpu', over: 'ours', under: 'go' },
      { name: 'query10 c32 ops: ours / go', cases: ['query10 c32'], metric: 'calls/s', over: 'ours', under: 'go' },
      { name: 'query10 c32 cpu: ours / go', cases: ['query10 c32'], metric: 'hostCpu', over: 'ours', under: 'go' },
      { name: 'query1e6 cpu: ours / go', cases: ['query1e6'], metric: 'hostCpu', over: 'ours', under: 'go' },
      { name: 'query1e6 time: ours / go', cases: ['query1e6'], metric: 'p50', over: 'ours', under: 'go' },
      { name: 'query1e6 extra rss: ours / go', cases: ['query1e6'], metric: 'peakRss', over: 'ours', under: 'go' },
      { name: 'idle rss: ours / limit of 100 MB', cases: ['start'], metric: 'peakRss', over: 'ours', under: 100 * MB },
      { name: 'ready: ours / limit of 0.5 s', cases: ['start'], metric: 'p50', over: 'ours', under: 500_000 },
    ],
    [Symbol.asyncDispose]: () => rm(home, { recursive: true }),
  };
}

function query(rows: number, more: Omit<ServerWork, 'kind' | 'body'>): ServerWork {
  const one = {
    refId: 'A',
    datasource: { uid: 'bench', type: 'bench-datasource' },
    queryType: `rows:${rows}`,
    maxDataPoints: 1000,
    intervalMs: 1000,
  };
  return { kind: 'query', body: JSON.stringify({ from: '1704067200000', to: '1704070800000', queries: [one] }), ...more };
}

async function startOurs(load: string, home: string): Promise<Peer<ServerWork>> {
  const port = await freePort();
  const authorization = `Basic ${Buffer.from(`admin:${PASSWORD}`).toString('base64')}`;
  const serve = [process.execPath, PROGRAM, 'serve', '--config', join(home, 'grafana.ini'), '--port', String(port)];
  return await startLinePeer(load, [`http://127.0.0.1:${port}`, authorization, ...serve], (work: ServerWork) => work);
}

async function startGo(load: string, go: string): Promise<Peer<ServerWork>> {
  const address = `127.0.0.1:${await freePort()}`;
  const serve = [join(go, 'queryserver'), address, join(go, 'bench-datasource')];
  return await startLinePeer(load, [`http://${address}`, '', ...serve], (work: ServerWork) => work);
}

async function serverHome(executable: string): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'backplane-bench-server-'));
  const plugin = join(home, 'plugins/bench-datasource');
  await mkdir(plugin, { recursive: true });
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  await cp(executable, join(plugin, `gpx_bench_${platform}_${process.arch === 'x64' ? 'amd64' : process.arch}`));
  const info = { version: '1.0.0', updated: '2026-01-01' };
  const manifest = { id: 'bench-datasource', type: 'datasource', name: 'Bench', backend: true, executable: 'gpx_bench', info };
  await writeFile(join(plugin, 'plugin.json'), JSON.stringify(manifest));
  await mkdir(join(home, 'provisioning/datasources'), { recursive: true });
  await writeFile(
    join(home, 'provisioning/datasources/bench.yaml'),
    'apiVersion: 1\ndatasources: [{ name: bench, uid: bench, type: bench-datasource, access: proxy }]\n',
  );
  await writeFile(
    join(home, 'grafana.ini'),
    `[paths]
data = ${join(home, 'data')}
plugins = ${join(home, 'plugins')}
provisioning = ${join(home, 'provisioning')}
[plugins]
allow_loading_unsigned_plugins = bench-datasource
[security]
admin_password = ${PASSWORD}
`,
  );
  return home;
}

async function freePort(): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  const server = createServer().listen(0, '127.0.0.1', () => {
    const { port } = server.address() as { port: number };
    server.close(() => resolve(port));
  });
  return await promise;
}
