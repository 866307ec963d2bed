import assert from 'node:assert/strict';
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, test } from 'node:test';
import { connect } from '../grpc/index.ts';
import { readLines } from '../log/index.ts';
import { hostEnvironment, openSideStreams, parseHandshake, ping, shutdown } from './index.ts';

type Child = ChildProcessByStdio<null, Readable, Readable>;

function start(env: Record<string, string>): { readonly child: Child; readonly exited: Promise<unknown[]> } & Disposable {
  const child = spawn(process.execPath, ['--conditions=backplane:source', join(import.meta.dirname, 'fixtures/plain-plugin.ts')], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return { child, exited: once(child, 'exit'), [Symbol.dispose]: () => void child.kill('SIGKILL') };
}

describe('a plugin process', () => {
  test('without the cookie it ends with code 1, a text on stderr and nothing on stdout', async () => {
    using plugin = start({});
    const [stdout, stderr, exit] = await Promise.all([text(plugin.child.stdout), text(plugin.child.stderr), plugin.exited]);
    assert.equal(stdout, '');
    assert.match(stderr, /^This binary is a plugin/);
    assert.deepEqual(exit, [1, null]);
  });

  test('asked for AutoMTLS with a certificate that is none, it says so on stderr and prints no handshake', async () => {
    using plugin = start(hostEnvironment({ clientCert: 'PEM' }));
    const [stdout, stderr, exit] = await Promise.all([text(plugin.child.stdout), text(plugin.child.stderr), plugin.exited]);
    assert.equal(stdout, '');
    assert.match(stderr, /PLUGIN_CLIENT_CERT/);
    assert.deepEqual(exit, [1, null]);
  });

  test('it serves when its line appears, prints to the host, and ends with code 0 and no socket after Shutdown', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'plugin-'));
    try {
      using plugin = start({ ...hostEnvironment({ socketDir: folder }), PRINT: 'hello' });
      const stdout = readLines(plugin.child.stdout, 65_536);
      const { value: line } = await stdout.next();
      assert.match(String(line), /^1\|2\|unix\|[^|]+\/plugin[\w-]{22}\|grpc\|$/);
      const { address } = parseHandshake(line as string);
      await using channel = await connect(address);
      await ping(channel);
      const { promise: printed, resolve } = Promise.withResolvers<Uint8Array>();
      await using _ = openSideStreams(channel, { onStdout: resolve, onStderr: resolve });
      assert.equal(Buffer.from(await printed).toString(), 'hello');
      assert.ok(address.network === 'unix' && existsSync(address.path));
      await shutdown(channel, { timeoutMs: 2000 });
      assert.deepEqual(await plugin.exited, [0, null]);
      assert.ok(!existsSync(address.path));
      assert.equal((await stdout.next()).done, true, 'one line and no more');
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
