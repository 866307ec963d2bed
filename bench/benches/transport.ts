import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type Bench,
  type BenchCase,
  goPrograms,
  type Measurement,
  type Peer,
  type Ratio,
  SOURCE_CONDITION,
  startLinePeer,
} from '../method/index.ts';
import type { Load } from '../peers/load.ts';

const HOST = fileURLToPath(import.meta.resolve('../wire/host.ts'));
const PLUGIN = fileURLToPath(import.meta.resolve('../wire/plugin.ts'));
const MEGABYTE = 1 << 20;
const DURATION_MS = 500;
/** V8 compiles what is called often in several steps, and a host runs for weeks. */
const WARM_UP_MS = 1500;
const BASE = 'go>go';
/** What a call beside a big reply may take at p50. */
const BESIDE_LIMIT_US = 1000;
/** A load, and whether it goes over mutual TLS: each peer has a pair of processes for either, started when it is first asked. */
interface Work {
  readonly load: Load;
  readonly security: 'plain' | 'mtls';
}

type Start = (security: Work['security']) => Promise<Peer<Load>>;

/**
 * The wire alone, as host>plugin: our protocol package, genuine Go (go-plugin's client, a plugin on the SDK's gRPC
 * layer), node:http2, grpc-js, and a bare socket as the floor. Cases that end with `mtls` go over AutoMTLS.
 *
 * All encode and decode the real messages of pluginv2: those in TypeScript with our codecs, Go with its own.
 * `mixed` is a 1 KB call beside 10 MB replies on the same connection.
 */
export async function transportBench(): Promise<Bench<Work> & AsyncDisposable> {
  const starts = startsOf(await goPrograms());
  const cases = [...casesOf('plain'), ...casesOf('mtls')];
  return {
    name: 'transport',
    cases,
    variants: Object.fromEntries(Object.entries(starts).map(([name, start]) => [name, async () => new LazyPeer(start)])),
    ratios: cases.flatMap(({ name, variants }) => variants.filter((one) => one !== BASE).flatMap((over) => ratiosOf(name, over))),
    [Symbol.asyncDispose]: async () => {},
  };
}

const VARIANTS = ['ours>ours', 'ours>go', 'go>ours', BASE, 'http2>http2', 'grpcjs>grpcjs', 'bare'] as const;

function startsOf(go: string): Record<(typeof VARIANTS)[number], Start> {
  const toLine = (load: Load) => ({ op: 'load', load });
  const goPlugin = [join(go, 'bench-datasource')];
  const plugin = (name: string) => [process.execPath, SOURCE_CONDITION, PLUGIN, name];
  const goHost =
    (command: readonly string[]): Start =>
    (security) =>
      startLinePeer(join(go, 'hostprobe'), ['-stats=false', `-mtls=${security === 'mtls'}`, ...command], toLine);
  const host =
    (name: string, command: readonly string[]): Start =>
    (security) =>
      startLinePeer(process.execPath, [SOURCE_CONDITION, HOST, name, security, ...command], toLine);
  return {
    'ours>ours': host('ours', plugin('ours')),
    'ours>go': host('ours', goPlugin),
    'go>ours': goHost(plugin('ours')),
    [BASE]: goHost(goPlugin),
    'http2>http2': host('http2', plugin('http2')),
    'grpcjs>grpcjs': host('grpcjs', plugin('grpcjs')),
    bare: host('bare', plugin('bare')),
  };
}

class LazyPeer implements Peer<Work> {
  readonly #start: Start;
  readonly #started = new Map<Work['security'], Peer<Load>>();
  readonly #warm = new Set<string>();

  constructor(start: Start) {
    this.#start = start;
  }

  async measure({ load, security }: Work): Promise<Measurement> {
    const peer = this.#started.get(security) ?? (await this.#start(security));
    this.#started.set(security, peer);
    const key = `${security} ${JSON.stringify(load)}`;
    if (!this.#warm.has(key)) await peer.measure({ ...load, durationMs: WARM_UP_MS });
    this.#warm.add(key);
    return peer.measure(load);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#started.values()].map((peer) => peer[Symbol.asyncDispose]()));
  }
}

function casesOf(security: Work['security']): (BenchCase<Work> & { variants: readonly string[] })[] {
  const small = { queryType: '64' };
  const loads: Record<string, Partial<Load>> = {
    unary1: small,
    unary32: { ...small, inFlight: 32 },
    reply1m: { queryType: String(MEGABYTE) },
    reply10m: { queryType: String(10 * MEGABYTE) },
    packets1k: { stream: '1000x1024' },
    packets64k: { stream: '160x65536' },
    mixed: { ...small, beside: String(10 * MEGABYTE) },
  };
  return Object.entries(loads).map(([name, load]) => ({
    name: security === 'plain' ? name : `${name} mtls`,
    work: { load: { queryType: '', requestBytes: 800, inFlight: 1, durationMs: DURATION_MS, decode: false, ...load }, security },
    // A bare socket answers in turn, so there is nothing beside anything.
    variants: VARIANTS.filter((variant) => !(name === 'mixed' && variant === 'bare')),
  }));
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
