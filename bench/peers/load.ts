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
}

/** Prepares a load; what it returns makes one call and resolves with the bytes of the answer's frame. */
export type PrepareCall = (load: Load) => () => Promise<number>;

/** Answers JSON lines on stdin with measurements on stdout until stdin ends; the same protocol as hostprobe. */
export async function serveLoad(pluginPid: number, prepare: PrepareCall): Promise<void> {
  console.log(JSON.stringify({ ready: true, pid: process.pid, plugin: pluginPid }));
  for await (const line of createInterface({ input: process.stdin })) {
    const { load } = JSON.parse(line) as { load: Load };
    console.log(JSON.stringify(await measure(load, pluginPid, prepare(load)).catch((error: Error) => ({ error: error.stack }))));
  }
}

async function measure(load: Load, pluginPid: number, call: () => Promise<number>) {
  const latencies: number[] = [];
  let bytes = 0;
  const [host, plugin, began] = [cpuUs(process.pid), cpuUs(pluginPid), performance.now()];
  const worker = async () => {
    for (let sent = performance.now(); sent < began + load.durationMs; sent = performance.now()) {
      bytes += await call();
      latencies.push((performance.now() - sent) * 1000);
    }
  };
  await Promise.all(Array.from({ length: load.inFlight }, worker));
  const wallUs = (performance.now() - began) * 1000;
  const [hostCpuUs, pluginCpuUs] = [cpuUs(process.pid) - host, cpuUs(pluginPid) - plugin];
  latencies.sort((a, b) => a - b);
  const at = (q: number) => latencies[Math.trunc(q * (latencies.length - 1))] ?? 0;
  return {
    calls: latencies.length,
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
