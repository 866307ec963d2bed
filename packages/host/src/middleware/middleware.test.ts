import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { frame } from '@backplane/frames';
import { ENDPOINTS, type Endpoint, type PluginClient, type PluginContext } from '../client/index.ts';
import { HostError } from '../errors/index.ts';
import type { HostLogger } from '../launchers/index.ts';
import { CallCounter, logFailures, type Middleware, whenEnded, wrapClient } from './index.ts';

const context: PluginContext = { orgId: 1, config: {}, userAgent: '' };
const noBytes = new Uint8Array(0);
const emptyFrame = frame('', {});
const plugin = { pluginId: 'acme-datasource', pluginVersion: '1.0.0' };
const resourceRequest = { context, path: '', method: 'GET', url: '', headers: {}, body: noBytes };
const failure = new HostError('connection_lost', { pluginId: plugin.pluginId, endpoint: 'x', detail: 'gone' });

/** A client that answers with two parts where there are parts, or fails, at once or after the first part. */
function fakeClient(mode: 'ok' | 'fails' | 'fails half way'): PluginClient {
  const answer = async <Result>(result: Result): Promise<Result> => {
    if (mode === 'fails') throw failure;
    return result;
  };
  async function* parts() {
    if (mode === 'fails') throw failure;
    yield noBytes;
    if (mode === 'fails half way') throw failure;
    yield noBytes;
  }
  return {
    queryData: () => answer({ responses: new Map() }),
    async *queryChunkedData() {
      for await (const _ of parts()) yield { refId: 'A', frameId: '0', frame: emptyFrame, status: 200 };
    },
    callResource: () => answer({ status: 200, headers: {}, body: parts() }),
    checkHealth: () => answer({ status: 'OK', message: '', jsonDetails: noBytes }),
    collectMetrics: () => answer(noBytes),
    subscribeStream: () => answer({ status: 'OK', data: noBytes }),
    publishStream: () => answer({ status: 'OK', data: noBytes }),
    runStream: () => parts(),
  };
}

/** Makes one call and reads its answer to the end. */
async function callToTheEnd(client: PluginClient, endpoint: Endpoint): Promise<void> {
  const stream = { context, path: '', data: noBytes, headers: {} };
  switch (endpoint) {
    case 'queryData':
      await client.queryData({ context, headers: {}, queries: [] });
      return;
    case 'queryChunkedData':
      await Array.fromAsync(client.queryChunkedData({ context, headers: {}, queries: [] }));
      return;
    case 'callResource':
      await Array.fromAsync((await client.callResource(resourceRequest)).body);
      return;
    case 'checkHealth':
      await client.checkHealth({ context, headers: {} });
      return;
    case 'collectMetrics':
      await client.collectMetrics({});
      return;
    case 'subscribeStream':
    case 'publishStream':
      await client[endpoint](stream);
      return;
    case 'runStream':
      await Array.fromAsync(client.runStream(stream));
      return;
    default:
      endpoint satisfies never;
  }
}

const isStreamed = (endpoint: Endpoint) => ['queryChunkedData', 'callResource', 'runStream'].includes(endpoint);

describe('every middleware applies to every kind of call alike', () => {
  for (const endpoint of ENDPOINTS) {
    test(`${endpoint}: outermost first, and the end is told once`, async () => {
      const seen: string[] = [];
      const named =
        (name: string): Middleware =>
        async (call, next) => {
          seen.push(`${name} ${call.endpoint} ${call.pluginId} ${call.pluginVersion}`);
          return whenEnded(call.endpoint, await next(call), ({ status }) => seen.push(`${name} ${status}`));
        };
      await callToTheEnd(wrapClient(fakeClient('ok'), plugin, [named('a'), named('b')]), endpoint);
      assert.deepEqual(seen.slice(0, 2), [`a ${endpoint} acme-datasource 1.0.0`, `b ${endpoint} acme-datasource 1.0.0`]);
      assert.deepEqual(seen.slice(2).sort(), ['a ok', 'b ok']);
    });

    test(`${endpoint}: successes and failures are counted`, async () => {
      const counter = new CallCounter();
      await callToTheEnd(wrapClient(fakeClient('ok'), plugin, [counter.middleware]), endpoint);
      for (const mode of ['fails', ...(isStreamed(endpoint) ? (['fails half way'] as const) : [])] as const) {
        await assert.rejects(callToTheEnd(wrapClient(fakeClient(mode), plugin, [counter.middleware]), endpoint), {
          code: 'connection_lost',
        });
      }
      const counts = Object.fromEntries(counter.counts().map(({ status, count }) => [status, count]));
      assert.deepEqual(counts, { ok: 1, error: isStreamed(endpoint) ? 2 : 1 });
      assert.equal(
        counter.counts().every((row) => row.endpoint === endpoint && row.totalMs >= 0),
        true,
      );
    });

    test(`${endpoint}: a failure is logged once, with its code`, async () => {
      const lines: unknown[] = [];
      const quiet = () => assert.fail('not a warning');
      const logger: HostLogger = {
        debug: quiet,
        info: quiet,
        error: quiet,
        warn: (message, fields) => lines.push([message, fields?.code, fields?.endpoint]),
      };
      await assert.rejects(callToTheEnd(wrapClient(fakeClient('fails'), plugin, [logFailures(logger)]), endpoint));
      assert.deepEqual(lines, [['plugin call failed', 'connection_lost', endpoint]]);
    });
  }
});

test('a reader that leaves in the middle counts as cancelled', async () => {
  const counter = new CallCounter();
  const client = wrapClient(fakeClient('ok'), plugin, [counter.middleware]);
  for await (const _ of client.runStream({ context, path: '', data: noBytes, headers: {} })) break;
  assert.deepEqual(
    counter.counts().map(({ status }) => status),
    ['cancelled'],
  );
});

test('a reader that leaves before the first part counts as cancelled too, and its call is told', async () => {
  const counter = new CallCounter();
  let hasLeft = false;
  const body = {
    [Symbol.asyncIterator]: () => body,
    next: () => assert.fail('not read'),
    return: async () => {
      hasLeft = true;
      return { done: true as const, value: undefined };
    },
  };
  const client: PluginClient = { ...fakeClient('ok'), callResource: async () => ({ status: 200, headers: {}, body }) };
  const answer = await wrapClient(client, plugin, [counter.middleware]).callResource(resourceRequest);
  await answer.body[Symbol.asyncIterator]().return?.();
  assert.equal(hasLeft, true);
  assert.deepEqual(
    counter.counts().map(({ status, count }) => [status, count]),
    [['cancelled', 1]],
  );
});

test('a middleware may change the request and answer by itself', async () => {
  const middleware: Middleware = async (call, next) => {
    const result = await next({ ...call, request: { ...call.request, headers: { added: 'yes' } } });
    return result;
  };
  let seen: unknown;
  const client: PluginClient = {
    ...fakeClient('ok'),
    checkHealth: async ({ headers }) => {
      seen = headers;
      return { status: 'OK', message: '', jsonDetails: noBytes };
    },
  };
  await wrapClient(client, plugin, [middleware]).checkHealth({ context, headers: {} });
  assert.deepEqual(seen, { added: 'yes' });
});
