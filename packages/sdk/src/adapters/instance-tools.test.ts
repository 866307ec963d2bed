import assert from 'node:assert/strict';
import { test } from 'node:test';
import { frame } from '@backplane/frames';
import { data, type Init, type QueryDataRequest } from '@backplane/protocol/pluginv2';
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
  assert.ok(Buffer.from(responses.A?.frames[0] ?? []).includes(JSON.stringify([basic, 'k', 'by middleware', 'id']).slice(2, 30)));
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
