import { readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import type { ProcessUsage } from './types.ts';

/** A family that forks while we count has an end all the same. */
const maxProcesses = 1_000;
/** Ticks of `/proc/<pid>/stat` in a second: 100 on every Linux, as user space sees it. */
const ticksPerSecond = 100;

/**
 * What a process and its descendants take; memory that they share counts once for each, and the time of descendants that
 * have ended not at all. Linux only; elsewhere, and for a process that is gone, undefined.
 */
export async function familyUsage(pid: number): Promise<ProcessUsage | undefined> {
  let usage: ProcessUsage | undefined;
  const family = [pid];
  for (let index = 0; index < family.length && index < maxProcesses; index++) {
    const member = family[index] as number;
    const [status, stat, children] = await Promise.all([readProc(`${member}/status`), readProc(`${member}/stat`), allChildrenOf(member)]);
    const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
    if (kibibytes !== undefined) {
      const { memoryBytes = 0, cpuSeconds = 0 } = usage ?? {};
      usage = { memoryBytes: memoryBytes + Number(kibibytes) * 1024, cpuSeconds: cpuSeconds + cpuTicks(stat) / ticksPerSecond };
    }
    family.push(...children);
  }
  return usage;
}

/** The kernel lists children by the thread that started them; in Go that is any of them. */
async function allChildrenOf(pid: number): Promise<number[]> {
  const threads = await readdir(`/proc/${pid}/task`).catch((): string[] => []);
  return (await Promise.all(threads.map((thread) => readProc(`${pid}/task/${thread}/children`)))).flatMap(parsePids);
}

/** Pids of the children of the first thread of a process, empty when it is gone. Linux only. */
export function childrenOf(pid: number): number[] {
  try {
    return parsePids(readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1'));
  } catch {
    return [];
  }
}

function parsePids(text: string): number[] {
  return text.split(' ').filter(Boolean).map(Number);
}

/** User and system time: fields 14 and 15, counted behind the name in parentheses, which may hold anything. */
function cpuTicks(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) || 0) + (Number(fields[12]) || 0);
}

/** Empty for a process that has ended, or without /proc. */
function readProc(path: string): Promise<string> {
  return readFile(`/proc/${path}`, 'latin1').catch(() => '');
}
