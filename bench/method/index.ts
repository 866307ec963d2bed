export { interleave } from './interleave.ts';
export { startLinePeer } from './line-peer.ts';
export { formatResult } from './report.ts';
export type { Bench, BenchCase, Peer } from './types.ts';
