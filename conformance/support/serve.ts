import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { repositoryFolder } from './paths.ts';

const START_TIMEOUT_MS = 300_000;
const STOP_TIMEOUT_MS = 60_000;
const KEPT_OUTPUT_CHARACTERS = 100_000;

/** A `backplane serve` in a process of its own. */
export interface ServedBackplane extends AsyncDisposable {
  /** `http://127.0.0.1:PORT` */
  readonly base: string;
  /** The last lines that the server has printed. */
  output(): string;
  /** SIGKILL, to the server alone; resolves when it is gone. */
  kill(): Promise<void>;
}

/**
 * Starts `backplane serve` on a free loopback port and waits for `/api/health`.
 *
 * Disposing stops it, and whatever it left behind in its process group.
 * @throws Error with the server's output when it ends or does not answer in five minutes
 */
export async function serveBackplane(options: {
  readonly configFile: string;
  readonly workingFolder: string;
  readonly env: Readonly<Record<string, string>>;
}): Promise<ServedBackplane> {
  const port = await freePort();
  const args = [
    '--conditions=backplane:source',
    join(repositoryFolder, 'packages/cli/src/main.ts'),
    'serve',
    '--config',
    options.configFile,
  ];
  const env = { ...process.env, ...options.env, GF_SERVER_HTTP_PORT: String(port) };
  const child = spawn(process.execPath, args, { cwd: options.workingFolder, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  let output = '';
  const keep = (text: string) => {
    output = (output + text).slice(-KEPT_OUTPUT_CHARACTERS);
  };
  child.stdout.setEncoding('utf8').on('data', keep);
  child.stderr.setEncoding('utf8').on('data', keep);
  const exited = once(child, 'exit');
  const server: ServedBackplane = {
    base: `http://127.0.0.1:${port}`,
    output: () => output,
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
    [Symbol.asyncDispose]: () => stop(child, exited),
  };
  try {
    await Promise.race([
      answers(server.base),
      exited.then(([code, signal]) => Promise.reject(new Error(`it ended with ${code ?? signal}`))),
    ]);
    return server;
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw new Error(`backplane serve did not come up: ${(error as Error).message}; it printed:\n${output}`, { cause: error });
  }
}

async function answers(base: string): Promise<void> {
  const signal = AbortSignal.timeout(START_TIMEOUT_MS);
  for (;;) {
    try {
      if ((await fetch(`${base}/api/health`, { signal })).ok) return;
    } catch {
      // not listening yet
    }
    if (signal.aborted) throw new Error(`no answer from ${base}/api/health in ${START_TIMEOUT_MS} ms`);
    await delay(50);
  }
}

async function stop(child: ChildProcess, exited: Promise<unknown>): Promise<void> {
  const pid = child.pid;
  if (pid === undefined) return;
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
  await exited;
  clearTimeout(timer);
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // nothing of its group was left
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
