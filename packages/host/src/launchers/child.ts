import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { Readable } from 'node:stream';
import type { Command } from './command.ts';
import { childrenOf } from './family-usage.ts';
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
  /** To the process and all it started, as far as they stayed in the group; from a sandbox nothing escapes SIGKILL. */
  signalGroup(signal: NodeJS.Signals): void;
}

/**
 * Executes a command: in the working directory of the host, without standard input.
 *
 * It leads a group of its own, so that its children die with it; a Ctrl-C in the terminal does not reach it.
 *
 * @throws the error of the system, such as ENOENT
 */
export async function spawnChild(command: Command, environment: Readonly<Record<string, string>>): Promise<Child> {
  const child = spawn(command.file, command.args, {
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
  const signalGroup = (signal: NodeJS.Signals) => {
    if (!command.isSandboxed || signal === 'SIGKILL') return sendSignal(process.platform === 'win32' ? pid : -pid, signal);
    // Bubblewrap would end of it and take all with it at once. Its child leads the session of the plugin, and is deaf as an init is.
    for (const init of childrenOf(pid)) sendSignal(-init, signal);
  };
  return {
    pid,
    stdout: child.stdout,
    stderr: child.stderr,
    exit: () => exit,
    exited: exited.then((end) => {
      exit = command.isSandboxed ? exitInside(end) : end;
      // What it started must not outlive it. Its pid cannot be the group of somebody else yet.
      if (process.platform !== 'win32') signalGroup('SIGKILL');
      return exit;
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

/** Bubblewrap ends with 128 and the number of the signal that ended the program in it, as shells do. */
function exitInside({ code, signal }: Exit): Exit {
  const inside = Object.entries(constants.signals).find(([, number]) => code === 128 + number)?.[0] as NodeJS.Signals | undefined;
  return inside === undefined ? { code, signal } : { code: null, signal: inside };
}

function exitOf(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
}
