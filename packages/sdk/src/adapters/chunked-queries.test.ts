import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { decodeArrow, float64, frame } from '@backplane/frames';
import { GrpcCode, GrpcStatusError } from '@backplane/protocol/grpc';
import { data } from '@backplane/protocol/pluginv2';
import { dataSource } from '../declare.ts';
import { DownstreamError } from '../errors.ts';
import { servePlugin, sourceContext } from './fixtures/served-plugin.ts';

const request = (queryTypes: string[], format = 0) => ({
  pluginContext: sourceContext(),
  queries: queryTypes.map((queryType) => ({ refId: queryType, queryType, timeRange: {}, json: Buffer.from('{}') })),
  format,
});
const numbered = (n: number) => frame(`frame ${n}`, { v: float64([n]) });

test('frames leave one by one, numbered, in the format that was asked for; one failing query spoils only itself', async () => {
  await using served = await servePlugin(
    dataSource({
      id: 'a',
      query: {
        async *generated() {
          yield numbered(0);
          yield [numbered(1), numbered(2)];
        },
        listed: () => [numbered(0), numbered(1)],
        async *breaks() {
          yield numbered(0);
          throw new DownstreamError('gone', { status: 503 });
        },
      },
    }),
  );
  const kinds = ['generated', 'listed', 'breaks', 'unknown'];
  const chunks = await Array.fromAsync(served.channel.serverStream(data.queryChunkedData, request(kinds)));
  const of = (refId: string) => chunks.filter((chunk) => chunk.refId === refId);
  for (const [refId, count] of [
    ['generated', 3],
    ['listed', 2],
  ] as const) {
    const frames = of(refId).map((chunk) => [
      chunk.frameId,
      chunk.status,
      chunk.format,
      decodeArrow(chunk.frame).name,
      decodeArrow(chunk.frame).refId,
    ]);
    assert.deepEqual(
      frames,
      Array.from({ length: count }, (_, n) => [String(n), 200, 0, `frame ${n}`, refId]),
    );
  }
  const ends = [...of('breaks').slice(1), ...of('unknown')].map((chunk) => [chunk.status, chunk.error, chunk.errorSource, chunk.frameId]);
  assert.deepEqual(ends, [
    [503, 'gone', 'downstream', ''],
    [400, 'no handler for query type "unknown"; this plugin has "generated", "listed", "breaks"', 'plugin', ''],
  ]);
  assert.equal(decodeArrow(of('unknown')[0]!.frame).fields.length, 0);
  const [json] = await Array.fromAsync(served.channel.serverStream(data.queryChunkedData, request(['listed'], 1)));
  assert.deepEqual([json?.format, JSON.parse(Buffer.from(json!.frame).toString()).data.values], [1, [[0]]]);
  assert.match(
    served.metrics.text(),
    /grafana_plugin_request_total\{endpoint="queryChunkedData",status="error",status_source="plugin"\} 1/,
  );
});

test('the first frame is there while its handler is still at work, and a handler does not run ahead of its reader', async () => {
  let made = 0;
  const gate = Promise.withResolvers<void>();
  await using served = await servePlugin(
    dataSource({
      id: 'a',
      async *query() {
        yield numbered(made++);
        await gate.promise;
        for (;;) yield frame('big', { v: float64(new Float64Array(100_000 + 0 * made++)) });
      },
    }),
  );
  const chunks = served.channel.serverStream(data.queryChunkedData, request(['']))[Symbol.asyncIterator]();
  assert.equal((await chunks.next()).value?.frameId, '0');
  gate.resolve();
  await chunks.next();
  const settled = async (): Promise<number> => {
    for (let before = -1; before !== made; await delay(20)) before = made;
    return made;
  };
  assert.ok((await settled()) < 200, `${made} frames of 800 KB were made for a reader who took two`);
  await chunks.return?.();
});

test('a caller who leaves ends the handlers, and the instance is released after the last', async () => {
  const disposed = Promise.withResolvers<void>();
  const cleaned = Promise.withResolvers<void>();
  const stubborn = Promise.withResolvers<void>();
  const plugin = dataSource({
    id: 'a',
    create: () => ({ [Symbol.asyncDispose]: async () => disposed.resolve() }),
    query: {
      async *endless() {
        try {
          for (let n = 0; ; n++) yield numbered(n);
        } finally {
          cleaned.resolve();
        }
      },
      deaf: async () => {
        await stubborn.promise;
        return [];
      },
    },
  });
  await using served = await servePlugin(plugin);
  const leaving = new AbortController();
  const chunks = served.channel.serverStream(data.queryChunkedData, request(['endless', 'deaf']), { signal: leaving.signal });
  await assert.rejects(async () => {
    for await (const chunk of chunks) if (chunk.frameId === '3') leaving.abort(new Error('enough'));
  }, /enough/);
  await cleaned.promise;
  const disposing = served.runtime[Symbol.asyncDispose]();
  assert.equal(await Promise.race([disposed.promise.then(() => 'disposed'), delay(30, 'in use')]), 'in use');
  stubborn.resolve();
  await Promise.all([disposing, disposed.promise]);
});

test('a deadline ends the call as DeadlineExceeded', async () => {
  await using served = await servePlugin(dataSource({ id: 'a', query: (_, __, { signal }) => delay(60_000, [], { signal }) }));
  const chunks = served.channel.serverStream(data.queryChunkedData, request(['']), { timeoutMs: 50 });
  await assert.rejects(Array.fromAsync(chunks), (error) => error instanceof GrpcStatusError && error.code === GrpcCode.deadlineExceeded);
});
