import { fileURLToPath } from 'node:url';
import { type Bench, type BenchCase, SOURCE_CONDITION, startLinePeer } from '../method/index.ts';

/** What is done to the wire while its memory is looked at. */
export interface WireMemoryWork {
  readonly kind: 'calls' | 'slowReader' | 'idle';
  /** Calls or connections. */
  readonly count: number;
}

const PEER = fileURLToPath(import.meta.resolve('../peers/our-wire-memory.ts'));
const MB = 1e6;

/** What our wire keeps, in the `peak MB` column, against limits: heap and buffers after calls, resident memory of the others. */
export async function wireMemoryBench(): Promise<Bench<WireMemoryWork> & AsyncDisposable> {
  const cases: (BenchCase<WireMemoryWork> & { readonly limitBytes: number })[] = [
    { name: 'idle after 10 000 calls, both sides', work: { kind: 'calls', count: 10_000 }, limitBytes: 2 * MB },
    { name: 'sender of 1 GB to a slow reader', work: { kind: 'slowReader', count: 1 }, limitBytes: 32 * MB },
    { name: '100 idle connections, both sides', work: { kind: 'idle', count: 100 }, limitBytes: 5 * MB },
  ];
  return {
    name: 'wire-memory',
    cases,
    variants: { ours: () => startLinePeer(process.execPath, [SOURCE_CONDITION, PEER], (work: WireMemoryWork) => work) },
    ratios: cases.map(({ name, limitBytes }) => ({
      name: `${name}, memory: ours / limit of ${limitBytes / MB} MB`,
      cases: [name],
      metric: 'peakRss',
      over: 'ours',
      under: limitBytes,
    })),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
