import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Bench, type BenchCase, type Peer, startLinePeer } from '../method/index.ts';
import type { Load } from '../peers/load.ts';

const CONDITION = '--conditions=backplane:source';
const OUR_HOST = fileURLToPath(import.meta.resolve('../peers/our-host.ts'));
const OUR_CHANNEL = fileURLToPath(import.meta.resolve('../peers/our-channel.ts'));
const PRINT_GO = fileURLToPath(import.meta.resolve('../../conformance/support/print-go.ts'));
const toLine = (load: Load) => ({ op: 'load', load });

/**
 * One host's call to the same genuine Go plugin, bench-datasource, which answers with frames encoded beforehand.
 *
 * The genuine host runs without Grafana's OpenTelemetry handler, in its favour. `decoded` means that it makes data
 * frames of the answer, as Grafana does; our host always does.
 */
export async function hostCallBench(): Promise<Bench<Load> & AsyncDisposable> {
  const go = await goFolder();
  const plugin = await pluginFolder(join(go, 'bench-datasource'));
  const probe = (decode: boolean) => () => goPeer(go, decode);
  return {
    name: 'host-call',
    cases: [
      call('1 KB call', { queryType: '64', requestBytes: 800, inFlight: 1 }),
      call('1 KB call, 32 at a time', { queryType: '64', requestBytes: 800, inFlight: 32 }),
      { ...call('10 MB reply', { queryType: String(10 * 1024 * 1024), requestBytes: 800, inFlight: 1 }), isThroughput: true },
    ],
    variants: {
      'our host': () => startLinePeer(process.execPath, [CONDITION, OUR_HOST, plugin], toLine),
      'our channel': () => startLinePeer(process.execPath, [CONDITION, OUR_CHANNEL, join(go, 'bench-datasource')], toLine),
      'Go host, decoded': probe(true),
      'Go host': probe(false),
    },
    ratios: [
      ['our host', 'Go host, decoded'],
      ['our channel', 'Go host'],
    ],
    [Symbol.asyncDispose]: () => rm(plugin, { recursive: true }),
  };
}

function call(name: string, load: Pick<Load, 'queryType' | 'requestBytes' | 'inFlight'>): BenchCase<Load> {
  return { name, isThroughput: false, work: { ...load, durationMs: 700, decode: false } };
}

function goPeer(go: string, decode: boolean): Promise<Peer<Load>> {
  return startLinePeer(join(go, 'hostprobe'), ['-stats=false', join(go, 'bench-datasource')], (load) => toLine({ ...load, decode }));
}

/** The Go programs are built by the conformance package; asking it as a program keeps the two apart. */
async function goFolder(): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [CONDITION, PRINT_GO]);
  const build = JSON.parse(stdout) as { folder: string } | { missing: string };
  if ('missing' in build) throw new Error(`this bench compares with the genuine host: ${build.missing}`);
  return build.folder;
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
