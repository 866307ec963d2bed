import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { chat, count, echo, startPair } from './fixtures/echo.ts';
import { GrpcCode, GrpcStatusError, type ServerCall } from './index.ts';

/** Asserts the status that a promise rejects with. */
const rejectsWith = (promise: Promise<unknown>, code: GrpcCode, message: string | RegExp) =>
  assert.rejects(promise, (error: unknown) => {
    assert.ok(error instanceof GrpcStatusError, String(error));
    assert.equal(error.code, code);
    if (typeof message === 'string') assert.equal(error.message, message);
    else assert.match(error.message, message);
    return true;
  });

const forever = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));

test('a handler chooses the status, its message in any language, and the details', async () => {
  const details = Uint8Array.of(8, 5, 255, 0);
  await using pair = await startPair((server) =>
    server.unary(echo, () => {
      throw new GrpcStatusError(GrpcCode.notFound, 'no such thing: 100% é ☃\n', { details });
    }),
  );
  await assert.rejects(pair.channel.unary(echo, ''), (error: GrpcStatusError) => {
    assert.equal(error.code, GrpcCode.notFound);
    assert.equal(error.message, 'no such thing: 100% é ☃\n');
    assert.deepEqual(new Uint8Array(error.details ?? []), details);
    assert.equal(error.origin, 'wire');
    return true;
  });
});

test('any other error of a handler is `unknown` with its message, and is told to the server', async () => {
  const told: unknown[] = [];
  await using pair = await startPair(
    (server) => {
      server.unary(echo, async () => {
        throw new TypeError('x is undefined');
      });
      server.serverStream(count, async function* () {
        yield 'one';
        throw new Error('half way');
      });
    },
    { server: { onHandlerError: (error) => told.push(error) } },
  );
  await rejectsWith(pair.channel.unary(echo, ''), GrpcCode.unknown, 'x is undefined');
  const received: string[] = [];
  const stream = (async () => {
    for await (const message of pair.channel.serverStream(count, '')) received.push(message);
  })();
  await rejectsWith(stream, GrpcCode.unknown, 'half way');
  assert.deepEqual(received, ['one']);
  assert.deepEqual(
    told.map((error) => (error as Error).message),
    ['x is undefined', 'half way'],
  );
});

test('AbortError and TimeoutError of a handler are `cancelled` and `deadlineExceeded`', async () => {
  await using pair = await startPair((server) =>
    server.unary(echo, (name) => {
      throw new DOMException('stopped', name);
    }),
  );
  await rejectsWith(pair.channel.unary(echo, 'AbortError'), GrpcCode.cancelled, 'stopped');
  await rejectsWith(pair.channel.unary(echo, 'TimeoutError'), GrpcCode.deadlineExceeded, 'stopped');
});

test('unknown services and methods are `unimplemented` with the texts of grpc-go', async () => {
  await using pair = await startPair((server) => server.unary(echo, (request) => request));
  const call = (path: string) => pair.channel.unary({ ...echo, path }, '');
  await rejectsWith(call('/pluginv2.Data/QueryData'), GrpcCode.unimplemented, 'unknown service pluginv2.Data');
  await rejectsWith(call('/test.Echo/Nope'), GrpcCode.unimplemented, 'unknown method Nope for service test.Echo');
});

test('a deadline ends the call on both sides', async () => {
  const seen = Promise.withResolvers<{ call: ServerCall; atMs: number }>();
  await using pair = await startPair((server) =>
    server.unary(echo, (_, call) => {
      seen.resolve({ call, atMs: Date.now() });
      return forever(call.signal);
    }),
  );
  const before = Date.now();
  await rejectsWith(pair.channel.unary(echo, '', { timeoutMs: 50 }), GrpcCode.deadlineExceeded, 'context deadline exceeded');
  const { call, atMs } = await seen.promise;
  assert.ok(call.deadlineAtMs !== undefined && call.deadlineAtMs >= before && call.deadlineAtMs <= atMs + 51);
  if (!call.signal.aborted) await once(call.signal, 'abort');
  assert.match((call.signal.reason as Error).name, /TimeoutError|AbortError/);
});

test('a deadline that has passed sends nothing', async () => {
  let calls = 0;
  await using pair = await startPair((server) => server.unary(echo, () => String(calls++)));
  await rejectsWith(pair.channel.unary(echo, '', { timeoutMs: 0 }), GrpcCode.deadlineExceeded, 'context deadline exceeded');
  assert.equal(calls, 0);
});

test('aborting a signal rejects with its reason and aborts the handler', async () => {
  const seen = Promise.withResolvers<ServerCall>();
  await using pair = await startPair((server) =>
    server.unary(echo, (_, call) => {
      seen.resolve(call);
      return forever(call.signal);
    }),
  );
  const controller = new AbortController();
  const call = pair.channel.unary(echo, '', { signal: controller.signal });
  const serverCall = await seen.promise;
  const aborted = once(serverCall.signal, 'abort');
  controller.abort(new Error('the user left'));
  await assert.rejects(call, /the user left/);
  await aborted;
  assert.equal((serverCall.signal.reason as Error).name, 'AbortError');
});

test('a signal that is aborted already sends nothing', async () => {
  let calls = 0;
  await using pair = await startPair((server) => server.unary(echo, () => String(calls++)));
  await assert.rejects(pair.channel.unary(echo, '', { signal: AbortSignal.abort(new Error('too late')) }), /too late/);
  assert.equal(await pair.channel.unary(echo, ''), '0');
});

test('a signal of a call that has completed is left without listeners, and the handler sees no abort', async () => {
  let serverSignal: AbortSignal | undefined;
  await using pair = await startPair((server) =>
    server.unary(echo, (request, call) => {
      serverSignal = call.signal;
      return request;
    }),
  );
  const controller = new AbortController();
  await pair.channel.unary(echo, 'x', { signal: controller.signal, timeoutMs: 5000 });
  controller.abort();
  assert.equal(await pair.channel.unary(echo, 'still fine'), 'still fine');
  assert.equal(serverSignal?.aborted, false);
});

test('leaving an iteration cancels the call, and the generator of the handler is closed', async () => {
  const finished = Promise.withResolvers<string>();
  await using pair = await startPair((server) =>
    server.serverStream(count, async function* (_, call) {
      try {
        for (let i = 0; ; i++) yield `${i} ${'x'.repeat(1000)}`;
      } finally {
        finished.resolve(call.signal.aborted ? 'aborted' : 'not aborted');
      }
    }),
  );
  let received = 0;
  for await (const _ of pair.channel.serverStream(count, '')) if (++received === 100) break;
  assert.equal(await finished.promise, 'aborted');
});

test('cancelling a duplex call rejects its reader with `cancelled` and ends the requests of the handler', async () => {
  const ended = Promise.withResolvers<unknown>();
  await using pair = await startPair((server) =>
    server.duplex(chat, async function* (requests) {
      yield 'hello';
      try {
        for await (const _ of requests) yield 'unexpected';
      } catch (error) {
        ended.resolve(error);
      }
    }),
  );
  const call = pair.channel.duplex(chat);
  const replies = call[Symbol.asyncIterator]();
  assert.deepEqual(await replies.next(), { done: false, value: 'hello' });
  call.cancel();
  await rejectsWith(replies.next(), GrpcCode.cancelled, 'context canceled');
  assert.equal(((await ended.promise) as Error).name, 'AbortError');
  await rejectsWith(call.send('late'), GrpcCode.cancelled, 'context canceled');
});

test('a duplex call may stay half open while others go on', async () => {
  await using pair = await startPair((server) => {
    server.unary(echo, (request) => request);
    server.duplex(chat, async function* (requests) {
      for await (const _ of requests) yield '';
    });
  });
  const idle = pair.channel.duplex(chat);
  for (let i = 0; i < 100; i++) assert.equal(await pair.channel.unary(echo, String(i)), String(i));
  idle.closeSend();
  assert.deepEqual(await idle[Symbol.asyncIterator]().next(), { done: true, value: undefined });
});

test('a dropped connection ends every open call with `unavailable`, and the channel', async () => {
  const started = Promise.withResolvers<void>();
  let running = 0;
  await using pair = await startPair((server) => {
    server.unary(echo, (_, call) => {
      if (++running === 20) started.resolve();
      return forever(call.signal);
    });
    server.serverStream(count, async function* (_, call) {
      yield 'first';
      await forever(call.signal);
    });
  });
  const calls = Array.from({ length: 20 }, () => pair.channel.unary(echo, ''));
  const stream = pair.channel.serverStream(count, '')[Symbol.asyncIterator]();
  assert.deepEqual(await stream.next(), { done: false, value: 'first' });
  await started.promise;
  const rejections = Promise.all([...calls, stream.next()].map((call) => rejectsWith(call, GrpcCode.unavailable, /connection/)));
  await pair.server.stop();
  await rejections;
  await pair.channel.closed;
  await rejectsWith(pair.channel.unary(echo, ''), GrpcCode.unavailable, /./);
});

test('closing a channel rejects its calls, aborts their handlers, and may be done twice', async () => {
  const seen = Promise.withResolvers<AbortSignal>();
  await using pair = await startPair((server) =>
    server.unary(echo, (_, call) => {
      seen.resolve(call.signal);
      return forever(call.signal);
    }),
  );
  const rejection = rejectsWith(pair.channel.unary(echo, ''), GrpcCode.unavailable, 'the channel was closed');
  const signal = await seen.promise;
  await pair.channel.close();
  await rejection;
  await pair.channel.close();
  assert.deepEqual(await pair.channel.closed, { error: undefined });
  if (!signal.aborted) await once(signal, 'abort');
});

test('of a status that the client would not take, the details go first, then most of the message', async () => {
  const endings: Record<string, [message: string, detailBytes: number]> = {
    'large details': ['as it was', 900_000],
    'large message': ['é'.repeat(400_000), 10],
  };
  await using pair = await startPair((server) => {
    const fail = (kind: string) => {
      const [message, detailBytes] = endings[kind];
      return new GrpcStatusError(GrpcCode.notFound, message, { details: new Uint8Array(detailBytes) });
    };
    server.unary(echo, (kind) => Promise.reject(fail(kind)));
    server.serverStream(count, async function* (kind) {
      yield 'first';
      throw fail(kind);
    });
  });
  for (const [kind, message] of [
    ['large details', 'as it was'],
    ['large message', `${'é'.repeat(200)}…`],
  ] as const) {
    const expected = { code: GrpcCode.notFound, message, details: undefined, origin: 'wire' };
    await assert.rejects(pair.channel.unary(echo, kind), expected);
    await assert.rejects(Array.fromAsync(pair.channel.serverStream(count, kind)), expected);
  }
});

test('a request with more metadata than the server takes is `internal` with the text of grpc-go, and sends nothing', async () => {
  await using pair = await startPair((server) => server.unary(echo, (request) => request));
  await assert.rejects(pair.channel.unary(echo, '', { metadata: [['x', 'y'.repeat(1 << 20)]] }), {
    code: GrpcCode.internal,
    message: 'header list size to send violates the maximum size (1048576 bytes) set by server',
  });
  assert.equal(pair.channel.stats().streamsOpened, 0);
  assert.equal(await pair.channel.unary(echo, 'next'), 'next');
});
