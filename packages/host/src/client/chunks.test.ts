import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { encodeArrow, float64, frame, utf8 } from '@backplane/frames';
import { GrpcStatusError, type ServerCall } from '@backplane/protocol/grpc';
import { data, type Init, type QueryChunkedDataResponse, type QueryDataRequest } from '@backplane/protocol/pluginv2';
import { isHostError } from '../errors/index.ts';
import { collectChunks } from './chunks.ts';
import { startTestPlugin, testContext } from './fixtures/test-plugin.ts';

type Chunk = Init<QueryChunkedDataResponse>;
const query = { refId: 'A', queryType: '', maxDataPoints: 1, intervalMs: 1, timeRange: { fromMs: 0, toMs: 1 }, json: '{}' };
const request = { context: testContext, headers: { 'http_X-A': 'b' }, queries: [query] };
const rows = (name: string, ...values: number[]) => encodeArrow(frame(name, { v: float64(values) }));
const part = (refId: string, frameId: string, bytes: Uint8Array): Chunk => ({ refId, frameId, frame: bytes, status: 200 });

function answering(answer: (request: QueryDataRequest, call: ServerCall) => AsyncGenerator<Chunk>) {
  return startTestPlugin((server) => server.serverStream(data.queryChunkedData, answer));
}

describe('queryChunkedData', () => {
  test('rows of one frame are joined in order, other frames and other queries stay apart', async () => {
    let seen: QueryDataRequest | undefined;
    await using plugin = await answering(async function* (message) {
      seen = message;
      yield part('A', 'x', rows('first', 1, 2));
      yield part('B', 'x', rows('of B', 10));
      yield part('A', 'y', rows('second', 5));
      yield part('A', 'x', rows('first', 3));
    });
    const { responses } = await collectChunks(plugin.client.queryChunkedData(request));
    const found = [...responses].map(([refId, { frames, status }]) => [
      refId,
      status,
      frames.map((one) => [one.name, one.refId, one.fields[0]?.toArray()]),
    ]);
    assert.deepEqual(found, [
      [
        'A',
        200,
        [
          ['first', 'A', [1, 2, 3]],
          ['second', 'A', [5]],
        ],
      ],
      ['B', 200, [['of B', 'B', [10]]]],
    ]);
    assert.equal(seen?.headers['http_X-A'], 'b');
    assert.equal(seen?.format, 0);
  });

  test('an error, rows that do not fit and bytes that are no frame spoil their own refId', async () => {
    await using plugin = await answering(async function* () {
      yield part('good', '0', rows('', 1));
      yield { refId: 'bad', status: 429, error: 'too many', errorSource: 'downstream', frame: rows('', 1) };
      yield part('odd', '0', rows('', 1));
      yield part('odd', '0', encodeArrow(frame('', { v: utf8(['x']) })));
      yield part('broken', '0', Buffer.from('no frame'));
      yield { refId: 'zero', frameId: '0', frame: rows('', 1) };
    });
    const { responses } = await collectChunks(plugin.client.queryChunkedData(request));
    const ends = Object.fromEntries([...responses].map(([refId, { status, error, errorSource }]) => [refId, [status, errorSource, error]]));
    assert.deepEqual(
      [ends.good, ends.bad, ends.zero],
      [
        [200, undefined, undefined],
        [429, 'downstream', 'too many'],
        [500, undefined, undefined],
      ],
    );
    assert.deepEqual(
      [ends.odd?.slice(0, 2), ends.broken?.slice(0, 2)],
      [
        [500, 'plugin'],
        [500, 'plugin'],
      ],
    );
    assert.match(String(ends.odd?.[2]), /do not fit together/);
    assert.match(String(ends.broken?.[2]), /cannot be decoded/);
  });

  test('a plugin without chunks is asked at once, and its frames come as chunks', async () => {
    await using plugin = await startTestPlugin((server) =>
      server.unary(data.queryData, () => ({
        responses: { A: { frames: [rows('a', 1), rows('b', 2)], status: 200 }, B: { error: 'no', status: 400, errorSource: 'plugin' } },
      })),
    );
    const chunks = await Array.fromAsync(plugin.client.queryChunkedData(request));
    assert.deepEqual(
      chunks.map(({ refId, frameId, frame, error, status }) => [refId, frameId, frame?.name, error, status]),
      [
        ['A', '0', 'a', undefined, 200],
        ['A', '1', 'b', undefined, 200],
        ['B', '', undefined, 'no', 400],
      ],
    );
    const nothing = await startTestPlugin(() => {});
    await assert.rejects(Array.fromAsync(nothing.client.queryChunkedData(request)), (error) =>
      isHostError(error, 'method_not_implemented'),
    );
    await nothing[Symbol.asyncDispose]();
  });

  test('a call that fails half way keeps what came before, and rejects', async () => {
    await using plugin = await answering(async function* () {
      yield part('A', '0', rows('', 1));
      throw new GrpcStatusError(12, 'not that far');
    });
    const seen: string[] = [];
    await assert.rejects(
      async () => {
        for await (const { refId } of plugin.client.queryChunkedData(request)) seen.push(refId);
      },
      (error) => isHostError(error, 'method_not_implemented'),
    );
    assert.deepEqual(seen, ['A']);
  });

  test('a reader that leaves ends the call, also while it waits', async () => {
    const ended = Promise.withResolvers<void>();
    await using plugin = await answering(async function* (_, { signal }) {
      signal.addEventListener('abort', () => ended.resolve());
      yield part('A', '0', rows('', 1));
      await ended.promise;
    });
    const chunks = plugin.client.queryChunkedData(request)[Symbol.asyncIterator]();
    await chunks.next();
    const waiting = chunks.next();
    await chunks.return?.();
    await ended.promise;
    await waiting.catch(() => undefined);
  });
});
