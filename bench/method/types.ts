/** What one round of one variant measured. */
export interface Measurement {
  readonly calls: number;
  readonly bytes: number;
  readonly wallUs: number;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly hostCpuUs: number;
  readonly pluginCpuUs: number;
  readonly hostPeakRssBytes: number;
}

/** A long-lived process that can be asked to work; disposing ends it and what it started. */
export interface Peer<Work> extends AsyncDisposable {
  measure(work: Work): Promise<Measurement>;
}

/** One thing to compare, and how a ratio's metric is called. */
export interface BenchCase<Work> {
  readonly name: string;
  readonly work: Work;
  /** Whether bytes per second matter, rather than calls. */
  readonly isThroughput: boolean;
}

/** A benchmark: cases, variants, and which two variants the ratios compare. */
export interface Bench<Work> {
  readonly name: string;
  readonly cases: readonly BenchCase<Work>[];
  readonly variants: Readonly<Record<string, () => Promise<Peer<Work>>>>;
  /** Pairs of variants: the first is divided by the second. */
  readonly ratios: readonly (readonly [over: string, under: string])[];
}

/** A row of the result: medians over the rounds. */
export interface Row {
  readonly case: string;
  readonly variant: string;
  /** Host and plugin together. */
  readonly cpuUsPerOp: number;
  readonly hostCpuUsPerOp: number;
  readonly pluginCpuUsPerOp: number;
  readonly opsPerSec: number;
  readonly megabytesPerSec: number;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly peakRssBytes: number;
}

/** What `--json` writes. */
export interface BenchResult {
  readonly name: string;
  readonly rounds: number;
  readonly rows: readonly Row[];
  /** `case: a / b`, the median over rounds of the ratio within one round. */
  readonly ratios: Readonly<Record<string, number>>;
}
