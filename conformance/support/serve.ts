import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { repositoryFolder } from './paths.ts';
import { SecretSearch } from './secret-search.ts';

const START_TIMEOUT_MS = 300_000;
const STOP_TIMEOUT_MS = 60_000;
const PORT_TRIES = 5;
const KEPT_OUTPUT_CHARACTERS = 100_000;

/** A `backplane serve` in a process of its own. */
export interface ServedBackplane extends AsyncDisposable {
  /** `http://127.0.0.1:PORT` */
  readonly base: string;
  readonly pid: number;
  /** The last lines that the server has printed. */
  output(): string;
  /** What it was given by its environment, and by whoever adds to it. */
  readonly secrets: SecretSearch;
  /** SIGKILL, to the server alone; resolves when it is gone. */
  kill(): Promise<void>;
}

/**
 * Starts `backplane serve` on a free loopback port and waits until it says that it answers.
 *
 * Disposing stops it, and whatever it left behind in its process group; it fails when a secret was printed, or is in a
 * file of the data folder.
 * @throws Error with the server's output when it ends or is not up in five minutes
 */
export async function serveBackplane(options: ServeOptions): Promise<ServedBackplane> {
  for (let left = PORT_TRIES; ; left--) {
    try {
      return await serveAt(await freePort(), options);
    } catch (error) {
      // Another process may take the port before it is listened on.
      if (left === 1 || !(error as Error).message.includes('(listen_failed)')) throw error;
    }
  }
}

interface ServeOptions {
  readonly configFile: string;
  readonly workingFolder: string;
  readonly env: Readonly<Record<string, string>>;
  /** `[paths] data`, absolute, to be searched for secrets in the end. */
  readonly dataFolder?: string;
}

async function serveAt(port: number, options: ServeOptions): Promise<ServedBackplane> {
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
  const announced = Promise.withResolvers<void>();
  const keep = (text: string) => {
    output = (output + text).slice(-KEPT_OUTPUT_CHARACTERS);
    if (/^Backplane answers at /m.test(output)) announced.resolve();
  };
  child.stdout.setEncoding('utf8').on('data', keep);
  child.stderr.setEncoding('utf8').on('data', keep);
  const exited = once(child, 'exit');
  const secrets = new SecretSearch(options.env);
  const server: ServedBackplane = {
    base: `http://127.0.0.1:${port}`,
    pid: child.pid ?? 0,
    output: () => output,
    secrets,
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
    async [Symbol.asyncDispose]() {
      await stop(child, exited);
      const leaks = secrets.find(output).map((secret) => `a line of the log has the secret ${secret} in it`);
      if (options.dataFolder !== undefined) leaks.push(...(await secrets.findBelow(options.dataFolder)));
      if (leaks.length > 0) throw new Error(`backplane serve does not keep its secrets:\n${leaks.join('\n')}`);
    },
  };
  const waiting = new AbortController();
  try {
    await Promise.race([
      // What answers at the port could be the server of somebody else.
      announced.promise,
      delay(START_TIMEOUT_MS, undefined, { signal: waiting.signal }).then(() =>
        Promise.reject(new Error(`not up in ${START_TIMEOUT_MS} ms`)),
      ),
      // With all that it printed.
      once(child, 'close').then(([code, signal]) => Promise.reject(new Error(`it ended with ${code ?? signal}`))),
    ]);
    return server;
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw new Error(`backplane serve did not come up: ${(error as Error).message}; it printed:\n${output}`, { cause: error });
  } finally {
    waiting.abort();
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

/** A port of loopback that nobody listened at a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
