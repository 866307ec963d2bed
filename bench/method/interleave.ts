import { median } from './median.ts';
import type { Bench, BenchResult, Measurement, Metric, Peer, Ratio, Row } from './types.ts';

interface Sample {
  readonly case: string;
  readonly variant: string;
  readonly round: number;
  readonly measured: Measurement;
}

/**
 * Measures all variants in one run, in turns.
 *
 * Peers live through the whole run. Each round measures every case with every variant, starting with another one each
 * time, so that what disturbs the machine disturbs all alike; one round before the first warms up and is not counted.
 * Ratios are taken within a round, where the two sides were measured seconds apart.
 */
export async function interleave<Work>(bench: Bench<Work>, rounds: number, onRound: (round: number) => void): Promise<BenchResult> {
  const names = Object.keys(bench.variants);
  await using stack = new AsyncDisposableStack();
  const peers = new Map<string, Peer<Work>>();
  for (const name of names) peers.set(name, stack.use(await bench.variants[name]!()));
  const samples: Sample[] = [];
  for (let round = -1; round < rounds; round++) {
    onRound(round);
    for (const { name: caseName, work, variants } of bench.cases) {
      const order = variants ?? names;
      for (let i = 0; i < order.length; i++) {
        const variant = order[(i + Math.max(round, 0)) % order.length]!;
        const measured = await peers.get(variant)!.measure(work);
        if (round >= 0) samples.push({ case: caseName, variant, round, measured });
      }
    }
  }
  const rows = bench.cases.flatMap(({ name, variants }) => (variants ?? names).map((variant) => rowOf(samples, name, variant)));
  return {
    name: bench.name,
    rounds,
    rows,
    ratios: Object.fromEntries(bench.ratios.map((ratio) => [ratio.name, ratioOf(ratio, samples, rounds)])),
  };
}

function rowOf(samples: readonly Sample[], caseName: string, variant: string): Row {
  const measured = samples.filter((sample) => sample.case === caseName && sample.variant === variant).map((sample) => sample.measured);
  const of = (metric: (m: Measurement) => number) => median(measured.map(metric));
  return {
    case: caseName,
    variant,
    cpuUsPerOp: of(METRICS.cpu),
    hostCpuUsPerOp: of(METRICS.hostCpu),
    pluginCpuUsPerOp: of(METRICS.pluginCpu),
    opsPerSec: of(METRICS['calls/s']),
    megabytesPerSec: of(METRICS['MB/s']),
    p50Us: of(METRICS.p50),
    p99Us: of(METRICS.p99),
    peakRssBytes: Math.max(...measured.map((m) => m.hostPeakRssBytes)),
  };
}

const METRICS: Readonly<Record<Metric, (m: Measurement) => number>> = {
  cpu: (m) => (m.hostCpuUs + m.pluginCpuUs) / m.calls,
  hostCpu: (m) => m.hostCpuUs / m.calls,
  pluginCpu: (m) => m.pluginCpuUs / m.calls,
  p50: (m) => m.p50Us,
  p99: (m) => m.p99Us,
  peakRss: (m) => m.hostPeakRssBytes,
  'calls/s': (m) => (m.calls / m.wallUs) * 1e6,
  'MB/s': (m) => m.bytes / m.wallUs,
};

function ratioOf({ cases, metric, over, under }: Ratio, samples: readonly Sample[], rounds: number): number {
  const of = (caseName: string, variant: string, round: number) => {
    const sample = samples.find((one) => one.case === caseName && one.variant === variant && one.round === round);
    if (sample === undefined) throw new Error(`${variant} did not measure ${caseName}`);
    return METRICS[metric](sample.measured);
  };
  const inRound = (round: number) => {
    const logarithms = cases.map((name) => Math.log(of(name, over, round) / (typeof under === 'number' ? under : of(name, under, round))));
    return Math.exp(logarithms.reduce((sum, value) => sum + value, 0) / cases.length);
  };
  return median(Array.from({ length: rounds }, (_, round) => inRound(round)));
}
