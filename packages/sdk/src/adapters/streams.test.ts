import assert from 'node:assert/strict';
import { test } from 'node:test';
import { float64, frame } from '@backplane/frames';
import { GrpcCode } from '@backplane/protocol/grpc';
import { stream } from '@backplane/protocol/pluginv2';
import { currentContext } from '../call-scope.ts';
import { dataSource } from '../declare.ts';
import { servePlugin, sourceContext } from './fixtures/served-plugin.ts';

const json = (bytes: Uint8Array) => JSON.parse(Buffer.from(bytes).toString());
const request = (path: string, data?: unknown) => ({
  pluginContext: sourceContext(),
  path,
  ...(data === undefined ? {} : { data: Buffer.from(JSON.stringify(data)) }),
});

test('a path that no pattern matches is not found; a parameter is handed over', async () => {
  const plugin = dataSource({
    id: 'a',
    streams: {
      'live/:metric': { subscribe: ({ metric }) => ({ status: 'ok', data: { metric } }), async *run() {} },
      open: { async *run() {} },
    },
  });
  await using served = await servePlugin(plugin);
  const subscribe = async (path: string) => {
    const { status, data } = await served.channel.unary(stream.subscribeStream, request(path));
    return [status, data.length === 0 ? undefined : json(data)];
  };
  assert.deepEqual(await subscribe('live/temp'), [0, { metric: 'temp' }]);
  assert.deepEqual(await subscribe('open'), [0, undefined]);
  for (const path of ['live', 'live/', 'live/a/b', '', 'other']) assert.deepEqual(await subscribe(path), [1, undefined], path);
  assert.equal((await served.channel.unary(stream.publishStream, request('open', {}))).status, 2, 'nobody may publish unless said');
});

test('what a client publishes reaches the handler', async () => {
  const plugin = dataSource({
    id: 'a',
    streams: {
      chat: {
        publish: (_params, _settings, ctx, message) => ({ status: 'ok', data: { from: ctx.user?.login, message } }),
        async *run() {},
      },
    },
  });
  await using served = await servePlugin(plugin);
  const { status, data } = await served.channel.unary(stream.publishStream, request('chat', { text: 'hi' }));
  assert.deepEqual([status, json(data)], [0, { from: 'ada', message: { text: 'hi' } }]);
});

test('frames bring their schema once and when it changes; JSON passes as it is', async () => {
  const plugin = dataSource({
    id: 'a',
    streams: {
      live: {
        async *run() {
          yield frame('', { v: float64([1]) });
          yield frame('', { v: float64([2]) });
          yield frame('', { w: float64([3]) });
          yield { plain: true };
        },
      },
    },
  });
  await using served = await servePlugin(plugin);
  const packets: Record<string, unknown>[] = [];
  for await (const packet of served.channel.serverStream(stream.runStream, request('live'))) packets.push(json(packet.data));
  assert.deepEqual(
    packets.map((packet) => Object.keys(packet)),
    [['schema', 'data'], ['data'], ['schema', 'data'], ['plain']],
  );
  assert.deepEqual(packets[1], { data: { values: [[2]] } });
});

test('a stream ends with its caller, also when its handler hangs, and the instance outlives the handler', async () => {
  const gate = Promise.withResolvers<void>();
  let disposed = false;
  const plugin = dataSource({
    id: 'a',
    create: () => ({
      [Symbol.dispose]() {
        disposed = true;
      },
    }),
    streams: {
      live: {
        async *run() {
          yield 1;
          await gate.promise;
        },
      },
    },
  });
  await using served = await servePlugin(plugin);
  const packets = served.channel.serverStream(stream.runStream, request('live'))[Symbol.asyncIterator]();
  await packets.next();
  await packets.return?.();
  await served.runtime.drain();
  const gone = served.runtime[Symbol.asyncDispose]();
  await new Promise(setImmediate);
  assert.equal(disposed, false);
  gate.resolve();
  await gone;
  assert.equal(disposed, true);
});

test('what a handler does at its end runs in its call, and an error there is logged and holds back no instance', async () => {
  const ends: (string | undefined)[] = [];
  const disposed = Promise.withResolvers<void>();
  const endless = { next: async () => ({ done: false, value: 1 }), return: () => assert.fail('cannot return') };
  const plugin = dataSource({
    id: 'a',
    create: () => ({ [Symbol.dispose]: disposed.resolve }),
    streams: {
      generator: {
        async *run() {
          try {
            for (;;) yield 1;
          } finally {
            ends.push(currentContext()?.endpoint);
            assert.fail('cannot close');
          }
        },
      },
      iterator: { run: () => ({ [Symbol.asyncIterator]: () => endless }) },
    },
  });
  await using served = await servePlugin(plugin);
  for (const path of ['generator', 'iterator'])
    for await (const _packet of served.channel.serverStream(stream.runStream, request(path))) break;
  await served.runtime.drain();
  await served.runtime[Symbol.asyncDispose]();
  await disposed.promise;
  assert.deepEqual(ends, ['runStream']);
  const told = served.logLines.filter((line) => line['@level'] === 'error').map(({ path, error }) => `${path}: ${error}`);
  assert.deepEqual(told.sort(), ['generator: cannot close', 'iterator: cannot return']);
});

test('a handler that forgets its answer is told what to answer', async () => {
  const plugin = dataSource({ id: 'a', streams: { s: { subscribe: () => undefined as never, async *run() {} } } });
  await using served = await servePlugin(plugin);
  await assert.rejects(served.channel.unary(stream.subscribeStream, request('s')), /a stream handler must answer 'ok', 'not_found'/);
});

test('a stopping plugin ends its streams', async () => {
  const plugin = dataSource({
    id: 'a',
    streams: {
      live: {
        async *run(_params, _settings, ctx) {
          yield 1;
          await new Promise((_, reject) => ctx.signal.addEventListener('abort', () => reject(ctx.signal.reason)));
        },
      },
    },
  });
  await using served = await servePlugin(plugin);
  const packets = served.channel.serverStream(stream.runStream, request('live'))[Symbol.asyncIterator]();
  await packets.next();
  await served.runtime.drain();
  await assert.rejects(Promise.resolve(packets.next()), { code: GrpcCode.cancelled });
});

test('a failing stream ends with its text, so that the host runs it again', async () => {
  const plugin = dataSource({
    id: 'a',
    streams: {
      live: {
        // biome-ignore lint/correctness/useYield: it fails before it sends anything
        async *run() {
          throw new Error('feed lost');
        },
      },
    },
  });
  await using served = await servePlugin(plugin);
  const packets = served.channel.serverStream(stream.runStream, request('live'))[Symbol.asyncIterator]();
  await assert.rejects(Promise.resolve(packets.next()), { code: GrpcCode.unknown, message: 'feed lost' });
});

test('a plugin without streams answers unimplemented', async () => {
  await using served = await servePlugin(dataSource({ id: 'a' }));
  await assert.rejects(served.channel.unary(stream.subscribeStream, request('x')), { code: GrpcCode.unimplemented });
});
