import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type Bench,
  type BenchCase,
  goPrograms,
  type Metric,
  type Peer,
  type Ratio,
  SOURCE_CONDITION,
  startLinePeer,
} from '../method/index.ts';
import type { Load } from '../peers/load.ts';

const OUR_HOST = fileURLToPath(import.meta.resolve('../peers/our-host.ts'));
const OUR_CHANNEL = fileURLToPath(import.meta.resolve('../wire/host.ts'));
const toLine = (load: Load) => ({ op: 'load', load });

/**
 * One host's call to the same genuine Go plugin, bench-datasource, which answers with frames encoded beforehand.
 *
 * The genuine host runs without Grafana's OpenTelemetry handler, in its favour. `decoded` means that it makes data
 * frames of the answer, as Grafana does; our host always does.
 */
export async function hostCallBench(): Promise<Bench<Load> & AsyncDisposable> {
  const go = await goPrograms();
  const plugin = await pluginFolder(join(go, 'bench-datasource'));
  const probe = (decode: boolean) => () => goPeer(go, decode);
  const cases = [
    call('1 KB call', { queryType: '64', requestBytes: 800, inFlight: 1 }),
    call('1 KB call, 32 at a time', { queryType: '64', requestBytes: 800, inFlight: 32 }),
    call('10 MB reply', { queryType: String(10 * 1024 * 1024), requestBytes: 800, inFlight: 1 }),
  ];
  return {
    name: 'host-call',
    cases,
    variants: {
      'our host': () => startLinePeer(process.execPath, [SOURCE_CONDITION, OUR_HOST, plugin], toLine),
      'our channel': () =>
        startLinePeer(process.execPath, [SOURCE_CONDITION, OUR_CHANNEL, 'ours', 'plain', join(go, 'bench-datasource')], toLine),
      'Go host, decoded': probe(true),
      'Go host': probe(false),
    },
    ratios: cases.flatMap(({ name }) => [...ratiosOf(name, 'our host', 'Go host, decoded'), ...ratiosOf(name, 'our channel', 'Go host')]),
    [Symbol.asyncDispose]: () => rm(plugin, { recursive: true }),
  };
}

function call(name: string, load: Pick<Load, 'queryType' | 'requestBytes' | 'inFlight'>): BenchCase<Load> {
  return { name, work: { ...load, durationMs: 700, decode: false } };
}

function ratiosOf(name: string, over: string, under: string): Ratio[] {
  const metrics: [label: string, metric: Metric][] = [
    ['CPU of both', 'cpu'],
    ['CPU of the host', 'hostCpu'],
    ['p50', 'p50'],
  ];
  // Of a big reply, bytes per second matter.
  const speed: Metric = name.endsWith('reply') ? 'MB/s' : 'calls/s';
  return [...metrics, [speed, speed] as const].map(([label, metric]) => {
    return { name: `${name}, ${label}: ${over} / ${under}`, cases: [name], metric, over, under };
  });
}

function goPeer(go: string, decode: boolean): Promise<Peer<Load>> {
  return startLinePeer(join(go, 'hostprobe'), ['-stats=false', join(go, 'bench-datasource')], (load) => toLine({ ...load, decode }));
}

async function pluginFolder(executable: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'backplane-bench-'));
  const os = process.platform === 'win32' ? 'windows' : process.platform;
  await mkdir(folder, { recursive: true });
  await cp(executable, join(folder, `gpx_bench_${os}_${process.arch === 'x64' ? 'amd64' : process.arch}`));
  const info = { version: '1.0.0', updated: '2026-01-01' };
  const manifest = { id: 'bench-datasource', type: 'datasource', name: 'Bench', backend: true, executable: 'gpx_bench', info };
  await writeFile(join(folder, 'plugin.json'), JSON.stringify(manifest));
  return folder;
}
