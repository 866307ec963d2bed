import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import test from 'node:test';
import { type Channel, connect, GrpcCode, GrpcStatusError } from '@backplane/protocol/grpc';
import { stream } from '@backplane/protocol/pluginv2';
import { goProgram, needsGo } from '../support/go.ts';

// A server of grpc-go that goes away, RFC 9113 section 6.8: GOAWAY with the largest id, PING, GOAWAY with the last id.
const go = await needsGo();
const LANES = 20;

test(
  'a genuine server that stops gracefully: open streams end well, later calls are refused, and the channel ends without an error',
  go,
  async () => {
    await using server = await startServer();
    await using channel = await connect({ network: 'unix', path: server.path });
    const packets = channel.serverStream(stream.runStream, { path: 'x' })[Symbol.asyncIterator]();
    assert.equal(String((await packets.next()).value?.data), '"first"');
    const lane = publishUntilRefused(channel);
    server.tell('stop');
    const done = await lane;
    server.tell('finish');
    assert.equal(String((await packets.next()).value?.data), '"last"');
    assert.equal((await packets.next()).done, true);
    assert.deepEqual(await channel.closed, { error: undefined });
    assert.equal(await server.nextLine(), String(done + 1));
  },
);

test(
  'of many calls while a genuine server stops, those that it has handled succeed and all others are told that they may be tried elsewhere',
  go,
  async () => {
    await using server = await startServer();
    await using channel = await connect({ network: 'unix', path: server.path });
    const lanes = Array.from({ length: LANES }, () => publishUntilRefused(channel));
    server.tell('stop');
    const done = (await Promise.all(lanes)).reduce((sum, one) => sum + one, 0);
    assert.deepEqual(await channel.closed, { error: undefined });
    assert.equal(await server.nextLine(), String(done));
  },
);

/** Calls until one is refused. @returns how many succeeded before */
async function publishUntilRefused(channel: Channel): Promise<number> {
  for (let done = 0; ; done++) {
    try {
      const { data } = await channel.unary(stream.publishStream, { path: 'x', data: Buffer.from(`"${done}"`) });
      assert.equal(String(data), `"${done}"`);
    } catch (error) {
      assert.ok(error instanceof GrpcStatusError, String(error));
      assert.equal(error.code, GrpcCode.unavailable, error.message);
      return done;
    }
  }
}

/** The server, listening. */
async function startServer() {
  const folder = await mkdtemp(join(tmpdir(), 'bp-graceful-'));
  const path = join(folder, 'server.sock');
  const child = spawn(await goProgram('graceful-server'), [path], { stdio: ['pipe', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const nextLine = async () => (await lines.next()).value;
  assert.equal(await nextLine(), 'listening');
  return {
    path,
    nextLine,
    tell: (line: 'stop' | 'finish') => void child.stdin.write(`${line}\n`),
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      await exited;
      await rm(folder, { recursive: true });
    },
  };
}
