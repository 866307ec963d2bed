import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decodeArrow, encodeArrow, float64, frame, frameToJson, utf8 } from '@backplane/frames';
import { GrpcCode, GrpcStatusError } from '@backplane/protocol/grpc';
import { DataFrameFormat, type DataResponse, data, encodeErrorDetails, type QueryDataRequest } from '@backplane/protocol/pluginv2';
import { HostError } from '../errors/index.ts';
import { startTestPlugin, testContext } from './fixtures/test-plugin.ts';
import type { DataQuery } from './types.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const answer = (part: Partial<DataResponse>): DataResponse => ({
  frames: [],
  error: '',
  jsonMeta: bytes(''),
  status: 200,
  errorSource: '',
  format: DataFrameFormat.arrow,
  ...part,
});
const query = (refId: string): DataQuery => ({
  refId,
  queryType: 'sql',
  maxDataPoints: 2n ** 53n + 1n,
  intervalMs: 1000,
  timeRange: { fromMs: 1, toMs: 2 },
  json: '{"refId":"A"}',
});
const request = (...refIds: string[]) => ({ context: testContext, headers: { 'http_X-A': 'b' }, queries: refIds.map(query) });
const values = frame('f', { v: float64([1, 2]) });

describe('queryData', () => {
  test('the plugin gets context, headers, time range and whole numbers without loss', async () => {
    let seen: QueryDataRequest | undefined;
    await using plugin = await startTestPlugin((server) =>
      server.unary(data.queryData, (message) => {
        seen = message;
        return { responses: {} };
      }),
    );
    const dataSource = {
      id: 7,
      uid: 'u',
      type: 'acme-datasource',
      name: 'n',
      url: 'http://x',
      user: 'me',
      database: 'd',
      basicAuthEnabled: true,
      basicAuthUser: 'b',
      jsonData: '{"a":1}',
      secureJsonData: { password: 'p' },
      updatedAtMs: -6795364578871,
      apiVersion: 'v0alpha1',
    };
    const user = { login: 'l', name: 'n', email: 'e', role: 'Admin' };
    const context = { ...testContext, user, dataSource, config: { GF_SQL_ROW_LIMIT: '10' }, namespace: 'default' };
    await plugin.client.queryData({ ...request('A'), context });
    const source = seen?.pluginContext?.dataSourceInstanceSettings;
    assert.equal(seen?.pluginContext?.pluginId, 'acme-datasource');
    assert.equal(seen?.pluginContext?.pluginVersion, '1.2.3');
    assert.equal(seen?.pluginContext?.orgId, 1n);
    assert.equal(seen?.pluginContext?.user?.login, 'l');
    assert.equal(seen?.pluginContext?.namespace, 'default');
    assert.deepEqual({ ...seen?.pluginContext?.grafanaConfig }, { GF_SQL_ROW_LIMIT: '10' });
    assert.deepEqual([source?.id, source?.uid, source?.basicAuthEnabled, source?.lastUpdatedMS], [7n, 'u', true, -6795364578871n]);
    assert.deepEqual(
      [Buffer.from(source?.jsonData ?? []).toString(), { ...source?.decryptedSecureJsonData }],
      ['{"a":1}', { password: 'p' }],
    );
    assert.deepEqual({ ...seen?.headers }, { 'http_X-A': 'b' });
    assert.equal(seen?.format, DataFrameFormat.arrow);
    assert.equal(seen?.queries[0]?.maxDataPoints, 2n ** 53n + 1n);
    assert.deepEqual({ ...seen?.queries[0]?.timeRange }, { fromEpochMS: 1n, toEpochMS: 2n });
    assert.equal(Buffer.from(seen?.queries[0]?.json ?? []).toString(), '{"refId":"A"}');
  });

  test('frames are decoded by the format of each answer, and an empty refId is filled in [D37]', async () => {
    const responses = {
      A: answer({ frames: [encodeArrow(values)] }),
      B: answer({ frames: [bytes(frameToJson(values))], format: DataFrameFormat.json }),
      C: answer({ frames: [encodeArrow(values.with({ refId: 'own' }))] }),
    };
    await using plugin = await startTestPlugin((server) => server.unary(data.queryData, () => ({ responses })));
    const result = await plugin.client.queryData(request('A', 'B', 'C'));
    const seen = [...result.responses].map(([refId, { frames, status }]) => [
      refId,
      status,
      frames[0]?.refId,
      frames[0]?.fields[0]?.toArray(),
    ]);
    assert.deepEqual(seen, [
      ['A', 200, 'A', [1, 2]],
      ['B', 200, 'B', [1, 2]],
      ['C', 200, 'own', [1, 2]],
    ]);
  });

  test('a frame that cannot be decoded spoils its own refId only', async () => {
    const responses = { A: answer({ frames: [encodeArrow(values), bytes('garbage')] }), B: answer({ frames: [encodeArrow(values)] }) };
    await using plugin = await startTestPlugin((server) => server.unary(data.queryData, () => ({ responses })));
    const result = await plugin.client.queryData(request('A', 'B'));
    const a = result.responses.get('A');
    assert.deepEqual([a?.status, a?.errorSource, a?.frames], [500, 'plugin', []]);
    assert.match(a?.error ?? '', /plugin acme-datasource answered A with a frame \(number 1\) that cannot be decoded: /);
    assert.equal(result.responses.get('B')?.frames.length, 1);
  });

  test('a frame whose text lies outside of its bytes is found before anybody reads it', async () => {
    const texts = frame('f', { s: utf8(['one', 'two', 'three']) });
    const damaged = encodeArrow(texts);
    const { offsets } = decodeArrow(damaged).fields[0]?.column ?? {};
    assert.ok(offsets);
    new DataView(offsets.buffer, offsets.byteOffset).setInt32(4, 0x7ffffff0, true);
    const responses = { A: answer({ frames: [damaged] }), B: answer({ frames: [encodeArrow(texts)] }) };
    await using plugin = await startTestPlugin((server) => server.unary(data.queryData, () => ({ responses })));
    const result = await plugin.client.queryData(request('A', 'B'));
    const a = result.responses.get('A');
    assert.deepEqual([a?.status, a?.errorSource, a?.frames], [500, 'plugin', []]);
    assert.match(a?.error ?? '', /answered A with a frame \(number 0\) that cannot be decoded: .*field "s"/);
    assert.equal(result.responses.get('B')?.frames.length, 1);
  });

  test('a status that is none becomes 500, and an error source is kept beside an error only', async () => {
    const responses = {
      A: answer({ status: 0 }),
      B: answer({ status: 600, error: 'x', errorSource: 'downstream' }),
      C: answer({ status: 404, errorSource: 'plugin' }),
      D: answer({ status: 400, error: 'y', errorSource: 'nonsense' }),
    };
    await using plugin = await startTestPlugin((server) => server.unary(data.queryData, () => ({ responses })));
    const result = await plugin.client.queryData(request('A'));
    const seen = [...result.responses].map(([refId, { status, error, errorSource }]) => [refId, status, error, errorSource]);
    assert.deepEqual(seen, [
      ['A', 500, undefined, undefined],
      ['B', 500, 'x', 'downstream'],
      ['C', 404, undefined, undefined],
      ['D', 400, 'y', undefined],
    ]);
  });

  test('each gRPC status becomes its code, with the error source of its details', async () => {
    let error = new GrpcStatusError(GrpcCode.ok, '');
    await using plugin = await startTestPlugin((server) =>
      server.unary(data.queryData, () => {
        throw error;
      }),
    );
    for (const [code, expected] of [
      [GrpcCode.unimplemented, 'method_not_implemented'],
      [GrpcCode.unavailable, 'connection_lost'],
      [GrpcCode.resourceExhausted, 'resource_exhausted'],
      [GrpcCode.cancelled, 'request_cancelled'],
      [GrpcCode.unknown, 'request_failed'],
      [GrpcCode.deadlineExceeded, 'request_failed'],
    ] as const) {
      error = new GrpcStatusError(code, 'the plugin says no');
      const failure = await plugin.client.queryData(request('A')).catch((caught: unknown) => caught);
      assert.ok(failure instanceof HostError);
      assert.equal(failure.code, expected);
      assert.match(failure.message, /the plugin says no/);
    }
    const details = encodeErrorDetails({ code: GrpcCode.unknown, message: 'db down', errorSource: 'downstream' });
    error = new GrpcStatusError(GrpcCode.unknown, 'db down', { details });
    await assert.rejects(plugin.client.queryData(request('A')), (caught: HostError<'request_failed'>) => {
      assert.deepEqual([caught.facts.errorSource, caught.facts.grpcCode, caught.facts.grpcCodeName], ['downstream', 2, 'UNKNOWN']);
      return true;
    });
  });

  test('a plugin that dies during a call loses the connection, and a caller that gives up cancels', async () => {
    const reached = Promise.withResolvers<void>();
    await using plugin = await startTestPlugin((server) =>
      server.unary(data.queryData, async (_, { signal }) => {
        reached.resolve();
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
        return { responses: {} };
      }),
    );
    const controller = new AbortController();
    const cancelled = assert.rejects(plugin.client.queryData(request('A'), { signal: controller.signal }), {
      code: 'request_cancelled',
      message: /the user left/,
    });
    const lost = assert.rejects(plugin.client.queryData(request('A')), { code: 'connection_lost' });
    await reached.promise;
    controller.abort(new Error('the user left'));
    await cancelled;
    await plugin.die();
    await lost;
    await assert.rejects(plugin.client.queryData(request('A'), { signal: AbortSignal.abort(new Error('too late')) }), /too late/);
  });
});
