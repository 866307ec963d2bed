import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { connect, createServer, type GrpcServer, GrpcStatusError } from '../grpc/index.ts';
import { DataFrameFormat, data, decodeErrorSource, encodeErrorDetails, resource, stream } from './index.ts';

async function openPair(register: (server: GrpcServer) => void) {
  const path = join(tmpdir(), `services-${crypto.randomUUID()}`);
  const server = createServer();
  register(server);
  await server.listen({ network: 'unix', path });
  const channel = await connect({ network: 'unix', path });
  return {
    channel,
    async [Symbol.asyncDispose]() {
      await channel.close();
      await server.stop();
      await rm(path, { force: true });
    },
  };
}

test('a query travels to the handler and its frames back, to the last bit of an int64', async () => {
  const frame = new Uint8Array(3_000_000).map((_, index) => index * 7);
  await using pair = await openPair((server) =>
    server.unary(data.queryData, ({ pluginContext, headers, queries, format }) => ({
      responses: Object.fromEntries(
        queries.map(({ refId, maxDataPoints }) => [
          refId,
          { frames: [frame, Uint8Array.of(format)], status: 200, error: `${pluginContext?.pluginId} ${headers.http_X} ${maxDataPoints}` },
        ]),
      ),
    })),
  );
  const { responses } = await pair.channel.unary(data.queryData, {
    pluginContext: { orgId: 1, pluginId: 'acme' },
    headers: { http_X: 'é' },
    queries: [{ refId: 'A', maxDataPoints: 2n ** 53n + 1n, timeRange: {} }, { refId: 'B' }],
    format: DataFrameFormat.json,
  });
  assert.deepEqual(Object.keys(responses), ['A', 'B']);
  assert.equal(responses.A?.error, 'acme é 9007199254740993');
  assert.equal(Buffer.compare(responses.A.frames[0]!, frame), 0);
  assert.deepEqual([...responses.A.frames[1]!], [1]);
});

test('streams of a plugin arrive part by part', async () => {
  await using pair = await openPair((server) => {
    server.serverStream(resource.callResource, async function* ({ path, body }) {
      yield { code: 201, headers: { 'X-Path': { values: [path] } }, body };
      yield { body: Buffer.from('more') };
    });
    server.serverStream(stream.runStream, async function* () {
      for (let index = 0; index < 1000; index++) yield { data: Buffer.from(`{"n":${index}}`) };
    });
  });
  const parts = await Array.fromAsync(pair.channel.serverStream(resource.callResource, { path: 'a/b', body: Buffer.from('first') }));
  assert.deepEqual(
    parts.map(({ code, headers, body }) => [code, headers['X-Path']?.values, Buffer.from(body).toString()]),
    [
      [201, ['a/b'], 'first'],
      [0, undefined, 'more'],
    ],
  );
  const packets = await Array.fromAsync(pair.channel.serverStream(stream.runStream, { path: 'p' }));
  assert.equal(packets.length, 1000);
  assert.equal(Buffer.from(packets[999]!.data).toString(), '{"n":999}');
});

test('the source of a failed query reaches the caller', async () => {
  const details = encodeErrorDetails({ code: 2, message: 'the database said no', errorSource: 'downstream' });
  await using pair = await openPair((server) =>
    server.unary(data.queryData, () => {
      throw new GrpcStatusError(2, 'the database said no', { details });
    }),
  );
  await assert.rejects(pair.channel.unary(data.queryData, {}), (error) => {
    return (
      error instanceof GrpcStatusError && error.message === 'the database said no' && decodeErrorSource(error.details) === 'downstream'
    );
  });
});

test('a service that nobody registered is unimplemented', async () => {
  await using pair = await openPair(() => undefined);
  await assert.rejects(pair.channel.unary(stream.publishStream, {}), (error) => error instanceof GrpcStatusError && error.code === 12);
});
