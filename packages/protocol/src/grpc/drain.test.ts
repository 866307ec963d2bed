import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { chat, echo, startPair } from './fixtures/echo.ts';
import { connect, GrpcCode, type GrpcServer } from './index.ts';

/** An echo that answers when the test lets it. */
function heldEcho() {
  const started = Promise.withResolvers<void>();
  const go = Promise.withResolvers<void>();
  const register = (server: GrpcServer) =>
    server.unary(echo, async (request) => {
      started.resolve();
      await go.promise;
      return request;
    });
  return { register, started: started.promise, go: go.resolve };
}

test('a server that drains lets open calls end, refuses new ones, removes its socket, and is gone with its last call', async () => {
  const { register, started, go } = heldEcho();
  await using pair = await startPair(register);
  const call = pair.channel.unary(echo, 'still answered');
  await started;
  const drained = pair.server.drain({ timeoutMs: 60_000 });
  await assert.rejects(connect(pair.address), { code: GrpcCode.unavailable });
  assert.equal(pair.address.network === 'unix' && existsSync(pair.address.path), false);
  await assert.rejects(pair.server.listen(pair.address), { code: GrpcCode.failedPrecondition });
  go();
  assert.equal(await call, 'still answered');
  await drained;
  assert.deepEqual(await pair.channel.closed, { error: undefined });
  await assert.rejects(pair.channel.unary(echo, ''), { code: GrpcCode.unavailable });
});

test('calls that are on their way while a server starts to drain are answered', async () => {
  await using pair = await startPair((server) => server.unary(echo, (request) => request));
  const calls = Array.from({ length: 100 }, (_, i) => pair.channel.unary(echo, String(i)));
  const drained = pair.server.drain({ timeoutMs: 60_000 });
  assert.equal((await Promise.all(calls)).length, 100);
  await drained;
});

test('a server that drains drops what is open after its time limit', async () => {
  const aborted = Promise.withResolvers<void>();
  await using pair = await startPair((server) => {
    server.duplex(chat, async function* (requests, call) {
      call.signal.addEventListener('abort', () => aborted.resolve());
      yield* requests;
    });
  });
  const call = pair.channel.duplex(chat);
  await call.send('hello');
  const replies = call[Symbol.asyncIterator]();
  await replies.next();
  await pair.server.drain({ timeoutMs: 50 });
  await assert.rejects(replies.next(), { code: GrpcCode.unavailable });
  await aborted.promise;
  assert.equal(pair.server.stats().openConnections, 0);
});

test('a channel that drains lets its calls end, refuses new ones, and closes', async () => {
  const { register, started, go } = heldEcho();
  await using pair = await startPair(register);
  const call = pair.channel.unary(echo, 'still answered');
  await started;
  const drained = pair.channel.drain({ timeoutMs: 60_000 });
  await assert.rejects(pair.channel.unary(echo, ''), {
    code: GrpcCode.unavailable,
    message: 'the channel is closing and takes no more calls',
  });
  go();
  assert.equal(await call, 'still answered');
  await drained;
  assert.deepEqual(await pair.channel.closed, { error: undefined });
});

test('a channel that drains drops what is open after its time limit, and may drain twice', async () => {
  await using pair = await startPair((server) => server.unary(echo, () => new Promise<string>(() => undefined)));
  const call = assert.rejects(pair.channel.unary(echo, ''), { code: GrpcCode.unavailable, message: 'the channel was closed' });
  await Promise.all([pair.channel.drain({ timeoutMs: 20 }), pair.channel.drain({ timeoutMs: 20 })]);
  await call;
  await pair.channel.drain({ timeoutMs: 20 });
});

test('an idle channel and an idle server drain at once', async () => {
  await using pair = await startPair(() => undefined);
  await pair.channel.drain({ timeoutMs: 60_000 });
  await pair.server.drain({ timeoutMs: 60_000 });
});

test('neither side of a drain waits for calls that stay open for life, but for all others', async () => {
  const { register, started, go } = heldEcho();
  for (const drains of ['server', 'channel'] as const) {
    const aborted = Promise.withResolvers<void>();
    await using pair = await startPair((server) => {
      register(server);
      server.duplex({ ...chat, background: true }, async function* (requests, call) {
        call.signal.addEventListener('abort', () => aborted.resolve());
        yield* requests;
      });
    });
    const life = pair.channel.duplex({ ...chat, background: true });
    const replies = life[Symbol.asyncIterator]();
    await life.send('hello');
    await replies.next();
    const call = pair.channel.unary(echo, 'still answered');
    await started;
    const drained = pair[drains].drain({ timeoutMs: 3_600_000 });
    go();
    assert.equal(await call, 'still answered');
    await drained;
    await assert.rejects(replies.next(), { code: GrpcCode.unavailable });
    await aborted.promise;
  }
});

test('a channel and a server count the same streams, messages and bytes', async () => {
  await using pair = await startPair((server) => {
    server.unary(echo, (request) => request);
    server.duplex(chat, (requests) => requests);
  });
  for (let i = 0; i < 10; i++) await pair.channel.unary(echo, 'x'.repeat(1000));
  const call = pair.channel.duplex(chat);
  const replies = call[Symbol.asyncIterator]();
  for (let i = 0; i < 5; i++) {
    await call.send('y');
    await replies.next();
  }
  const [client, server] = [pair.channel.stats(), pair.server.stats()];
  assert.deepEqual([client.streamsOpened, client.openStreams, client.messagesSent, client.messagesReceived], [11, 1, 15, 15]);
  assert.deepEqual([server.streamsOpened, server.openStreams, server.messagesSent, server.messagesReceived], [11, 1, 15, 15]);
  assert.deepEqual([server.bytesReceived, client.bytesReceived], [client.bytesSent, server.bytesSent]);
  assert.deepEqual([server.connectionsAccepted, server.openConnections], [1, 1]);
  await call[Symbol.asyncIterator]().return?.();
  await pair.channel.close();
  await pair.server.stop();
  const after = pair.server.stats();
  assert.deepEqual([after.openConnections, after.openStreams, after.streamsOpened], [0, 0, 11]);
});
