export { filterBench } from './filter-bench.ts';
export { goPrograms, SOURCE_CONDITION } from './go-programs.ts';
export { interleave } from './interleave.ts';
export { startLinePeer } from './line-peer.ts';
export { formatResult } from './report.ts';
export type { Bench, BenchCase, Measurement, Metric, Peer, Ratio } from './types.ts';
