import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** How long the kernel may take to end what is in a group. */
const removeWaitMs = 1_000;
const tryEveryMs = 5;

/** A cgroup with a limit of memory around one run of a plugin. */
export class MemoryGroup {
  readonly path: string;
  readonly maxBytes: number;

  /**
   * Makes the group: beyond `maxBytes` the kernel kills all that is in it.
   *
   * @param parent a cgroup that hands memory on
   * @throws the error of the system
   */
  constructor(parent: string, name: string, maxBytes: number) {
    this.path = join(parent, name);
    this.maxBytes = maxBytes;
    mkdirSync(this.path);
    try {
      this.#write('memory.max', String(maxBytes));
      this.#write('memory.oom.group', '1');
      this.#writeIfThere('memory.swap.max', '0');
    } catch (error) {
      rmdirSync(this.path);
      throw error;
    }
  }

  /** Puts a process into the group, with all that it starts from now on. One that has ended is fine. */
  add(pid: number): void {
    try {
      this.#write('cgroup.procs', String(pid));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }

  /** How often the kernel has killed in here for want of memory. */
  oomKills(): number {
    try {
      return Number(/^oom_kill (\d+)$/m.exec(readFileSync(join(this.path, 'memory.events'), 'latin1'))?.[1] ?? 0);
    } catch {
      return 0; // the group is gone
    }
  }

  /**
   * Kills all that is in it, whatever that did to leave its parents, and removes it.
   *
   * @throws the error of the system, `EBUSY` when something does not end
   */
  remove(): Promise<void> {
    return removeGroup(this.path);
  }

  #write(file: string, value: string): void {
    writeFileSync(join(this.path, file), value);
  }

  /** A kernel without swap has no limit of it. */
  #writeIfThere(file: string, value: string): void {
    try {
      this.#write(file, value);
    } catch (error) {
      if (!['ENOENT', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    }
  }
}

/** The same for a group that another host has made. One that is gone is fine. */
export async function removeGroup(path: string): Promise<void> {
  for (let waitedMs = 0; ; waitedMs += tryEveryMs) {
    try {
      rmdirSync(path);
      return;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT') return;
      if (code !== 'EBUSY' || waitedMs >= removeWaitMs) throw error;
      if (waitedMs === 0) killAll(path);
    }
    await sleep(tryEveryMs);
  }
}

function killAll(path: string): void {
  try {
    writeFileSync(join(path, 'cgroup.kill'), '1');
  } catch (error) {
    if (!['ENOENT', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error; // before Linux 5.14; signals have been sent
  }
}
