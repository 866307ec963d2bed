import { readFileSync } from 'node:fs';
import type { Exit } from './child.ts';

/** How the end of a process looks from outside. */
export interface Symptoms {
  /** Undefined while it lives. */
  readonly exit: Exit | undefined;
  /** Last lines of standard error, oldest first. */
  readonly stderrTail: readonly string[];
  /** True when this host killed it: then a signal tells nothing. */
  readonly isKilledByUs: boolean;
  /** True when the kernel has killed something for want of memory since it started. */
  readonly isMemoryShort: boolean;
  /** The limit of memory for which the kernel killed it. */
  readonly exceededBytes: number | undefined;
}

/** What plugins, their runtimes and their loaders write, and what to do about it. The first that fits counts. */
const writings: readonly (readonly [pattern: RegExp, diagnosis: string])[] = [
  [
    /^bwrap: (?:No permissions to creat|Creating new namespace failed|setting up [ug]id map|Can't mount proc|Creation of new user namespaces)/m,
    'this system permits no namespaces, of which its sandbox is made; allow user namespaces (sysctl kernel.unprivileged_userns_clone=1, an AppArmor profile for bwrap, or a container that may), or run it without a sandbox',
  ],
  [/^bwrap: Unknown option/m, 'bubblewrap is too old for its sandbox; install 0.8 or later'],
  [/^bwrap: execvp (.*): No such file/m, '$1, or what that is started by, is not in its sandbox; add where it lies to the readable paths'],
  [/error while loading shared libraries: ([^:\s]+)/, 'the shared library $1 is missing; install it, or build with CGO_ENABLED=0'],
  [/version `(GLIBC\w*_[\d.]+)' not found/, 'it needs $1, a newer C library than this system has; build with CGO_ENABLED=0'],
  [
    /This (?:binary|program) is a plugin|grafana_plugin_type/,
    'it was refused the cookie: the variable grafana_plugin_type did not reach it; a wrapper around it must hand its environment on',
  ],
  [
    /ENAMETOOLONG|(?:bind|listen)\b.*(?:invalid argument|too long)|socket path.*too long/,
    'the path of its socket is too long; give the host a shorter runRoot',
  ],
  [
    /JavaScript heap out of memory|runtime: out of memory|cannot allocate memory/,
    'it ran out of memory; raise softMemoryBytes of its limits, or let it do less',
  ],
  [/ENOSPC|no space left on device/, 'a disk is full'],
  [/EMFILE|too many open files/, 'it may not open more files; it leaks some, or raise ulimit -n'],
  [/EADDRINUSE|address already in use/, 'another process has its address'],
  [
    /(?:listen|bind|mkdir|mkdtemp|open|create|temp).*(?:EROFS|EACCES|read-only file system|permission denied)|(?:EROFS|EACCES|permission denied).*(?:listen|bind|mkdir|mkdtemp|open|create|temp)/i,
    'it may not write where it wants its socket or a temporary file; look at the permissions of that folder',
  ],
  [
    /Cannot find (?:package|module) '([^']+)'/,
    'it needs the module $1, which is not installed; build the plugin into one file, or install its dependencies',
  ],
  [/bad CPU type|Exec format error|cannot execute binary file/, 'it is built for another processor; install the build for this machine'],
];

/** What the end of a process, or its silence, probably means and what to do; undefined when nothing speaks for it. */
export function diagnose({ exit, stderrTail, isKilledByUs, isMemoryShort, exceededBytes }: Symptoms): string | undefined {
  if (exceededBytes !== undefined) {
    return `it wanted more memory than its limit of ${mebibytes(exceededBytes)}, and the kernel killed it; raise maxMemoryBytes of its limits, or let it do less`;
  }
  const text = stderrTail.join('\n');
  for (const [pattern, diagnosis] of writings) {
    const found = pattern.exec(text);
    if (found !== null) return diagnosis.replace('$1', found[1] ?? '');
  }
  if (exit === undefined || isKilledByUs) return undefined;
  if (exit.signal === null) return exitWords[exit.code ?? 0];
  if (exit.signal === 'SIGKILL' && isMemoryShort) {
    return 'the kernel killed it for want of memory; give the machine or container more, or limit the plugin by softMemoryBytes';
  }
  return signalWords[exit.signal];
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(0)} MiB`;
}

/** What a signal means that this host did not send. */
const signalWords: Readonly<Partial<Record<NodeJS.Signals, string>>> = {
  SIGKILL: 'somebody killed it; when nobody did, the kernel did, for want of memory in its container',
  SIGTERM: 'somebody asked it to end',
  SIGHUP: 'its terminal went away, or somebody asked it to end',
  SIGSEGV: 'it reached for memory that is not there; the fault is in it, or in a C library that it uses',
  SIGBUS: 'it reached for memory that cannot be had: a file that it maps became shorter, or a disk is full',
  SIGABRT: 'it gave itself up; its last words say why',
  SIGFPE: 'it calculated what cannot be, such as a division by zero',
  SIGILL: 'the processor lacks an instruction that it was built with (GOAMD64); install a build for older ones',
  SIGSYS: 'a seccomp filter forbids what it does',
  SIGPIPE: 'it wrote to a pipe that nobody reads any more',
  SIGXCPU: 'it used up the processor time that ulimit -t gives it',
  SIGXFSZ: 'it wrote a larger file than ulimit -f allows',
};

/** What an exit code means by convention of shells, of Node, or of Go. */
const exitWords: Readonly<Record<number, string>> = {
  13: 'its top-level await never settles, and nothing else keeps Node running; did it forget to serve?',
  126: 'a program that it starts must not be executed',
  127: 'a program that it starts is missing',
  134: 'what it wraps gave itself up',
  137: 'what it wraps was killed, maybe for want of memory',
  139: 'what it wraps reached for memory that is not there',
};

/** How often the kernel has killed for want of memory since boot; undefined where it does not tell. */
export function readOomKills(): number | undefined {
  try {
    const count = /^oom_kill (\d+)$/m.exec(readFileSync('/proc/vmstat', 'latin1'))?.[1];
    return count === undefined ? undefined : Number(count);
  } catch {
    return undefined; // no Linux
  }
}
