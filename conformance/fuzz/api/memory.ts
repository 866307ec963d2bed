import { readFileSync } from 'node:fs';

/** Resident memory of a process in bytes; undefined where there is no /proc, or no such process. */
export function residentBytes(pid: number): number | undefined {
  try {
    const found = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return found === null ? undefined : Number(found[1]) * 1024;
  } catch {
    return undefined; // the caller tells that there is no figure
  }
}
