import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Measurement } from '../method/index.ts';

/** The same as `work` of conformance/go/cmd/framebench: repeat an operation on a file, uncounted and then counted. */
export interface FrameWork {
  /** `json`: Arrow file to frame JSON; `pack`: arrays to Arrow file; `values`: Arrow file to JavaScript values. */
  readonly op: 'json' | 'direct' | 'pack' | 'pack file' | 'values' | 'stream';
  readonly file: string;
  /** How long to repeat it before anything counts; 0 for not at all. */
  readonly warmUpMs: number;
  /** How long to repeat it after that, once at least. */
  readonly durationMs: number;
}

/** Prepares an operation on a file; what it returns runs it once and returns the bytes it made or read. */
export type PrepareFrames = (file: Uint8Array, op: FrameWork['op']) => () => number;

/** Answers JSON lines on stdin with measurements on stdout until stdin ends; the same protocol as framebench. */
export async function serveFrames(folder: string, prepare: PrepareFrames): Promise<void> {
  console.log(JSON.stringify({ ready: true }));
  for await (const line of createInterface({ input: process.stdin })) {
    const work = JSON.parse(line) as FrameWork;
    try {
      console.log(JSON.stringify(measure(work, prepare(readFileSync(join(folder, work.file)), work.op))));
    } catch (error) {
      console.log(JSON.stringify({ error: (error as Error).stack }));
    }
  }
}

/** The folder that a peer was started with. @throws Error when there is none */
export function folderArgument(position = 2): string {
  const folder = process.argv[position];
  if (folder === undefined) throw new Error('give the folder of the corpus');
  return folder;
}

function measure({ warmUpMs, durationMs }: FrameWork, run: () => number): Measurement {
  globalThis.gc?.();
  if (warmUpMs > 0) repeat(run, warmUpMs);
  const [before, began] = [process.cpuUsage(), performance.now()];
  const { calls, bytes } = repeat(run, durationMs);
  const wallUs = (performance.now() - began) * 1000;
  const { user, system } = process.cpuUsage(before);
  const p50Us = wallUs / calls;
  return {
    calls,
    bytes,
    wallUs,
    p50Us,
    p99Us: p50Us,
    hostCpuUs: user + system,
    pluginCpuUs: 0,
    // Linux counts in KiB.
    hostPeakRssBytes: process.resourceUsage().maxRSS * 1024,
  };
}

/** Repeats an operation for so long, once at least. */
function repeat(run: () => number, forMs: number): { readonly calls: number; readonly bytes: number } {
  let calls = 0;
  let bytes = 0;
  const end = performance.now() + forMs;
  do {
    bytes += run();
    calls++;
  } while (performance.now() < end);
  return { calls, bytes };
}
