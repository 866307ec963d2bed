import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** A process that is not mistaken for a later one with the same pid. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Says when it started, in a form of the system's own; undefined where that cannot be known. */
  readonly startedAt: string | undefined;
}

/** Identity of a process that runs now, or undefined when there is none. */
export function identify(pid: number): ProcessIdentity | undefined {
  if (process.platform !== 'linux') return isAlive(pid) ? { pid, startedAt: startedAtByPs(pid) } : undefined;
  const stat = readProc(`${pid}/stat`);
  if (stat === undefined) return undefined;
  // After the name in parentheses, which may hold anything, field 3 is the state and field 22 the start in ticks since boot.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? undefined : { pid, startedAt: `${bootId()}:${fields[19]}` };
}

/** True only when the process is proven to be the one that was recorded. */
export function isSameProcess(recorded: ProcessIdentity): boolean {
  const now = identify(recorded.pid);
  return now?.startedAt !== undefined && now.startedAt === recorded.startedAt;
}

/** Name of the pid namespace; pids mean nothing in another one. Undefined where there are none. */
export function pidNamespace(): string | undefined {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return undefined; // no Linux, or no /proc: then there is one namespace as far as we can tell
  }
}

/**
 * Finds processes whose initial environment has `PLUGIN_UNIX_SOCKET_DIR` in a folder: plugins and what they started,
 * whoever is their parent by now. Yields after every 64 processes, so that it can be driven without blocking.
 * Linux only; elsewhere it finds none.
 */
export function* findBySocketFolder(folder: string): Generator<undefined, ProcessIdentity[], undefined> {
  const found: ProcessIdentity[] = [];
  let seen = 0;
  for (const pid of process.platform === 'linux' ? pids() : []) {
    if (pid !== process.pid && usesFolder(pid, folder)) {
      const identity = identify(pid);
      if (identity !== undefined) found.push(identity);
    }
    if (++seen % 64 === 0) yield;
  }
  return found;
}

/** Sends a signal; a process that is gone already is fine. A negative pid means its group. */
export function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    // EPERM: macOS says so about a group of which only zombies are left.
    if (!['ESRCH', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}

function pids(): number[] {
  return readdirSync('/proc').map(Number).filter(Number.isInteger);
}

function usesFolder(pid: number, folder: string): boolean {
  const prefix = 'PLUGIN_UNIX_SOCKET_DIR=';
  const entry = readProc(`${pid}/environ`)
    ?.split('\0')
    .findLast((variable) => variable.startsWith(prefix))
    ?.slice(prefix.length);
  return entry !== undefined && (entry === folder || entry.startsWith(`${folder}/`));
}

/** A process may end, or belong to someone else, while we look. */
function readProc(path: string): string | undefined {
  try {
    return readFileSync(`/proc/${path}`, 'utf8');
  } catch {
    return undefined;
  }
}

function bootId(): string {
  return readProc('sys/kernel/random/boot_id')?.trim() ?? 'unknown boot';
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function startedAtByPs(pid: number): string | undefined {
  if (process.platform === 'win32') return undefined;
  try {
    return (
      execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
        env: { PATH: process.env.PATH, TZ: 'UTC', LC_ALL: 'C' },
      }).trim() || undefined
    );
  } catch {
    return undefined; // ended meanwhile
  }
}
