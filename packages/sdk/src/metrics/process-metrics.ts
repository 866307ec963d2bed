import { readdirSync } from 'node:fs';
import { type EventLoopUtilization, performance } from 'node:perf_hooks';
import type { Metric } from './metric.ts';

const startedAtSeconds = performance.timeOrigin / 1000;

/**
 * Reads how the process is doing, at the moment it is asked: nothing runs in between.
 *
 * Names are those of Prometheus' Go and Node clients, so that existing dashboards fit.
 */
export function createProcessMetrics(): () => Iterable<Metric> {
  let before = performance.eventLoopUtilization();
  return function* processMetrics() {
    const cpu = process.cpuUsage();
    const memory = process.memoryUsage();
    const now = performance.eventLoopUtilization();
    const since = performance.eventLoopUtilization(now, before) as EventLoopUtilization;
    before = now;
    yield single('counter', 'process_cpu_seconds_total', 'Total user and system CPU time spent in seconds.', (cpu.user + cpu.system) / 1e6);
    yield single('gauge', 'process_resident_memory_bytes', 'Resident memory size in bytes.', memory.rss);
    yield single('gauge', 'process_start_time_seconds', 'Start time of the process since unix epoch in seconds.', startedAtSeconds);
    const openFiles = countOpenFiles();
    if (openFiles !== undefined) yield single('gauge', 'process_open_fds', 'Number of open file descriptors.', openFiles);
    yield single('gauge', 'nodejs_heap_size_total_bytes', 'Size of the JavaScript heap in bytes.', memory.heapTotal);
    yield single('gauge', 'nodejs_heap_size_used_bytes', 'Used part of the JavaScript heap in bytes.', memory.heapUsed);
    yield single('gauge', 'nodejs_external_memory_bytes', 'Memory of buffers outside of the heap in bytes.', memory.external);
    yield single('gauge', 'nodejs_eventloop_utilization', 'Busy part of the event loop since the last reading, 0 to 1.', since.utilization);
    yield single('gauge', 'nodejs_active_resources', 'Things that keep the event loop alive.', process.getActiveResourcesInfo().length);
    yield {
      ...single('gauge', 'nodejs_version_info', 'Version of Node.', 1),
      labels: ['version'],
      samples: () => [{ suffix: '', labelValues: [process.version], value: 1 }],
    };
  };
}

function single(type: 'counter' | 'gauge', name: string, help: string, value: number): Metric {
  return { type, name, help, labels: [], samples: () => [{ suffix: '', labelValues: [], value }] };
}

/** Only Linux tells; elsewhere the metric is left out. */
function countOpenFiles(): number | undefined {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return undefined;
  }
}
