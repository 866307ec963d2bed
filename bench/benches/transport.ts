import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Bench, type BenchCase, goPrograms, type Peer, type Ratio, SOURCE_CONDITION, startLinePeer } from '../method/index.ts';
import type { Load } from '../peers/load.ts';

const HOST = fileURLToPath(import.meta.resolve('../wire/host.ts'));
const PLUGIN = fileURLToPath(import.meta.resolve('../wire/plugin.ts'));
const MEGABYTE = 1 << 20;
const DURATION_MS = 500;
const BASE = 'go>go';
/** What a call beside a big reply may take at p50. */
const BESIDE_LIMIT_US = 1000;
const toLine = (load: Load) => ({ op: 'load', load });

/**
 * The wire alone, as host>plugin: our protocol package, genuine Go (go-plugin's client, a plugin on the SDK's gRPC
 * layer), node:http2, grpc-js, and a bare socket as the floor.
 *
 * All encode and decode the real messages of pluginv2: those in TypeScript with our codecs, Go with its own.
 * `mixed` is a 1 KB call beside 10 MB replies on the same connection.
 */
export async function transportBench(): Promise<Bench<Load> & AsyncDisposable> {
  const go = await goPrograms();
  const goPlugin = [join(go, 'bench-datasource')];
  const plugin = (name: string) => [process.execPath, SOURCE_CONDITION, PLUGIN, name];
  const goHost = (command: readonly string[]) => () => startLinePeer(join(go, 'hostprobe'), ['-stats=false', ...command], toLine);
  const host = (name: string, command: readonly string[]) => () =>
    startLinePeer(process.execPath, [SOURCE_CONDITION, HOST, name, ...command], toLine);
  const variants: Record<string, () => Promise<Peer<Load>>> = {
    'ours>ours': host('ours', plugin('ours')),
    'ours>go': host('ours', goPlugin),
    'go>ours': goHost(plugin('ours')),
    [BASE]: goHost(goPlugin),
    'http2>http2': host('http2', plugin('http2')),
    'grpcjs>grpcjs': host('grpcjs', plugin('grpcjs')),
    bare: host('bare', plugin('bare')),
  };
  // A bare socket answers in turn, so there is nothing beside anything.
  const besides = Object.keys(variants).filter((name) => name !== 'bare');
  const small = { queryType: '64', requestBytes: 800 };
  const cases = [
    caseOf('unary1', small),
    caseOf('unary32', { ...small, inFlight: 32 }),
    caseOf('reply1m', { queryType: String(MEGABYTE) }),
    caseOf('reply10m', { queryType: String(10 * MEGABYTE) }),
    caseOf('packets1k', { stream: '1000x1024' }),
    caseOf('packets64k', { stream: '160x65536' }),
    { ...caseOf('mixed', { ...small, beside: String(10 * MEGABYTE) }), variants: besides },
  ];
  const others = Object.keys(variants).filter((name) => name !== BASE);
  return {
    name: 'transport',
    cases,
    variants,
    ratios: cases.flatMap(({ name, variants: some = others }) =>
      some.filter((one) => one !== BASE).flatMap((over) => ratiosOf(name, over)),
    ),
    [Symbol.asyncDispose]: async () => {},
  };
}

function caseOf(name: string, load: Partial<Load>): BenchCase<Load> {
  return { name, work: { queryType: '', requestBytes: 800, inFlight: 1, durationMs: DURATION_MS, decode: false, ...load } };
}

function ratiosOf(name: string, over: string): Ratio[] {
  const cases = [name];
  if (name.startsWith('mixed')) {
    return [
      { name: `${name} p50: ${over} / ${BASE}`, cases, metric: 'p50', over, under: BASE },
      { name: `${name} p50: ${over} / 1 ms`, cases, metric: 'p50', over, under: BESIDE_LIMIT_US },
    ];
  }
  return [
    { name: `${name} cpu: ${over} / ${BASE}`, cases, metric: 'cpu', over, under: BASE },
    { name: `${name} ops: ${over} / ${BASE}`, cases, metric: 'calls/s', over, under: BASE },
  ];
}
