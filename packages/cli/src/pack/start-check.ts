import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const LINE = /^\d+\|2\|(unix|tcp)\|[^|]+\|grpc/;
const START_LIMIT_MS = 60_000;

/**
 * Starts an executable as Grafana does since 12.4, with nothing in the environment but what the handshake needs, and
 * waits for its handshake.
 *
 * @returns milliseconds from start to handshake
 * @throws Error with what it printed instead
 */
export async function checkStart(file: string, args: readonly string[] = []): Promise<number> {
  const socketDir = mkdtempSync(join(tmpdir(), 'backplane-start-'));
  const env = {
    grafana_plugin_type: 'datasource',
    PLUGIN_PROTOCOL_VERSIONS: '2',
    PLUGIN_MIN_PORT: '10000',
    PLUGIN_MAX_PORT: '25000',
    PLUGIN_UNIX_SOCKET_DIR: socketDir,
  };
  const began = performance.now();
  const child = spawn(file, args, { env, stdio: ['ignore', 'pipe', 'pipe'], timeout: START_LIMIT_MS });
  const ended = once(child, 'close');
  let [out, err] = ['', ''];
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err = (err + text).slice(-4000);
  });
  try {
    for await (const text of child.stdout.setEncoding('utf8')) {
      out += text;
      if (out.includes('\n')) break;
    }
    if (!LINE.test(out))
      throw new Error(`${file} does not start with an empty environment; it printed ${JSON.stringify(out)}\n${err.trim()}`);
    return performance.now() - began;
  } finally {
    child.kill('SIGTERM');
    await ended;
    rmSync(socketDir, { recursive: true, force: true });
  }
}
