import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { type Channel, connect, createServer, type GrpcServer, GrpcStatusError } from '../grpc/index.ts';
import { addSideServices, createPluginListenAddress, openSideStreams, ping, type SideServiceOptions, shutdown } from './index.ts';
import { brokerStartStream, controllerShutdown, healthCheck, healthList, healthWatch, streamStdio } from './messages.ts';

/** A plugin's server on a fresh unix socket, and a host's channel to it. */
interface Pair extends AsyncDisposable {
  readonly server: GrpcServer;
  readonly channel: Channel;
  readonly socketPath: string;
}

async function openPair(options: Partial<SideServiceOptions> = {}, register = addSideServices): Promise<Pair> {
  const folder = await mkdtemp(join(tmpdir(), 'side-'));
  const server = createServer();
  register(server, { onShutdown: () => undefined, ...options });
  const address = createPluginListenAddress({ PLUGIN_UNIX_SOCKET_DIR: folder }, { tcp: false });
  await server.listen(address);
  const channel = await connect(address);
  return {
    server,
    channel,
    socketPath: address.network === 'unix' ? address.path : '',
    async [Symbol.asyncDispose]() {
      await channel.close();
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

describe('health', () => {
  test('the server and `plugin` are serving, other names are not found', async () => {
    await using pair = await openPair();
    const { channel } = pair;
    assert.equal((await channel.unary(healthCheck, { service: 'plugin' })).status, 1);
    assert.equal((await channel.unary(healthCheck, {})).status, 1);
    await assert.rejects(channel.unary(healthCheck, { service: 'other' }), (error) => error instanceof GrpcStatusError && error.code === 5);
    const { statuses } = await channel.unary(healthList, {});
    assert.deepEqual(Object.keys(statuses).sort(), ['', 'plugin']);
    await ping(channel);
  });

  test('a watch tells the state once and stays open', async () => {
    await using pair = await openPair();
    const states: number[] = [];
    for await (const { status } of pair.channel.serverStream(healthWatch, { service: 'other' })) {
      states.push(status);
      break;
    }
    assert.deepEqual(states, [3]);
  });

  test('ping rejects with the reason of its signal', async () => {
    await using pair = await openPair();
    const reason = new Error('enough');
    await assert.rejects(ping(pair.channel, { signal: AbortSignal.abort(reason) }), (error) => error === reason);
  });
});

describe('side streams', () => {
  test('what a plugin prints reaches the host, by stream', async () => {
    await using pair = await openPair({ stdout: texts('out 1', 'out 2'), stderr: texts('err') });
    const seen = collector(3);
    await using _ = openSideStreams(pair.channel, { onStdout: seen.add('stdout'), onStderr: seen.add('stderr') });
    assert.deepEqual((await seen.all).sort(), ['stderr: err', 'stdout: out 1', 'stdout: out 2']);
  });

  test('both streams stay open after the output has ended', async () => {
    await using pair = await openPair({ stdout: texts('last') });
    const { channel } = pair;
    const output = channel.serverStream(streamStdio, {})[Symbol.asyncIterator]();
    assert.equal((await output.next()).done, false);
    const broker = channel.duplex(brokerStartStream);
    await broker.send({ $unknown: [{ no: 1, wireType: 0, data: Uint8Array.of(7) }] });
    const ends = Promise.race([output.next(), broker[Symbol.asyncIterator]().next()]).then(() => 'ended');
    // Calls that started later have ended: the streams had their chance.
    await ping(channel);
    await ping(channel);
    assert.equal(await Promise.race([ends.catch(() => 'failed'), ping(channel).then(() => 'open')]), 'open');
    broker.cancel();
    await output.return?.();
    await ends.catch(() => undefined);
  });

  test('output that a host left behind goes to the next one', async () => {
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    async function* late(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('early');
      await released;
      yield Buffer.from('late');
    }
    await using pair = await openPair({ stdout: late() });
    const first = collector(1);
    const streams = openSideStreams(pair.channel, { onStdout: first.add('first'), onStderr: () => undefined });
    await first.all;
    await streams[Symbol.asyncDispose]();
    await ping(pair.channel);
    release();
    const second = collector(1);
    await using _ = openSideStreams(pair.channel, { onStdout: second.add('second'), onStderr: () => undefined });
    assert.deepEqual(await second.all, ['second: late']);
  });

  test('a plugin without helper services is fine', async () => {
    await using pair = await openPair({}, () => undefined);
    const errors: unknown[] = [];
    const streams = openSideStreams(pair.channel, { onStdout: fail, onStderr: fail, onError: (error) => errors.push(error) });
    await assert.rejects(ping(pair.channel), (error) => error instanceof GrpcStatusError && error.code === 12);
    await shutdown(pair.channel, { timeoutMs: 5000 });
    await streams[Symbol.asyncDispose]();
    assert.deepEqual(errors, []);
  });

  test('a lost connection ends the streams without an error', async () => {
    await using pair = await openPair();
    const errors: unknown[] = [];
    const streams = openSideStreams(pair.channel, { onStdout: fail, onStderr: fail, onError: (error) => errors.push(error) });
    await ping(pair.channel);
    await pair.server.stop();
    await pair.channel.closed;
    await streams[Symbol.asyncDispose]();
    assert.deepEqual(errors, []);
  });

  test('output that cannot be read is told, and the calls go on', async () => {
    const failing: AsyncIterable<Uint8Array> = {
      [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error('pipe broke')) }),
    };
    await using pair = await openPair({ stdout: failing });
    const { promise: told, resolve: onError } = Promise.withResolvers<unknown>();
    await using _ = openSideStreams(pair.channel, { onStdout: fail, onStderr: fail, onError });
    assert.match(String(await told), /pipe broke/);
    await ping(pair.channel);
  });
});

describe('shutdown', () => {
  test('it is answered, then the plugin may stop: connections drop and the socket file goes', async () => {
    const { promise: asked, resolve: onShutdown } = Promise.withResolvers<void>();
    await using pair = await openPair({ onShutdown });
    const { server, channel, socketPath } = pair;
    assert.ok(existsSync(socketPath));
    await channel.unary(controllerShutdown, {});
    await asked;
    await server.stop();
    await channel.closed;
    assert.ok(!existsSync(socketPath));
  });

  test('a plugin that stops at once makes a quiet end', async () => {
    const server = createServer();
    const calls: string[] = [];
    addSideServices(server, {
      onShutdown: () => {
        calls.push('shutdown');
        void server.stop();
      },
    });
    const address = createPluginListenAddress({}, { tcp: false });
    await server.listen(address);
    await using channel = await connect(address);
    await Promise.all([shutdown(channel, { timeoutMs: 5000 }), shutdown(channel, { timeoutMs: 5000 })]);
    await channel.closed;
    assert.deepEqual(calls, ['shutdown']);
    await shutdown(channel, { timeoutMs: 5000 });
  });

  test('a plugin that accepts the call and stays silent does not hold its host', async () => {
    await using pair = await openPair({}, (server) => server.unary(controllerShutdown, () => new Promise<never>(() => undefined)));
    const started = performance.now();
    await shutdown(pair.channel, { timeoutMs: 50 });
    const tookMs = performance.now() - started;
    assert.ok(tookMs >= 45, `${tookMs} ms`);
  });
});

async function* texts(...lines: string[]): AsyncGenerator<Uint8Array> {
  for (const line of lines) yield Buffer.from(line);
}

function collector(count: number): { readonly all: Promise<string[]>; add(name: string): (data: Uint8Array) => void } {
  const { promise: all, resolve } = Promise.withResolvers<string[]>();
  const seen: string[] = [];
  return {
    all,
    add: (name) => (data) => {
      seen.push(`${name}: ${Buffer.from(data).toString()}`);
      if (seen.length === count) resolve(seen);
    },
  };
}

function fail(): never {
  throw new Error('nothing was printed');
}
