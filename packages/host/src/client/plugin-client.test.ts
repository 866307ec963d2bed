import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { GrpcCode, GrpcStatusError } from '@backplane/protocol/grpc';
import { type CallResourceRequest, diagnostics, resource, stream } from '@backplane/protocol/pluginv2';
import { CallCounter, wrapClient } from '../middleware/index.ts';
import { startTestPlugin, testContext } from './fixtures/test-plugin.ts';
import type { ResourceRequest } from './types.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (data: Uint8Array) => new TextDecoder().decode(data);
const part = (body: string) => ({ code: 0, headers: {}, body: bytes(body) });

function resourceRequest(headers: ResourceRequest['headers'] = {}): ResourceRequest {
  return { context: testContext, path: 'a/b', method: 'POST', url: 'a/b?c=d', headers, body: bytes('in') };
}

describe('callResource', () => {
  test('status and headers come from the first message, the body from all of them', async () => {
    let seen: CallResourceRequest | undefined;
    await using plugin = await startTestPlugin((server) =>
      server.serverStream(resource.callResource, async function* (message) {
        seen = message;
        yield { code: 201, headers: { 'X-A': { values: ['1', '2'] } }, body: bytes('one ') };
        yield { code: 500, headers: { 'X-Late': { values: ['x'] } }, body: bytes('two') };
      }),
    );
    const response = await plugin.client.callResource(resourceRequest());
    const body = (await Array.fromAsync(response.body)).map(text);
    assert.deepEqual([response.status, response.headers, body], [201, { 'X-A': ['1', '2'] }, ['one ', 'two']]);
    assert.deepEqual([seen?.path, seen?.url, seen?.method, text(seen?.body ?? bytes(''))], ['a/b', 'a/b?c=d', 'POST', 'in']);
  });

  test('headers of one connection are dropped both ways, and Set-Cookie on the way back', async () => {
    const headers = { Connection: ['close, X-Named'], 'x-named': ['1'], 'User-Agent': ['u'], TE: ['trailers'], 'X-Kept': ['k'] };
    let seen: string[] = [];
    await using plugin = await startTestPlugin((server) =>
      server.serverStream(resource.callResource, async function* (message) {
        seen = Object.keys(message.headers);
        const answered = Object.entries({ ...headers, 'Set-Cookie': ['s'] }).map(([name, values]) => [name, { values }]);
        yield { code: 200, headers: Object.fromEntries(answered), body: bytes('') };
      }),
    );
    const response = await plugin.client.callResource(resourceRequest(headers));
    assert.deepEqual(seen, ['X-Kept']);
    assert.deepEqual(response.headers, { 'X-Kept': ['k'] });
    assert.deepEqual(await Array.fromAsync(response.body), []);
  });

  test('no message at all, and a status that HTTP does not have, are errors', async () => {
    let codes: number[] = [];
    await using plugin = await startTestPlugin((server) =>
      server.serverStream(resource.callResource, async function* () {
        for (const code of codes) yield { ...part('x'), code };
      }),
    );
    await assert.rejects(plugin.client.callResource(resourceRequest()), {
      code: 'resource_unanswered',
      message: /without any answer/,
    });
    for (const code of [0, 99, 1000]) {
      codes = [code, 200];
      await assert.rejects(plugin.client.callResource(resourceRequest()), {
        code: 'request_failed',
        message: new RegExp(`the status ${code}`),
      });
    }
  });

  test('an error in the middle of a body reaches its reader', async () => {
    await using plugin = await startTestPlugin((server) =>
      server.serverStream(resource.callResource, async function* () {
        yield { ...part('first'), code: 200 };
        throw new GrpcStatusError(GrpcCode.internal, 'half way');
      }),
    );
    const { body } = await plugin.client.callResource(resourceRequest());
    const seen: string[] = [];
    const reading = async () => {
      for await (const chunk of body) seen.push(text(chunk));
    };
    await assert.rejects(reading(), { code: 'request_failed', message: /half way/ });
    assert.deepEqual(seen, ['first']);
  });

  test('a reader that leaves cancels the call', async () => {
    const cancelled = Promise.withResolvers<void>();
    await using plugin = await startTestPlugin((server) =>
      server.serverStream(resource.callResource, async function* (_, { signal }) {
        signal.addEventListener('abort', () => cancelled.resolve(), { once: true });
        yield { ...part('x'), code: 200 };
        await cancelled.promise;
      }),
    );
    for await (const _ of (await plugin.client.callResource(resourceRequest())).body) break;
    await cancelled.promise;
  });
});

describe('a reader that leaves a body early', () => {
  for (const [when, leave] of [
    ['before its first part', async (body) => void (await body.return?.())],
    [
      'while it waits for the next part',
      async (body) => {
        await body.next();
        const next = body.next();
        await body.return?.();
        assert.equal((await next).done, true);
      },
    ],
  ] as const satisfies [string, (body: AsyncIterator<Uint8Array>) => Promise<void>][]) {
    test(`${when} cancels the call`, async () => {
      const cancelled = Promise.withResolvers<void>();
      await using plugin = await startTestPlugin((server) =>
        server.serverStream(resource.callResource, async function* (_, { signal }) {
          signal.addEventListener('abort', () => cancelled.resolve(), { once: true });
          yield { ...part('x'), code: 200 };
          await cancelled.promise;
        }),
      );
      const { body } = await plugin.client.callResource(resourceRequest());
      await leave(body[Symbol.asyncIterator]());
      await cancelled.promise;
    });
  }
});

describe('diagnostics', () => {
  test('health is handed on, and numbers that are unknown are UNKNOWN', async () => {
    let status = 0;
    await using plugin = await startTestPlugin((server) =>
      server.unary(diagnostics.checkHealth, () => ({ status, message: 'm', jsonDetails: bytes('{}') })),
    );
    const seen: string[] = [];
    for (status of [0, 1, 2, 77]) seen.push((await plugin.client.checkHealth({ context: testContext, headers: {} })).status);
    assert.deepEqual(seen, ['UNKNOWN', 'OK', 'ERROR', 'UNKNOWN']);
  });

  test('a plugin without health checks is UNKNOWN, one without metrics has none, other methods are not implemented', async () => {
    await using plugin = await startTestPlugin(() => {});
    const health = await plugin.client.checkHealth({ context: testContext, headers: {} });
    assert.deepEqual([health.status, health.message], ['UNKNOWN', 'Health check not implemented']);
    assert.equal((await plugin.client.collectMetrics({})).length, 0);
    const notImplemented = { code: 'method_not_implemented' };
    const request = { context: testContext, path: 'p', data: bytes(''), headers: {} };
    await assert.rejects(plugin.client.callResource(resourceRequest()), notImplemented);
    await assert.rejects(plugin.client.subscribeStream(request), notImplemented);
    await assert.rejects(Array.fromAsync(plugin.client.runStream(request)), notImplemented);
  });

  test('any other failure of a health check has one code', async () => {
    await using plugin = await startTestPlugin((server) =>
      server.unary(diagnostics.checkHealth, () => {
        throw new Error('broken');
      }),
    );
    await assert.rejects(plugin.client.checkHealth({ context: testContext, headers: {} }), {
      code: 'health_check_failed',
      message: /broken/,
    });
  });

  test('metrics are asked for with a context, which genuine plugins look at', async () => {
    let hasContext = false;
    await using plugin = await startTestPlugin((server) =>
      server.unary(diagnostics.collectMetrics, (message) => {
        hasContext = message.pluginContext?.pluginId === 'acme-datasource';
        return { metrics: { prometheus: bytes('up 1\n') } };
      }),
    );
    assert.equal(text(await plugin.client.collectMetrics({})), 'up 1\n');
    assert.equal(hasContext, true);
  });
});

describe('streams', () => {
  const request = { context: testContext, path: 'p', data: bytes('{"q":1}'), headers: { 'http_X-A': 'b' } };

  test('subscriptions and publications are answered by status and data', async () => {
    await using plugin = await startTestPlugin((server) => {
      server.unary(stream.subscribeStream, ({ path, data }) => ({ status: path === 'p' ? 0 : 1, data }));
      server.unary(stream.publishStream, () => ({ status: 2, data: bytes('') }));
    });
    const subscribed = await plugin.client.subscribeStream(request);
    assert.deepEqual([subscribed.status, text(subscribed.data)], ['OK', '{"q":1}']);
    assert.equal((await plugin.client.subscribeStream({ ...request, path: 'x' })).status, 'NOT_FOUND');
    assert.equal((await plugin.client.publishStream(request)).status, 'PERMISSION_DENIED');
  });

  test('a reader that leaves while it waits for a packet cancels the call', async () => {
    const started = Promise.withResolvers<void>();
    const cancelled = Promise.withResolvers<void>();
    await using plugin = await startTestPlugin((server) =>
      server.serverStream(stream.runStream, async function* (_, { signal }) {
        signal.addEventListener('abort', () => cancelled.resolve(), { once: true });
        started.resolve();
        await cancelled.promise;
        yield { data: bytes('{}') };
      }),
    );
    const client = wrapClient(plugin.client, { pluginId: 'acme-datasource', pluginVersion: '1.2.3' }, [new CallCounter().middleware]);
    const packets = client.runStream(request)[Symbol.asyncIterator]();
    const next = packets.next();
    await started.promise;
    await packets.return?.();
    assert.equal((await next).done, true);
    await cancelled.promise;
  });

  test('packets come one by one, and one that is no JSON ends the stream with an error', async () => {
    let packets: string[] = [];
    await using plugin = await startTestPlugin((server) =>
      server.serverStream(stream.runStream, async function* () {
        for (const packet of packets) yield { data: bytes(packet) };
      }),
    );
    packets = ['{"a":1}', '[2]'];
    assert.deepEqual((await Array.fromAsync(plugin.client.runStream(request))).map(text), packets);
    packets = ['{}', 'oops', '{}'];
    const seen: string[] = [];
    const reading = async () => {
      for await (const packet of plugin.client.runStream(request)) seen.push(text(packet));
    };
    await assert.rejects(reading(), { code: 'request_failed', message: /invalid JSON data/ });
    assert.deepEqual(seen, ['{}']);
  });
});
