import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { chat, count, echo, startPair } from './fixtures/echo.ts';
import { GrpcCode, GrpcStatusError, type Interceptor, type OutgoingCall, type ServerCall } from './index.ts';

/** Notes begin and end of each call. */
function noting<Call extends { readonly path: string }>(name: string, notes: string[]): Interceptor<Call> {
  return async ({ path }, next) => {
    notes.push(`${name} begins ${path}`);
    try {
      await next();
      notes.push(`${name} ends well`);
    } catch (error) {
      notes.push(`${name} ends with ${(error as Error).message}`);
      throw error;
    }
  };
}

const refuse = (message: string) => async () => {
  throw new GrpcStatusError(GrpcCode.permissionDenied, message);
};

const register = (server: Parameters<Parameters<typeof startPair>[0]>[0]) => {
  server.unary(echo, (request, call) => `${request} ${call.metadata.get('x-added') ?? ''}`);
  server.serverStream(count, async function* (request, call) {
    yield call.metadata.get('x-added') ?? '';
    if (request === 'fail') throw new GrpcStatusError(GrpcCode.notFound, 'no more');
    if (request === 'forever') await once(call.signal, 'abort');
    yield 'second';
  });
  server.duplex(chat, async function* (requests, call) {
    for await (const request of requests) yield `${request} ${call.metadata.get('x-added') ?? ''}`;
  });
};

const addMetadata: Interceptor<OutgoingCall> = (call, next) => {
  call.metadata.push(['x-added', call.kind]);
  return next();
};

test('interceptors run around calls of every kind, on both sides, the first one outermost', async () => {
  const [ofClient, ofServer]: [string[], string[]] = [[], []];
  await using pair = await startPair(register, {
    channel: { interceptors: [noting('outer', ofClient), addMetadata, noting('inner', ofClient)] },
    server: { interceptors: [noting('first', ofServer), noting('second', ofServer)] },
  });
  const nested = (outer: string, inner: string, path: string) => [
    `${outer} begins ${path}`,
    `${inner} begins ${path}`,
    `${inner} ends well`,
    `${outer} ends well`,
  ];
  const check = (path: string) => {
    assert.deepEqual(ofClient.splice(0), nested('outer', 'inner', path));
    assert.deepEqual(ofServer.splice(0), nested('first', 'second', path));
  };
  assert.equal(await pair.channel.unary(echo, 'a'), 'a unary');
  check(echo.path);
  assert.deepEqual(await Array.fromAsync(pair.channel.serverStream(count, '')), ['serverStream', 'second']);
  check(count.path);
  const call = pair.channel.duplex(chat);
  const sent = call.send('b');
  call.closeSend();
  assert.deepEqual(await Array.fromAsync(call), ['b duplex']);
  await sent;
  check(chat.path);
});

test('an interceptor of a channel may refuse a call of any kind, and nothing goes out', async () => {
  await using pair = await startPair(register, { channel: { interceptors: [refuse('not here')] } });
  const refused = { code: GrpcCode.permissionDenied, message: 'not here' };
  await assert.rejects(pair.channel.unary(echo, ''), refused);
  await assert.rejects(Array.fromAsync(pair.channel.serverStream(count, '')), refused);
  const call = pair.channel.duplex(chat);
  await assert.rejects(call.send('x'), refused);
  await assert.rejects(Array.fromAsync(call), refused);
  call.cancel();
  assert.equal(pair.channel.stats().streamsOpened, 0);
});

test('an interceptor of a server may refuse a call of any kind, with its status', async () => {
  await using pair = await startPair(register, { server: { interceptors: [refuse('not there')] } });
  const refused = { code: GrpcCode.permissionDenied, message: 'not there', origin: 'wire' };
  await assert.rejects(pair.channel.unary(echo, ''), refused);
  await assert.rejects(Array.fromAsync(pair.channel.serverStream(count, '')), refused);
  await assert.rejects(Array.fromAsync(pair.channel.duplex(chat)), refused);
});

test('the error of a call reaches the interceptors of both sides, and what they throw takes its place', async () => {
  const map: Interceptor<OutgoingCall | ServerCall> = (_, next) =>
    next().catch((error: GrpcStatusError) => {
      throw new GrpcStatusError(error.code, `${error.message}, said an interceptor`);
    });
  await using pair = await startPair(register, { channel: { interceptors: [map] }, server: { interceptors: [map] } });
  const received: string[] = [];
  await assert.rejects(
    async () => {
      for await (const message of pair.channel.serverStream(count, 'fail')) received.push(message);
    },
    { code: GrpcCode.notFound, message: 'no more, said an interceptor, said an interceptor' },
  );
  assert.deepEqual(received, ['']);
});

test('leaving a stream ends its interceptors on both sides with its cancellation', async () => {
  const atClient = Promise.withResolvers<unknown>();
  const atServer = Promise.withResolvers<unknown>();
  const tell =
    (to: PromiseWithResolvers<unknown>): Interceptor<OutgoingCall | ServerCall> =>
    (_, next) =>
      next().then(() => to.resolve('ended well'), to.resolve);
  await using pair = await startPair(register, {
    channel: { interceptors: [tell(atClient)] },
    server: { interceptors: [tell(atServer)] },
  });
  for await (const _ of pair.channel.serverStream(count, 'forever')) break;
  assert.equal((await atClient.promise) instanceof GrpcStatusError, true);
  assert.equal(((await atServer.promise) as Error).name, 'AbortError');
});

test('a signal aborts a call that its interceptors have not let start, when they watch it', async () => {
  const waiting: Interceptor<OutgoingCall> = async ({ signal }, next) => {
    if (signal !== undefined && !signal.aborted) await once(signal, 'abort');
    signal?.throwIfAborted();
    await next();
  };
  await using pair = await startPair(register, { channel: { interceptors: [waiting] } });
  const controller = new AbortController();
  const attempts = [
    pair.channel.unary(echo, '', { signal: controller.signal }),
    Array.fromAsync(pair.channel.serverStream(count, '', { signal: controller.signal })),
  ];
  controller.abort(new Error('too late'));
  for (const attempt of attempts) await assert.rejects(attempt, { message: 'too late' });
});

test('an interceptor that breaks the rules is told so by the error of its call', async () => {
  type Next = () => Promise<void>;
  const cases: [Interceptor<OutgoingCall>, RegExp][] = [
    [async () => undefined, /neither called next nor threw/],
    [(_: unknown, next: Next) => next().then(next), /called next twice/],
    [(_: unknown, next: Next) => next().catch(() => undefined), /hid the error/],
  ];
  for (const [interceptor, message] of cases) {
    await using pair = await startPair(
      (server) =>
        server.unary(echo, (request) => {
          if (request === 'fail') throw new Error('a fault');
          return request;
        }),
      { channel: { interceptors: [interceptor] } },
    );
    const request = String(message).includes('hid') ? 'fail' : '';
    await assert.rejects(pair.channel.unary(echo, request), { code: GrpcCode.internal, message });
  }
});
