import type { BenchResult, Row } from './types.ts';

/** A result as two text tables: medians, then ratios. */
export function formatResult({ name, rounds, rows, ratios }: BenchResult): string {
  const head = ['case', 'variant', 'p50 µs', 'p99 µs', 'calls/s', 'MB/s', 'CPU µs/call', 'host', 'plugin', 'peak MB'];
  const body = rows.map((row) => cells(row));
  const widths = head.map((title, i) => Math.max(title.length, ...body.map((line) => line[i]!.length)));
  const line = (parts: readonly string[]) =>
    parts.map((part, i) => (i < 2 ? part.padEnd(widths[i]!) : part.padStart(widths[i]!))).join('  ');
  const longest = Math.max(0, ...Object.keys(ratios).map((key) => key.length));
  const ratioLines = Object.entries(ratios).map(([key, value]) => `${key.padEnd(longest)}  ${value.toFixed(value < 0.1 ? 3 : 2)}`);
  return [`${name}: medians of ${rounds} rounds`, line(head), ...body.map(line), '', 'ratios within a round (median)', ...ratioLines].join(
    '\n',
  );
}

function cells(row: Row): string[] {
  const numbers = [row.p50Us, row.p99Us, row.opsPerSec, row.megabytesPerSec, row.cpuUsPerOp, row.hostCpuUsPerOp, row.pluginCpuUsPerOp];
  return [row.case, row.variant, ...numbers.map(short), short(row.peakRssBytes / 1e6)];
}

const short = (value: number): string => (value >= 100 ? String(Math.round(value)) : value.toPrecision(3));
