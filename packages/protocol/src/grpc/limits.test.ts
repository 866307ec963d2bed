import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createNetServer } from 'node:net';
import { test } from 'node:test';
import { big, bytesCodec, chat, count, echo, freshAddress, startPair } from './fixtures/echo.ts';
import { connect, GrpcCode, GrpcStatusError } from './index.ts';

const hasStatus = (code: GrpcCode, message: string | RegExp) => (error: unknown) => {
  assert.ok(error instanceof GrpcStatusError, String(error));
  assert.equal(error.code, code);
  if (typeof message === 'string') assert.equal(error.message, message);
  else assert.match(error.message, message);
  return true;
};

/** Bytes that differ from place to place, so that a misplaced piece shows. */
function pattern(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = (i * 31 + (i >>> 8) + (i >>> 16)) & 0xff;
  return bytes;
}

for (const network of ['unix', 'tcp'] as const) {
  test(`messages of every size up to 10 MB pass both ways over ${network}`, async () => {
    const address = network === 'unix' ? freshAddress() : ({ network, host: '127.0.0.1', port: 0 } as const);
    await using pair = await startPair((server) => server.unary(big, (request) => request), { address });
    for (const length of [0, 1, 4095, 4096, 16379, 16380, 65536, 262139, 262140, 1 << 20, 10 << 20]) {
      const sent = pattern(length);
      const received = await pair.channel.unary(big, sent);
      assert.equal(Buffer.compare(received, sent), 0, `${length} bytes`);
    }
  });
}

test('a message that is larger than the stream window is not held back', async () => {
  await using pair = await startPair((server) => {
    server.duplex({ ...chat, request: bytesCodec, response: bytesCodec }, (requests) => requests);
  });
  const call = pair.channel.duplex({ ...chat, request: bytesCodec, response: bytesCodec });
  const replies = call[Symbol.asyncIterator]();
  for (let i = 0; i < 2; i++) {
    const sent = pattern(9 << 20);
    const done = call.send(sent);
    const reply = await replies.next();
    assert.equal(reply.done === false && Buffer.compare(reply.value, sent), 0);
    await done;
  }
  call.closeSend();
  assert.equal((await replies.next()).done, true);
});

test('a request above the limit ends with `resourceExhausted` and the text of grpc-go, and the next call works', async () => {
  await using pair = await startPair((server) => server.unary(big, (request) => request));
  await assert.rejects(
    pair.channel.unary(big, new Uint8Array(17_000_028)),
    hasStatus(GrpcCode.resourceExhausted, 'grpc: received message larger than max (17000028 vs. 16777216)'),
  );
  assert.equal((await pair.channel.unary(big, new Uint8Array(10))).length, 10);
});

test('a response above the limit ends with `resourceExhausted`, and the next call works', async () => {
  await using pair = await startPair((server) => server.unary(big, (request) => new Uint8Array(Number(Buffer.from(request).toString()))), {
    channel: { maxReceiveBytes: 1000 },
  });
  await assert.rejects(
    pair.channel.unary(big, Buffer.from('1001')),
    hasStatus(GrpcCode.resourceExhausted, 'grpc: received message larger than max (1001 vs. 1000)'),
  );
  assert.equal((await pair.channel.unary(big, Buffer.from('1000'))).length, 1000);
});

test('a thousand concurrent streams each get their own messages', async () => {
  await using pair = await startPair((server) =>
    server.serverStream(count, async function* (request) {
      for (let i = 0; i < 20; i++) yield `${request}:${i}`;
    }),
  );
  const read = async (name: string) => {
    const received: string[] = [];
    for await (const message of pair.channel.serverStream(count, name)) received.push(message);
    assert.deepEqual(
      received,
      Array.from({ length: 20 }, (_, i) => `${name}:${i}`),
    );
  };
  await Promise.all(Array.from({ length: 1000 }, (_, i) => read(String(i))));
});

test('a slow reader holds the sender to about one window, and calls beside it go on', async () => {
  const messageBytes = 64 << 10;
  let sent = 0;
  await using pair = await startPair((server) => {
    server.unary(echo, (request) => request);
    server.serverStream({ ...count, response: bytesCodec }, async function* () {
      for (; sent < 2000; sent++) yield new Uint8Array(messageBytes);
    });
  });
  const stream = pair.channel.serverStream({ ...count, response: bytesCodec }, '')[Symbol.asyncIterator]();
  await stream.next();
  for (let i = 0; i < 200; i++) await pair.channel.unary(echo, '');
  assert.ok(sent * messageBytes < 8 << 20, `${sent} messages of 64 KB were sent to a reader that does not read`);
  const { queuedBytes, windowStalls } = pair.server.stats();
  assert.ok(queuedBytes < 1 << 20 && windowStalls > 0, `${queuedBytes} bytes wait after ${windowStalls} stalls`);
  let received = 1;
  while (!(await stream.next()).done) received++;
  assert.equal(received, 2000);
});

test('a sender to a slow handler is told to wait', async () => {
  const go = Promise.withResolvers<void>();
  await using pair = await startPair((server) => {
    server.duplex({ ...chat, request: bytesCodec }, async function* (requests) {
      await go.promise;
      let bytes = 0;
      for await (const request of requests) bytes += request.length;
      yield String(bytes);
    });
  });
  const call = pair.channel.duplex({ ...chat, request: bytesCodec });
  let sent = 0;
  const sending = (async () => {
    for (; sent < 500; sent++) await call.send(new Uint8Array(64 << 10));
    call.closeSend();
  })();
  const idle = pair.channel.duplex({ ...chat, request: bytesCodec });
  await idle.send(new Uint8Array(1));
  assert.ok(sent < 200, `${sent} messages were taken while nobody reads`);
  go.resolve();
  await sending;
  assert.deepEqual(await call[Symbol.asyncIterator]().next(), { done: false, value: String(500 * (64 << 10)) });
});

test('a small call is not stuck behind big replies on the same connection', async () => {
  await using pair = await startPair((server) =>
    server.unary(big, (request) => (request.length === 0 ? request : new Uint8Array(8 << 20))),
  );
  let bigReplies = 0;
  const bigCalls = Array.from({ length: 8 }, () => pair.channel.unary(big, Uint8Array.of(1)).then(() => bigReplies++));
  await pair.channel.unary(big, new Uint8Array(0));
  assert.ok(bigReplies < 8, 'the small call came last');
  await Promise.all(bigCalls);
});

test('a handler that yields without ever waiting does not hold up other calls', async () => {
  let yielded = 0;
  await using pair = await startPair((server) => {
    server.unary(echo, (request) => request);
    server.serverStream(count, async function* () {
      for (; ; yielded++) yield 'small';
    });
  });
  const stream = pair.channel.serverStream(count, '')[Symbol.asyncIterator]();
  const reply = pair.channel.unary(echo, 'beside it');
  await stream.next();
  assert.equal(await reply, 'beside it');
  assert.ok(yielded < 5000, `${yielded} messages went before the reply`);
  await stream.return?.();
});

test('connecting to nothing is `unavailable` and says where', async () => {
  const address = freshAddress();
  await assert.rejects(connect(address), hasStatus(GrpcCode.unavailable, /^cannot connect to unix:.*ENOENT/));
});

test('connecting to a peer that stays silent ends after its time limit, or at the abort of its signal', async () => {
  const address = freshAddress();
  const server = createNetServer();
  server.listen(address.network === 'unix' ? address.path : '');
  await once(server, 'listening');
  await assert.rejects(connect(address, { connectTimeoutMs: 50 }), hasStatus(GrpcCode.unavailable, /no answer in 50 ms$/));
  const controller = new AbortController();
  const attempt = connect(address, { signal: controller.signal });
  server.once('connection', () => controller.abort(new Error('given up')));
  await assert.rejects(attempt, /given up/);
  server.close();
});

test('metadata arrives as it was sent, text and bytes', async () => {
  const received: unknown[] = [];
  await using pair = await startPair((server) =>
    server.unary(echo, (request, call) => {
      received.push([...call.metadata], call.metadata.get('x-one'), call.metadata.getAll('x-two'), call.metadata.getBinary('x-raw-bin'));
      return request;
    }),
  );
  const metadata = [
    ['X-One', 'v 1'],
    ['x-two', 'a'],
    ['x-two', 'b'],
    ['x-raw-bin', Uint8Array.of(0, 255, 254)],
    ['x-big', 'y'.repeat(300_000)],
    ['grpc-status', 'not metadata'],
  ] as const;
  await pair.channel.unary(echo, '', { metadata, timeoutMs: 10_000 });
  assert.deepEqual(received[0], [
    ['x-one', 'v 1'],
    ['x-two', 'a'],
    ['x-two', 'b'],
    ['x-raw-bin', Buffer.of(0, 255, 254)],
    ['x-big', 'y'.repeat(300_000)],
  ]);
  assert.deepEqual(received.slice(1), ['v 1', ['a', 'b'], Buffer.of(0, 255, 254)]);
  await assert.rejects(pair.channel.unary(echo, '', { metadata: [['x', 'é']] }), hasStatus(GrpcCode.internal, /non-printable/));
  await assert.rejects(pair.channel.unary(echo, '', { metadata: [['x y', '']] }), hasStatus(GrpcCode.internal, /not allowed/));
});

test('a message that its codec does not take ends the call with `internal`', async () => {
  const picky = {
    ...echo,
    response: {
      ...echo.response,
      decode: () => {
        throw new Error('bad bytes');
      },
    },
  };
  await using pair = await startPair((server) => server.unary(echo, (request) => request));
  await assert.rejects(
    pair.channel.unary(picky, ''),
    hasStatus(GrpcCode.internal, 'grpc: failed to unmarshal the received message: bad bytes'),
  );
});
