import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectNet } from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import { HeaderTemplate, Http2Connection } from '../http2/index.ts';
import { big, count, echo, freshAddress, startPair } from './fixtures/echo.ts';
import { connect, createServer, GrpcStatusError } from './index.ts';
import { callServerStream } from './stream-call.ts';
import { callUnary } from './unary-call.ts';

/** A connection without a socket: output is taken by hand. */
function createClient() {
  const connection = new Http2Connection('client', { onClosed: () => undefined });
  connection.port = { wake: () => undefined, flush: () => undefined, end: () => undefined };
  const context = {
    connection,
    maxReceiveBytes: 1 << 20,
    template: (path: string) =>
      new HeaderTemplate([':method', 'POST', ':scheme', 'http', ':path', path, 'content-type', 'application/grpc']),
  };
  return { connection, context };
}

/** What a server of ours answers to an echo and a stream, octet for octet. */
async function recordServer(): Promise<Buffer> {
  const address = freshAddress();
  await using server = createServer();
  server.unary(echo, (request) => request);
  server.serverStream(count, async function* (request) {
    for (let i = 0; i < 5; i++) yield `${request} ${i}`;
  });
  await server.listen(address);
  const { connection, context } = createClient();
  const socket = connectNet(address.network === 'unix' ? address.path : '');
  const received: Buffer[] = [];
  socket.on('data', (bytes: Buffer) => {
    received.push(bytes);
    connection.receive(Buffer.from(bytes));
  });
  const call = callUnary(context, echo, 'hello', undefined);
  const stream = callServerStream(context, count, 'n', undefined);
  for (const chunk of connection.takeOutput()) socket.write(chunk);
  assert.equal(await call, 'hello');
  assert.equal((await Array.fromAsync(stream)).length, 5);
  socket.destroy();
  await once(socket, 'close');
  return Buffer.concat(received);
}

test('whatever a server answers, every call settles, with a status or the right reply', async () => {
  const recorded = await recordServer();
  const mutation = fc.array(fc.tuple(fc.nat(recorded.length - 1), fc.nat(255)), { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(mutation, fc.integer({ min: 1, max: recorded.length }), async (changes, pieceBytes) => {
      const bytes = Buffer.from(recorded);
      for (const [at, value] of changes) bytes[at] = value;
      const { connection, context } = createClient();
      const calls = [
        callUnary(context, echo, 'hello', undefined),
        Array.fromAsync(callServerStream(context, count, 'n', undefined)),
      ] as Promise<unknown>[];
      connection.takeOutput();
      for (let at = 0; at < bytes.length; at += pieceBytes) connection.receive(Buffer.from(bytes.subarray(at, at + pieceBytes)));
      connection.disconnected(undefined);
      for (const result of await Promise.allSettled(calls)) {
        if (result.status === 'rejected') assert.ok(result.reason instanceof GrpcStatusError, String(result.reason));
      }
      assert.equal(connection.streams.size, 0);
    }),
    { numRuns: 1000 },
  );
});

test('whatever a client sends, the server goes on serving others', async () => {
  await using pair = await startPair((server) => {
    server.unary(echo, (request) => request);
    server.serverStream(count, async function* (request) {
      yield request;
    });
  });
  const { connection, context } = createClient();
  callUnary(context, echo, 'hello', undefined).catch(() => undefined);
  callServerStream(context, count, 'n', { timeoutMs: 1000, metadata: [['x', 'y']] });
  const recorded = Buffer.concat(connection.takeOutput());
  const path = pair.address.network === 'unix' ? pair.address.path : '';
  const mutation = fc.array(fc.tuple(fc.nat(recorded.length - 1), fc.nat(255)), { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(mutation, async (changes) => {
      const bytes = Buffer.from(recorded);
      for (const [at, value] of changes) bytes[at] = value;
      const socket = connectNet(path);
      socket.on('error', () => undefined); // the server may drop it
      socket.resume();
      socket.end(bytes);
      await once(socket, 'close');
    }),
    { numRuns: 300 },
  );
  assert.equal(await pair.channel.unary(echo, 'still here'), 'still here');
  connection.disconnected(undefined);
});

test('a call that ends before it starts keeps nothing of its request', async () => {
  const { connection, context } = createClient();
  const message = Buffer.alloc(1 << 20);
  const attempts = [{ timeoutMs: 0 }, { signal: AbortSignal.abort(new Error('too late')) }, { metadata: [['bad name', 'x']] as const }];
  for (const options of attempts) await assert.rejects(callUnary(context, big, message, options));
  assert.equal(connection.drainers.length, 0, 'nobody waits to send');
});

test('ten thousand calls, some of them left early, share one connection', async () => {
  await using pair = await startPair((server) => {
    server.unary(echo, (request) => request);
    server.serverStream(count, async function* () {
      for (;;) yield 'x'.repeat(100);
    });
  });
  for (let round = 0; round < 100; round++) {
    await Promise.all(Array.from({ length: 99 }, (_, i) => pair.channel.unary(echo, String(i), { timeoutMs: 60_000 })));
    for await (const _ of pair.channel.serverStream(count, '')) break;
  }
  assert.equal(await pair.channel.unary(echo, 'end'), 'end');
  for (const { streamsOpened, openStreams, waitingStreams, queuedBytes } of [pair.channel.stats(), pair.server.stats()]) {
    assert.deepEqual([streamsOpened, openStreams, waitingStreams, queuedBytes], [10_001, 0, 0, 0]);
  }
});

test('one signal may watch any number of calls', async () => {
  await using pair = await startPair((server) =>
    server.unary(echo, (_, call) => new Promise((_, reject) => call.signal.addEventListener('abort', reject))),
  );
  const controller = new AbortController();
  const warnings: Error[] = [];
  const onWarning = (warning: Error) => warnings.push(warning);
  process.on('warning', onWarning);
  const calls = Array.from({ length: 500 }, () => pair.channel.unary(echo, '', { signal: controller.signal }));
  const outcomes = Promise.allSettled(calls);
  controller.abort(new Error('all of you'));
  for (const outcome of await outcomes) assert.equal(outcome.status === 'rejected' && outcome.reason.message, 'all of you');
  process.off('warning', onWarning);
  assert.deepEqual(warnings, []);
});

test('a server may have several listeners and connections, and stopping ends them all', async () => {
  const server = createServer();
  server.unary(echo, (request) => request);
  const listeners = await Promise.all([server.listen(freshAddress()), server.listen({ network: 'tcp', host: '127.0.0.1', port: 0 })]);
  const channels = await Promise.all([...listeners, ...listeners].map(({ address }) => connect(address)));
  assert.deepEqual(await Promise.all(channels.map((channel) => channel.unary(echo, 'hi'))), ['hi', 'hi', 'hi', 'hi']);
  await listeners[0][Symbol.asyncDispose]();
  assert.equal(await channels[0].unary(echo, 'open connections outlive their listener'), 'open connections outlive their listener');
  await server.stop();
  await server.stop();
  await Promise.all(channels.map((channel) => channel.closed));
  await assert.rejects(connect(listeners[1].address), GrpcStatusError);
  await assert.rejects(server.listen(freshAddress()), GrpcStatusError);
  await Promise.all(channels.map((channel) => channel.close()));
});

test('a method may have one handler only', () => {
  const server = createServer();
  server.unary(echo, (request) => request);
  assert.throws(() => server.unary(echo, (request) => request), /has a handler already/);
});
