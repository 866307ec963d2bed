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

/** One thing to compare. */
export interface BenchCase<Work> {
  readonly name: string;
  readonly work: Work;
  /** Which variants do it; all by default. */
  readonly variants?: readonly string[];
}

/** What is compared: CPU time of all, of the host or of the plugin, the middle and the slow latency, memory, or a speed. */
export type Metric = 'cpu' | 'hostCpu' | 'pluginCpu' | 'p50' | 'p99' | 'peakRss' | 'calls/s' | 'MB/s';

/** A figure that a target names: of several cases it is the geometric mean. */
export interface Ratio {
  /** The whole name, such as `json 100 geomean cpu: ours / go`. */
  readonly name: string;
  readonly cases: readonly string[];
  readonly metric: Metric;
  /** The variant that is divided. */
  readonly over: string;
  /** The variant that divides, or a limit. */
  readonly under: string | number;
}

/** A benchmark: cases, variants, and which ratios matter. */
export interface Bench<Work> {
  readonly name: string;
  readonly cases: readonly BenchCase<Work>[];
  readonly variants: Readonly<Record<string, () => Promise<Peer<Work>>>>;
  readonly ratios: readonly Ratio[];
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
  /** By name: the median over rounds of the ratio within one round. */
  readonly ratios: Readonly<Record<string, number>>;
}
