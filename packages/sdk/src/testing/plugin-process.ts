import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { hostEnvironment, parseHandshake, shutdown } from '@backplane/protocol/goplugin';
import { type Channel, connect } from '@backplane/protocol/grpc';
import { callPlugin } from './call-plugin.ts';
import type { FakeContext } from './fake-context.ts';
import { LogLines } from './log-lines.ts';
import type { TestPlugin } from './types.ts';

/** A program and what it is started with. */
export interface PluginCommand {
  readonly command: string;
  readonly args?: readonly string[];
  /** Variables beside those that a host sets; nothing else is in its environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** Options of a plugin in a process of its own. */
export interface StartOptions {
  readonly context?: FakeContext;
  /** How long it may take up to its handshake; a minute, as under Grafana. */
  readonly startTimeoutMs?: number;
}

/** How long a plugin may take to end before it is killed, as under Grafana. */
const STOP_LIMIT_MS = 2000;
const START_LIMIT_MS = 60_000;

/** A plugin's process with everything that it wrote. */
export class PluginProcess implements AsyncDisposable {
  readonly child: ChildProcess;
  /** The folder of its socket. */
  readonly folder: string;
  readonly logs = new LogLines();
  /** Exit code or signal, once it is gone and its output has ended. */
  readonly ended: Promise<number | NodeJS.Signals>;
  stdout = '';
  stderr = '';
  readonly #firstLine = Promise.withResolvers<string>();

  constructor(child: ChildProcess, folder: string) {
    this.child = child;
    this.folder = folder;
    const failed = once(child, 'error').then(([error]) => this.#firstLine.reject(error));
    failed.catch(() => undefined); // without an error there is none to wait for
    this.ended = new Promise((resolve) => child.once('close', (code, signal) => resolve(code ?? signal ?? 'SIGKILL')));
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
      if (this.stdout.includes('\n')) this.#firstLine.resolve(this.stdout.slice(0, this.stdout.indexOf('\n') + 1));
    });
    if (child.stderr !== null)
      createInterface({ input: child.stderr }).on('line', (line) => {
        this.stderr = `${this.stderr}${line}\n`.slice(-16_000);
        this.logs.add(line);
      });
    void this.ended.then((exit) => {
      const reason = `it ended with ${exit}; its last words: ${this.stderr.trim().split('\n').slice(-5).join('\n') || 'none'}`;
      this.#firstLine.reject(new Error(`no handshake: ${reason}`));
      this.logs.end(reason);
    });
    this.#firstLine.promise.catch(() => undefined); // not everybody wants the handshake
  }

  /** The first line of its stdout, LF included. @throws Error when it ends before, or is too slow */
  async firstLine(limitMs: number): Promise<string> {
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => reject(new Error(`no handshake in ${limitMs} ms; stderr: ${this.stderr.trim() || 'nothing'}`)), limitMs);
    try {
      return await Promise.race([this.#firstLine.promise, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill('SIGKILL');
    if (this.child.pid !== undefined) await this.ended;
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Starts a program as a host does, with nothing in its environment but what a host sets. */
export async function spawnPlugin({ command, args = [], env = {}, cwd }: PluginCommand, hosted = true): Promise<PluginProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'plugin-'));
  const given = { ...(hosted ? hostEnvironment({ socketDir: folder }) : {}), ...env };
  return new PluginProcess(spawn(command, args, { cwd, env: given, stdio: ['ignore', 'pipe', 'pipe'] }), folder);
}

/**
 * Starts a plugin in a process of its own, whatever it is written in, and calls it as a host does.
 *
 * @throws Error with its last words when it prints no handshake
 */
export async function startPlugin(
  command: PluginCommand,
  { context = {}, startTimeoutMs = START_LIMIT_MS }: StartOptions = {},
): Promise<TestPlugin> {
  await using stack = new AsyncDisposableStack();
  const process = stack.use(await spawnPlugin(command));
  const channel = await connect(parseHandshake(await process.firstLine(startTimeoutMs)).address, {});
  const owned = stack.move();
  return callPlugin({ channel, context, logs: process.logs, close: () => stop(process, channel, owned) });
}

async function stop(process: PluginProcess, channel: Channel, owned: AsyncDisposableStack): Promise<void> {
  await shutdown(channel, { timeoutMs: STOP_LIMIT_MS });
  const timer = setTimeout(() => process.child.kill('SIGKILL'), STOP_LIMIT_MS);
  await channel.close();
  await process.ended;
  clearTimeout(timer);
  await owned.disposeAsync();
}
