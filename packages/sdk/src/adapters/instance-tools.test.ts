import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeArrow, frame } from '@backplane/frames';
import { data, type Init, type QueryDataRequest } from '@backplane/protocol/pluginv2';
import { type CallScope, currentScope } from '../call-scope.ts';
import { dataSource } from '../declare.ts';
import { startService } from '../http/fixtures/echo-service.ts';
import { servePlugin, sourceContext } from './fixtures/served-plugin.ts';

const ask = (pluginContext: ReturnType<typeof sourceContext>, headers: Record<string, string> = {}): Init<QueryDataRequest> => ({
  pluginContext,
  headers,
  queries: [{ refId: 'A', json: Buffer.from('{}') }],
});

test("an instance's fetch has the settings of its data source, standard secrets included, and the call it runs in", async () => {
  await using service = await startService();
  const plugin = dataSource({
    id: 'acme-datasource',
    // The standard secrets need not be declared.
    settings: { secure: ['token'] },
    httpMiddleware: [
      (request, next) => {
        request.headers.set('x-seen', 'by middleware');
        return next(request);
      },
    ],
    create: ({ fetch }) => fetch,
    async query(_q, fetch) {
      const { headers } = (await (await fetch(`http://localhost:${service.port}/`)).json()) as { headers: Record<string, string> };
      return frame(JSON.stringify([headers.authorization, headers['x-key'], headers['x-seen'], headers['x-id-token']]), {});
    },
  });
  await using served = await servePlugin(plugin);
  const jsonData = { basicAuthUser: 'ada', basicAuth: true, httpHeaderName1: 'X-Key', oauthPassThru: true };
  const context = sourceContext({ jsonData, secure: { basicAuthPassword: 'p', httpHeaderValue1: 'k', token: 't' } });
  const { responses } = await served.channel.unary(data.queryData, ask(context, { 'http_X-Id-Token': 'id' }));
  assert.equal(responses.A?.error, '');
  const basic = `Basic ${Buffer.from('ada:p').toString('base64')}`;
  assert.deepEqual(JSON.parse(decodeArrow(responses.A?.frames[0] as Uint8Array).name), [basic, 'k', 'by middleware', 'id']);
  assert.match(
    served.metrics.text(),
    /plugins_datasource_request_total\{datasource_type="acmedatasource",code="200",method="get",.*endpoint="queryData"\} 1/,
  );
});

test('HTTP settings that cannot be used are the error of the query that needs them', async () => {
  const plugin = dataSource({
    id: 'a',
    create: ({ fetch }) => fetch,
    query: async (_q, fetch) => frame(String((await fetch('http://localhost')).status), {}),
  });
  await using served = await servePlugin(plugin);
  const { responses } = await served.channel.unary(data.queryData, ask(sourceContext({ jsonData: { timeout: 'soon' } })));
  assert.deepEqual([responses.A?.status, responses.A?.error], [400, 'invalid settings: timeout is "soon"; give a number of at least 0']);
});

test('connections of an instance are closed with it, after its own disposal', async () => {
  const closed = Promise.withResolvers<void>();
  await using service = await startService();
  let last: number | undefined;
  const plugin = dataSource({
    id: 'a',
    create: ({ fetch }) => ({
      fetch,
      async [Symbol.asyncDispose]() {
        last = (await fetch(`http://localhost:${service.port}/bye`)).status;
      },
    }),
    async query(_q, api) {
      await (await api.fetch(`http://localhost:${service.port}/`)).text();
      return [];
    },
  });
  {
    await using served = await servePlugin(plugin);
    await served.channel.unary(data.queryData, ask(sourceContext()));
    service.requests[0]?.socket.on('close', () => closed.resolve());
  }
  await closed.promise;
  assert.equal(last, 200);
});

test('what is cached belongs to no call: no identity of the first user goes along, and it does not end with their call', async () => {
  const arrived = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<void>();
  await using service = await startService({
    answer: (request, response) => {
      arrived.resolve();
      void answer.promise.then(() => response.end(String(request.headers['x-id-token'])));
    },
  });
  const url = `http://localhost:${service.port}/`;
  const plugin = dataSource({
    id: 'a',
    create: ({ fetch, cache }) => ({ list: () => cache.get('list', 60_000, async () => (await fetch(url)).text()) }),
    query: async (_q, api) => frame(await api.list(), {}),
  });
  await using served = await servePlugin(plugin);
  const context = sourceContext({ jsonData: { oauthPassThru: true } });
  const first = new AbortController();
  const gone = served.channel.unary(data.queryData, ask(context, { 'http_X-Id-Token': 'of the first' }), { signal: first.signal });
  await arrived.promise;
  const second = served.channel.unary(data.queryData, ask(context));
  first.abort();
  await assert.rejects(gone);
  answer.resolve();
  const { responses } = await second;
  assert.equal(decodeArrow(responses.A?.frames[0] as Uint8Array).name, 'undefined');
  assert.equal(service.requests.length, 1);
});

test('an instance is disposed in a scope of its own, and its fetch ends with it', async () => {
  const kept: { fetch?: typeof globalThis.fetch; scope?: CallScope | undefined } = {};
  const plugin = dataSource({
    id: 'a',
    create: ({ fetch }) => {
      kept.fetch ??= fetch;
      return {
        [Symbol.dispose]: () => {
          kept.scope ??= currentScope();
        },
      };
    },
    query: () => [],
  });
  await using served = await servePlugin(plugin);
  await served.channel.unary(data.queryData, ask(sourceContext({ updated: 1n })));
  await served.channel.unary(data.queryData, ask(sourceContext({ updated: 2n })));
  await served.runtime[Symbol.asyncDispose]();
  assert.ok(kept.scope !== undefined && kept.scope.context === undefined);
  assert.equal(kept.scope.fail(new Error('left behind')), true);
  assert.equal(served.logLines.at(-1)?.error, 'left behind');
  await assert.rejects(kept.fetch?.('http://localhost:1') ?? Promise.resolve(), {
    name: 'PluginError',
    message: /instance that was disposed/,
  });
});
