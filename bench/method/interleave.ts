import { median } from './median.ts';
import type { Bench, BenchCase, BenchResult, Measurement, Peer, Row } from './types.ts';

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
    for (const { name: caseName, work } of bench.cases) {
      for (let i = 0; i < names.length; i++) {
        const variant = names[(i + Math.max(round, 0)) % names.length]!;
        const measured = await peers.get(variant)!.measure(work);
        if (round >= 0) samples.push({ case: caseName, variant, round, measured });
      }
    }
  }
  const rows = bench.cases.flatMap(({ name }) => names.map((variant) => rowOf(samples, name, variant)));
  return { name: bench.name, rounds, rows, ratios: ratiosOf(bench, samples) };
}

function rowOf(samples: readonly Sample[], caseName: string, variant: string): Row {
  const measured = samples.filter((sample) => sample.case === caseName && sample.variant === variant).map((sample) => sample.measured);
  const of = (metric: (m: Measurement) => number) => median(measured.map(metric));
  return {
    case: caseName,
    variant,
    cpuUsPerOp: of(METRICS.cpu),
    hostCpuUsPerOp: of((m) => m.hostCpuUs / m.calls),
    pluginCpuUsPerOp: of((m) => m.pluginCpuUs / m.calls),
    opsPerSec: of(METRICS.calls),
    megabytesPerSec: of(METRICS.bytes),
    p50Us: of(METRICS.p50),
    p99Us: of((m) => m.p99Us),
    peakRssBytes: Math.max(...measured.map((m) => m.hostPeakRssBytes)),
  };
}

const METRICS = {
  cpu: (m: Measurement) => (m.hostCpuUs + m.pluginCpuUs) / m.calls,
  hostCpu: (m: Measurement) => m.hostCpuUs / m.calls,
  calls: (m: Measurement) => (m.calls / m.wallUs) * 1e6,
  bytes: (m: Measurement) => m.bytes / m.wallUs,
  p50: (m: Measurement) => m.p50Us,
};

function ratiosOf<Work>(bench: Bench<Work>, samples: readonly Sample[]): Record<string, number> {
  const ratios: Record<string, number> = {};
  for (const benchCase of bench.cases)
    for (const [over, under] of bench.ratios)
      for (const [label, metric] of metricsOf(benchCase)) {
        const of = (variant: string) => samples.filter((sample) => sample.case === benchCase.name && sample.variant === variant);
        const [a, b] = [of(over), of(under)];
        ratios[`${benchCase.name}, ${label}: ${over} / ${under}`] = median(
          a.map(({ measured }, i) => metric(measured) / metric(b[i]!.measured)),
        );
      }
  return ratios;
}

function metricsOf({ isThroughput }: BenchCase<unknown>): (readonly [label: string, metric: (m: Measurement) => number])[] {
  const speed = isThroughput ? (['MB/s', METRICS.bytes] as const) : (['calls/s', METRICS.calls] as const);
  return [['CPU of both', METRICS.cpu], ['CPU of the host', METRICS.hostCpu], ['p50', METRICS.p50], speed];
}
