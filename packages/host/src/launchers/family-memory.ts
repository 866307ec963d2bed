import { readFile } from 'node:fs/promises';

/** A family that forks while we count has an end all the same. */
const maxProcesses = 1_000;

/**
 * Resident memory in bytes of a process and its descendants; memory that they share counts once for each.
 * Linux only; elsewhere, and for a process that is gone, undefined.
 */
export async function familyMemoryBytes(pid: number): Promise<number | undefined> {
  let bytes: number | undefined;
  const family = [pid];
  for (let index = 0; index < family.length && index < maxProcesses; index++) {
    const member = family[index] as number;
    const [status, children] = await Promise.all([readProc(`${member}/status`), readProc(`${member}/task/${member}/children`)]);
    const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
    if (kibibytes !== undefined) bytes = (bytes ?? 0) + Number(kibibytes) * 1024;
    family.push(...children.split(' ').filter(Boolean).map(Number));
  }
  return bytes;
}

/** Empty for a process that has ended, or without /proc. */
function readProc(path: string): Promise<string> {
  return readFile(`/proc/${path}`, 'latin1').catch(() => '');
}
