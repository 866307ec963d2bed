import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
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

const PRINT_PACKED = fileURLToPath(import.meta.resolve('../../conformance/support/print-packed.ts'));
const FIXTURE = fileURLToPath(import.meta.resolve('../../conformance/fixtures/bench-whole-datasource'));
const DURATION_MS = 700;
/** V8 compiles what is called often in several steps, and a plugin runs for weeks. */
const WARM_UP_MS = 2500;
const ROWS_SMALL = 32;
/** Two columns of 8 bytes. */
const ROWS_10_MB = (10 * 1024 * 1024) / 16;
/** As many rows as make a packet of 1 KB. */
const STREAM = '1000x46';
const STARTS = 5;
/** Limits that the product sets itself. */
const LIMITS = { executableStartUs: 60_000, bundleStartUs: 110_000, idleBytes: 25e6 };

type Work = { readonly kind: 'load'; readonly load: Load } | { readonly kind: 'start' } | { readonly kind: 'idle' };

/** A program that may be called, started and looked at. */
interface Program {
  readonly command: string;
  readonly args: readonly string[];
  /** Ends by itself instead of printing a handshake. */
  readonly isNoPlugin?: boolean;
}

/**
 * Whole plugins under the genuine Go host: ours, packed by `backplane pack`, and one on the genuine SDK that does the same.
 * Instances, parsing and validating the query, building the frame and encoding it are in.
 *
 * `start` is from spawn to handshake, with an empty environment; of `node -e 0` to its end. `idle` is memory that the
 * plugin has for itself, a second after its start.
 */
export async function pluginBench(): Promise<Bench<Work> & AsyncDisposable> {
  const go = await goPrograms();
  const { stdout } = await promisify(execFile)(process.execPath, [SOURCE_CONDITION, PRINT_PACKED, FIXTURE, 'gpx_bench_whole']);
  const { bundle, executable } = JSON.parse(stdout) as { bundle: string; executable: string };
  const programs = {
    ours: { command: executable, args: [] },
    bundle: { command: process.execPath, args: [bundle] },
    go: { command: join(go, 'bench-whole-datasource'), args: [] },
    'node -e 0': { command: process.execPath, args: ['-e', '0'], isNoPlugin: true },
  } satisfies Record<string, Program>;
  const host = join(go, 'hostprobe');
  return {
    name: 'plugin',
    cases: CASES,
    variants: Object.fromEntries(Object.entries(programs).map(([name, program]) => [name, async () => new PluginPeer(host, program)])),
    ratios: RATIOS,
    [Symbol.asyncDispose]: async () => {},
  };
}

const CASES: readonly BenchCase<Work>[] = [
  ...Object.entries({
    unary1: {},
    unary32: { inFlight: 32 },
    reply10m: { queryType: String(ROWS_10_MB) },
    packets1k: { stream: STREAM },
  } satisfies Record<string, Partial<Load>>).map(([name, load]) => ({
    name,
    work: {
      kind: 'load' as const,
      load: { queryType: String(ROWS_SMALL), requestBytes: 900, inFlight: 1, durationMs: DURATION_MS, decode: false, ...load },
    },
    variants: ['ours', 'go'],
  })),
  { name: 'start', work: { kind: 'start' }, variants: ['ours', 'bundle', 'go', 'node -e 0'] },
  { name: 'idle', work: { kind: 'idle' }, variants: ['ours', 'bundle', 'go'] },
];

const RATIOS: readonly Ratio[] = [
  ...['unary1', 'unary32', 'reply10m', 'packets1k'].flatMap((name): Ratio[] => [
    { name: `${name} cpu: ours / go`, cases: [name], metric: 'pluginCpu', over: 'ours', under: 'go' },
    { name: `${name} ops: ours / go`, cases: [name], metric: 'calls/s', over: 'ours', under: 'go' },
  ]),
  { name: 'start: ours / 60 ms', cases: ['start'], metric: 'p50', over: 'ours', under: LIMITS.executableStartUs },
  { name: 'start: bundle / 110 ms', cases: ['start'], metric: 'p50', over: 'bundle', under: LIMITS.bundleStartUs },
  { name: 'start: ours / node -e 0', cases: ['start'], metric: 'p50', over: 'ours', under: 'node -e 0' },
  { name: 'start: bundle / node -e 0', cases: ['start'], metric: 'p50', over: 'bundle', under: 'node -e 0' },
  { name: 'idle private memory: bundle / 25 MB', cases: ['idle'], metric: 'peakRss', over: 'bundle', under: LIMITS.idleBytes },
  { name: 'idle private memory: ours / 25 MB', cases: ['idle'], metric: 'peakRss', over: 'ours', under: LIMITS.idleBytes },
];

/** One plugin; its host is started when it is first called. */
class PluginPeer implements Peer<Work> {
  readonly #host: string;
  readonly #program: Program;
  #called: Peer<Load> | undefined;
  readonly #warm = new Set<string>();

  constructor(host: string, program: Program) {
    this.#host = host;
    this.#program = program;
  }

  async measure(work: Work): Promise<Measurement> {
    if (work.kind === 'start') return measureStart(this.#program);
    if (work.kind === 'idle') return measureIdle(this.#program);
    const { command, args } = this.#program;
    const toLine = (load: Load) => ({ op: 'load', load });
    this.#called ??= await startLinePeer(this.#host, ['-stats=false', '-skip-host-env', command, ...args], toLine);
    const key = JSON.stringify(work.load);
    if (!this.#warm.has(key)) await this.#called.measure({ ...work.load, durationMs: WARM_UP_MS });
    this.#warm.add(key);
    return this.#called.measure(work.load);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#called?.[Symbol.asyncDispose]();
  }
}

async function measureStart(program: Program): Promise<Measurement> {
  const latencies: number[] = [];
  for (let i = 0; i < STARTS; i++) {
    await using started = await start(program);
    latencies.push(started.us);
  }
  latencies.sort((a, b) => a - b);
  const median = latencies[Math.floor(latencies.length / 2)] ?? 0;
  return { ...nothing, calls: STARTS, wallUs: latencies.reduce((sum, us) => sum + us, 0), p50Us: median, p99Us: latencies.at(-1) ?? 0 };
}

async function measureIdle(program: Program): Promise<Measurement> {
  await using started = await start(program);
  await new Promise((resolve) => setTimeout(resolve, 1000));
  return { ...nothing, hostPeakRssBytes: anonymousBytes(started.pid) };
}

const nothing: Measurement = { calls: 1, bytes: 0, wallUs: 1, p50Us: 0, p99Us: 0, hostCpuUs: 0, pluginCpuUs: 0, hostPeakRssBytes: 0 };

/** Starts a program with an empty environment, as Grafana does, up to its handshake; disposing ends it. */
async function start({ command, args, isNoPlugin = false }: Program): Promise<{ us: number; pid: number } & AsyncDisposable> {
  const socketDir = mkdtempSync(join(tmpdir(), 'backplane-bench-'));
  const env = { grafana_plugin_type: 'datasource', PLUGIN_PROTOCOL_VERSIONS: '2', PLUGIN_UNIX_SOCKET_DIR: socketDir };
  const began = performance.now();
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = once(child, 'close');
  await (isNoPlugin ? ended : Promise.race([once(child.stdout, 'data'), ended]));
  const us = (performance.now() - began) * 1000;
  if (!isNoPlugin && child.exitCode !== null) throw new Error(`${command} ended before its handshake`);
  return {
    us,
    pid: child.pid ?? 0,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await ended;
      rmSync(socketDir, { recursive: true });
    },
  };
}

/** Memory that is no file's, and so the process' own (Linux): heap, stacks, buffers. The program itself is shared between its processes. */
function anonymousBytes(pid: number): number {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  return Number(/^Anonymous:\s+(\d+) kB$/m.exec(text)?.[1] ?? Number.NaN) * 1024;
}
