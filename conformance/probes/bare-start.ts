import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import type { PluginProgram } from './types.ts';

/** A plugin started by hand, without any host. Disposing kills it and removes its socket. */
export interface BareStart extends AsyncDisposable {
  readonly pid: number;
  /** Everything that it has written to standard output so far. */
  stdout(): string;
  stderr(): string;
  /** Resolves with standard output once that has a line, and rejects when the process ends before. */
  firstLine(): Promise<string>;
  /** Resolves with the exit code. */
  exited(): Promise<number | null>;
}

/** The variables with which Grafana starts a plugin. */
export const HANDSHAKE_ENV: Readonly<Record<string, string>> = {
  grafana_plugin_type: 'datasource',
  PLUGIN_MIN_PORT: '10000',
  PLUGIN_MAX_PORT: '25000',
  PLUGIN_PROTOCOL_VERSIONS: '2',
};

/** Starts a plugin with exactly these variables: no PATH, no HOME. */
export function startBare(program: PluginProgram, env: Readonly<Record<string, string>>): BareStart {
  const child = spawn(program.command, program.args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  const line = Promise.withResolvers<string>();
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text;
    if (stdout.includes('\n')) line.resolve(stdout);
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  const closed = once(child, 'close').then(([code]) => code as number | null);
  void closed.then((code) => line.reject(new Error(`it ended with ${code} before a line; standard error: ${stderr}`)));
  // Whoever asks only for the exit does not want the line.
  line.promise.catch(() => {});
  return {
    pid: child.pid ?? 0,
    stdout: () => stdout,
    stderr: () => stderr,
    firstLine: () => line.promise,
    exited: () => closed,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await closed;
      const socket = /\|unix\|([^|]+)\|/.exec(stdout)?.[1];
      if (socket) await rm(socket, { force: true });
    },
  };
}
