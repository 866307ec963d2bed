export { interleave } from './interleave.ts';
export { startLinePeer } from './line-peer.ts';
export { median } from './median.ts';
export { formatResult } from './report.ts';
export type { Bench, BenchCase, BenchResult, Measurement, Peer, Row } from './types.ts';
