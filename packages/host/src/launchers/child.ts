import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { Program } from '../discovery/index.ts';
import { sendSignal } from './run-folder/index.ts';

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A process that was started, the leader of a group of its own. */
export interface Child {
  readonly pid: number;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Resolves, and never rejects, at the end of the process itself, even when others hold its pipes. */
  readonly exited: Promise<Exit>;
  /** Set once it has ended. */
  exit(): Exit | undefined;
  /** To the process and all it started, as far as they stayed in the group. */
  signalGroup(signal: NodeJS.Signals): void;
}

/**
 * Starts a program: no arguments, the working directory of the host, no standard input.
 *
 * It leads a group of its own, so that its children die with it; a Ctrl-C in the terminal does not reach it.
 *
 * @throws the error of the system, such as ENOENT
 */
export async function spawnChild(program: Program, environment: Readonly<Record<string, string>>): Promise<Child> {
  const [command, args] = commandLine(program);
  const child = spawn(command, args, {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: process.platform !== 'win32',
    windowsHide: true,
  });
  const exited = exitOf(child);
  const { promise: spawned, resolve, reject } = Promise.withResolvers<void>();
  child.once('spawn', resolve);
  child.on('error', reject);
  await spawned;
  const pid = child.pid as number;
  let exit: Exit | undefined;
  const signalGroup = (signal: NodeJS.Signals) => sendSignal(process.platform === 'win32' ? pid : -pid, signal);
  return {
    pid,
    stdout: child.stdout,
    stderr: child.stderr,
    exit: () => exit,
    exited: exited.then((end) => {
      exit = end;
      // What it started must not outlive it. Its pid cannot be the group of somebody else yet.
      if (process.platform !== 'win32') signalGroup('SIGKILL');
      return end;
    }),
    signalGroup: (signal) => {
      if (exit === undefined) signalGroup(signal);
    },
  };
}

/** `exit code 3` or `signal SIGKILL`. */
export function describeExit({ code, signal }: Exit): string {
  return signal === null ? `exit code ${code}` : `signal ${signal}`;
}

// A folder with plugin.json and one .ts file is a whole plugin; that its package.json lacks "type" is no news.
const quietFlags = ['--disable-warning=MODULE_TYPELESS_PACKAGE_JSON'];

/** A program in JavaScript or TypeScript runs in this Node, with the same export conditions. */
function commandLine(program: Program): [command: string, args: string[]] {
  if (program.kind === 'native') return [program.file, []];
  return [process.execPath, [...conditionFlags(process.execArgv), ...quietFlags, program.file]];
}

/** Picks `--conditions=x`, `--conditions x`, `-C x` out of the flags of Node. */
export function conditionFlags(execArgv: readonly string[]): string[] {
  return execArgv.flatMap((flag, index) => {
    const separate = flag === '--conditions' || flag === '-C';
    if (separate) return execArgv.slice(index, index + 2);
    return flag.startsWith('--conditions=') || flag.startsWith('-C=') ? [flag] : [];
  });
}

function exitOf(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
}
