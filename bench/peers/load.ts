import { readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

/** The same as `load` of conformance/go/cmd/hostprobe. */
export interface Load {
  /** Bytes of the values that bench-datasource answers with. */
  readonly queryType: string;
  readonly requestBytes: number;
  readonly inFlight: number;
  readonly durationMs: number;
  readonly decode: boolean;
  /** Streams instead of queries, `1000x1024`: that many packets of that many bytes each. A packet is an operation. */
  readonly stream?: string;
  /** `queryType` of calls that are made beside, one after the other. Only their bytes count. */
  readonly beside?: string;
}

/** What one call did: an answer or packets, and the bytes of their frames. */
export interface CallResult {
  readonly operations: number;
  readonly bytes: number;
}

/** Prepares a load; what it returns makes one call. */
export type PrepareCall = (load: Load) => () => Promise<CallResult>;

/** Of more calls than these the last ones count. */
const MOST_SAMPLES = 1 << 17;
/** Allocated once: a list that grows while calls run would make V8 enlarge the heap of the host that is measured. */
const latencies = new Float64Array(MOST_SAMPLES);

/** Answers JSON lines on stdin with measurements on stdout until stdin ends; the same protocol as hostprobe. */
export async function serveLoad(pluginPid: number, prepare: PrepareCall): Promise<void> {
  console.log(JSON.stringify({ ready: true, pid: process.pid, plugin: pluginPid }));
  for await (const line of createInterface({ input: process.stdin })) {
    const { load } = JSON.parse(line) as { load: Load };
    console.log(JSON.stringify(await measure(load, pluginPid, prepare).catch((error: Error) => ({ error: error.stack }))));
  }
}

async function measure(load: Load, pluginPid: number, prepare: PrepareCall) {
  let [samples, calls, bytes] = [0, 0, 0];
  const call = prepare(load);
  const callBeside = load.beside === undefined ? undefined : prepare({ ...load, queryType: load.beside });
  const [host, plugin, began] = [cpuUs(process.pid), cpuUs(pluginPid), performance.now()];
  const worker = async () => {
    let now = performance.now();
    do {
      const sent = now;
      const done = await call();
      now = performance.now();
      calls += done.operations;
      bytes += done.bytes;
      latencies[samples++ % MOST_SAMPLES] = (now - sent) * 1000;
    } while (now < began + load.durationMs);
  };
  const beside = async (again: () => Promise<CallResult>) => {
    while (performance.now() < began + load.durationMs) bytes += (await again()).bytes;
  };
  await Promise.all([...Array.from({ length: load.inFlight }, worker), ...(callBeside === undefined ? [] : [beside(callBeside)])]);
  const wallUs = (performance.now() - began) * 1000;
  const [hostCpuUs, pluginCpuUs] = [cpuUs(process.pid) - host, cpuUs(pluginPid) - plugin];
  const sorted = latencies.subarray(0, Math.min(samples, MOST_SAMPLES)).sort();
  const at = (q: number) => sorted[Math.trunc(q * (sorted.length - 1))] ?? 0;
  return {
    calls,
    bytes,
    wallUs,
    p50Us: at(0.5),
    p99Us: at(0.99),
    hostCpuUs,
    pluginCpuUs,
    hostPeakRssBytes: peakRssBytes(),
  };
}

/** The time all threads of a process have spent on a CPU (Linux). */
function cpuUs(pid: number): number {
  let ns = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    try {
      ns += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]);
    } catch {
      // the thread has just ended
    }
  }
  return ns / 1000;
}

/** Linux counts in KiB. */
const peakRssBytes = (): number => process.resourceUsage().maxRSS * 1024;
