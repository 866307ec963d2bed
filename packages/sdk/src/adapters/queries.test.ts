import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeArrow, float64, frame, time } from '@backplane/frames';
import { GrpcCode, GrpcStatusError } from '@backplane/protocol/grpc';
import { data, diagnostics, type Init, type QueryDataRequest } from '@backplane/protocol/pluginv2';
import { z } from 'zod';
import { dataSource } from '../declare.ts';
import { DownstreamError } from '../errors.ts';
import { servePlugin, sourceContext } from './fixtures/served-plugin.ts';

function request(
  queries: { refId: string; queryType?: string; json?: object }[],
  more: Init<QueryDataRequest> = {},
): Init<QueryDataRequest> {
  return {
    pluginContext: sourceContext(),
    queries: queries.map(({ refId, queryType = '', json = {} }) => ({
      refId,
      queryType,
      maxDataPoints: 100n,
      intervalMS: 1000n,
      timeRange: { fromEpochMS: 1_700_000_000_000n, toEpochMS: 1_700_000_060_000n },
      json: Buffer.from(JSON.stringify({ refId, ...json })),
    })),
    ...more,
  };
}

const twoRows = (name = '') => frame(name, { Time: time.fromMillis([1, 2]), Value: float64([0.5, null]) });

test('frames come as Arrow with status 200 and the refId of their query', async () => {
  await using served = await servePlugin(dataSource({ id: 'a', query: () => [twoRows('x'), twoRows('y').with({ refId: 'own' })] }));
  const { responses } = await served.channel.unary(data.queryData, request([{ refId: 'A' }]));
  const answer = responses.A;
  assert.deepEqual([answer?.status, answer?.error, answer?.errorSource, answer?.format], [200, '', '', 0]);
  const frames = (answer?.frames ?? []).map((bytes) => decodeArrow(bytes));
  assert.deepEqual(
    frames.map((it) => [it.name, it.refId, it.length]),
    [
      ['x', 'A', 2],
      ['y', 'own', 2],
    ],
  );
  assert.deepEqual(frames[0]?.field('Value')?.toArray(), [0.5, null]);
});

test('frames come as JSON when the host asks for it', async () => {
  await using served = await servePlugin(dataSource({ id: 'a', query: () => twoRows('x') }));
  const { responses } = await served.channel.unary(data.queryData, request([{ refId: 'A' }], { format: 1 }));
  assert.equal(responses.A?.format, 1);
  const json = JSON.parse(Buffer.from(responses.A?.frames[0] ?? []).toString());
  assert.deepEqual(
    [json.schema.name, json.schema.refId, json.data.values],
    [
      'x',
      'A',
      [
        [1, 2],
        [0.5, null],
      ],
    ],
  );
});

test('a big frame in JSON comes whole, and other calls go on while it is written', async () => {
  const rows = 300_000;
  const values = Float64Array.from({ length: rows }, (_, i) => i / 7);
  const plugin = dataSource({
    id: 'a',
    query: { big: () => frame('', { Value: float64(values) }), small: () => twoRows() },
  });
  await using served = await servePlugin(plugin);
  const order: string[] = [];
  const ask = async (queryType: string) => {
    const { responses } = await served.channel.unary(data.queryData, request([{ refId: 'A', queryType }], { format: 1 }));
    order.push(queryType);
    return JSON.parse(Buffer.from(responses.A?.frames[0] ?? []).toString()).data.values[0];
  };
  const [big] = await Promise.all([ask('big'), ask('small')]);
  assert.equal(big.length, rows);
  assert.equal(big.at(-1), (rows - 1) / 7);
  assert.deepEqual(order, ['small', 'big']);
});

test('a failing query carries status, source and text, is logged with its refId, and spoils no other', async () => {
  const plugin = dataSource({
    id: 'a',
    query: {
      good: () => twoRows(),
      down: () => {
        throw new DownstreamError('quota', { status: 429 });
      },
      bug: () => {
        throw new TypeError('x is not a function');
      },
    },
  });
  await using served = await servePlugin(plugin);
  const queries = ['good', 'down', 'bug'].map((type) => ({ refId: type, queryType: type }));
  const { responses } = await served.channel.unary(data.queryData, request(queries));
  const facts = Object.fromEntries(
    Object.entries(responses).map(([refId, it]) => [refId, [it.status, it.errorSource, it.error, it.frames.length]]),
  );
  assert.deepEqual(facts, {
    good: [200, '', '', 1],
    down: [429, 'downstream', 'quota', 0],
    bug: [500, 'plugin', 'x is not a function', 0],
  });
  const logged = served.logLines.filter((line) => line['@level'] === 'error');
  assert.deepEqual(
    logged.map((line) => [line.refId, line.statusSource, line.dsUid, typeof line.stack]),
    [
      ['down', 'downstream', 'abc', 'undefined'],
      ['bug', 'plugin', 'abc', 'string'],
    ],
  );
  assert.match(served.metrics.text(), /grafana_plugin_request_total\{endpoint="queryData",status="error",status_source="plugin"\} 1/);
});

test('settings that do not fit are the error of every query, with the field named', async () => {
  const plugin = dataSource({ id: 'a', settings: { jsonData: z.object({ url: z.url() }) }, query: () => twoRows() });
  await using served = await servePlugin(plugin);
  const { responses } = await served.channel.unary(data.queryData, request([{ refId: 'A' }, { refId: 'B' }]));
  for (const answer of [responses.A, responses.B]) {
    assert.equal(answer?.status, 400);
    assert.match(answer?.error ?? '', /^invalid settings: url: /);
  }
});

test('an instance is opened once for its settings and replaced when they change', async () => {
  const opened: unknown[] = [];
  const disposed: unknown[] = [];
  const plugin = dataSource({
    id: 'a',
    settings: { secure: ['key'] },
    create({ settings }) {
      const id = `${settings.uid} ${settings.updatedAtMs} ${settings.secure.key} ${JSON.stringify(settings.jsonData)}`;
      opened.push(id);
      return { id, [Symbol.dispose]: () => void disposed.push(id) };
    },
    query: (_q, instance) => frame(instance.id, {}),
  });
  await using served = await servePlugin(plugin);
  const ask = (pluginContext: ReturnType<typeof sourceContext>) =>
    served.channel.unary(data.queryData, request([{ refId: 'A' }], { pluginContext }));
  await Promise.all(Array.from({ length: 20 }, () => ask(sourceContext())));
  assert.equal(opened.length, 1);
  await ask(sourceContext({ updated: 2n }));
  await ask(sourceContext({ updated: 2n, secure: { key: 'k' } }));
  await ask(sourceContext({ updated: 2n, secure: { key: 'k' }, jsonData: { a: 1 } }));
  await ask(sourceContext({ uid: 'other' }));
  assert.deepEqual(opened, ['abc 1 undefined {}', 'abc 2 undefined {}', 'abc 2 k {}', 'abc 2 k {"a":1}', 'other 1 undefined {}']);
  assert.deepEqual(disposed, opened.slice(0, 3));
  const tenant = { metadata: [['tenantid', 't1']] as const };
  await served.channel.unary(data.queryData, request([{ refId: 'A' }], { pluginContext: sourceContext({ uid: 'other' }) }), tenant);
  assert.equal(opened.length, 6, 'tenants never share an instance');
});

test('the context has user, organisation, headers under plain names, and configuration', async () => {
  let seen: unknown;
  const plugin = dataSource({
    id: 'a',
    query(_q, _settings, ctx) {
      const { headers, config } = ctx;
      const names = ['x-dashboard-uid', 'authorization', 'cookie', 'x-id-token', 'x-title'].map((name) => headers.get(name));
      seen = [
        ctx.user,
        ctx.org,
        names,
        ctx.isAlert,
        config.getInteger('GF_SQL_ROW_LIMIT'),
        config.get('none'),
        ctx.pluginContext.dataSource?.uid,
      ];
      return [];
    },
  });
  await using served = await servePlugin(plugin);
  const headers = {
    'http_X-Dashboard-Uid': 'd1',
    http_Authorization: 'Bearer new',
    Authorization: 'Bearer old',
    Cookie: 'a=b',
    'X-Id-Token': 'id',
    FromAlert: 'true',
    'http_X-Title': 'Grüße',
    'http_bad name': 'x',
    'http_X-Bad': 'a\r\nb: c',
  };
  const pluginContext = sourceContext({ config: { GF_SQL_ROW_LIMIT: '1000' } });
  await served.channel.unary(data.queryData, request([{ refId: 'A' }], { headers, pluginContext }));
  assert.deepEqual(seen, [
    { login: 'ada', name: 'Ada', email: 'ada@example.org', role: 'Editor' },
    { id: 1 },
    ['d1', 'Bearer new', 'a=b', 'id', Buffer.from('Grüße').toString('latin1')],
    true,
    1000,
    undefined,
    'abc',
  ]);
});

test('a context without user, settings and configuration is served', async () => {
  const plugin = dataSource({
    id: 'a',
    create: ({ settings }) => settings,
    query: (_q, settings, ctx) => frame(JSON.stringify([settings.uid, settings.jsonData, ctx.user ?? null, ctx.isAlert]), {}),
  });
  await using served = await servePlugin(plugin);
  const { responses } = await served.channel.unary(data.queryData, { queries: [{ refId: 'A' }] });
  assert.deepEqual([responses.A?.status, responses.A?.error], [200, '']);
  const [bytes] = responses.A?.frames ?? [];
  assert.equal(bytes && decodeArrow(bytes).name, '["",{},null,false]');
});

test('the host says how many queries run at a time, unless the plugin does', async () => {
  const ask = async (concurrency: number | undefined, config: Record<string, string>) => {
    let running = 0;
    let most = 0;
    const plugin = dataSource({
      id: 'a',
      ...(concurrency === undefined ? {} : { concurrency }),
      async query() {
        most = Math.max(most, ++running);
        await new Promise(setImmediate);
        running--;
        return [];
      },
    });
    await using served = await servePlugin(plugin);
    const queries = Array.from({ length: 15 }, (_, i) => ({ refId: `Q${i}` }));
    await served.channel.unary(data.queryData, request(queries, { pluginContext: sourceContext({ config }) }));
    return most;
  };
  assert.equal(await ask(undefined, {}), 10);
  assert.equal(await ask(undefined, { GF_CONCURRENT_QUERY_COUNT: '2' }), 2);
  assert.equal(await ask(undefined, { GF_CONCURRENT_QUERY_COUNT: 'many' }), 10);
  assert.equal(await ask(3, { GF_CONCURRENT_QUERY_COUNT: '2' }), 3);
});

test('a call that is cancelled while its instance opens ends as cancelled, and holds up no stop', async () => {
  const opening = Promise.withResolvers<object>();
  const asked = Promise.withResolvers<void>();
  const create = () => {
    asked.resolve();
    return opening.promise;
  };
  await using served = await servePlugin(dataSource({ id: 'a', create, query: () => [] }));
  const caller = new AbortController();
  const call = served.channel.unary(data.queryData, request([{ refId: 'A' }]), { signal: caller.signal });
  await asked.promise;
  caller.abort(new Error('the user left'));
  await assert.rejects(call, /the user left/);
  await served.runtime.drain();
  assert.match(served.metrics.text(), /\{endpoint="queryData",status="cancelled",status_source="plugin"\} 1/);
  opening.resolve({});
});

test('a cancelled call aborts its handlers, and ends as cancelled', async () => {
  const aborted = Promise.withResolvers<void>();
  const started = Promise.withResolvers<void>();
  const plugin = dataSource({
    id: 'a',
    query: (_q, _s, ctx) => {
      started.resolve();
      return new Promise((_, reject) =>
        ctx.signal.addEventListener('abort', () => {
          aborted.resolve();
          reject(ctx.signal.reason);
        }),
      );
    },
  });
  await using served = await servePlugin(plugin);
  const caller = new AbortController();
  const call = served.channel.unary(data.queryData, request([{ refId: 'A' }]), { signal: caller.signal });
  await started.promise;
  caller.abort(new Error('user left'));
  await assert.rejects(call, /user left/);
  await aborted.promise;
  await served.runtime.drain();
  assert.match(served.metrics.text(), /\{endpoint="queryData",status="cancelled",status_source="plugin"\} 1/);
});

test('a deadline ends the call as deadline exceeded', async () => {
  const plugin = dataSource({
    id: 'a',
    query: (_q, _s, ctx) => new Promise((_, reject) => ctx.signal.addEventListener('abort', () => reject(ctx.signal.reason))),
  });
  await using served = await servePlugin(plugin);
  await assert.rejects(served.channel.unary(data.queryData, request([{ refId: 'A' }]), { timeoutMs: 50 }), {
    code: GrpcCode.deadlineExceeded,
  });
});

test('a plugin without a handler answers unimplemented', async () => {
  await using served = await servePlugin(dataSource({ id: 'a' }));
  for (const call of [
    served.channel.unary(data.queryData, request([{ refId: 'A' }])),
    served.channel.unary(diagnostics.checkHealth, { pluginContext: sourceContext() }),
  ])
    await assert.rejects(call, (error) => error instanceof GrpcStatusError && error.code === GrpcCode.unimplemented);
});

test('a stopping plugin answers what runs and refuses the rest', async () => {
  const gate = Promise.withResolvers<void>();
  const started = Promise.withResolvers<void>();
  const plugin = dataSource({
    id: 'a',
    async query() {
      started.resolve();
      await gate.promise;
      return [];
    },
  });
  await using served = await servePlugin(plugin);
  const running = served.channel.unary(data.queryData, request([{ refId: 'A' }]));
  await started.promise;
  const drained = served.runtime.drain();
  await assert.rejects(served.channel.unary(data.queryData, request([{ refId: 'B' }])), { code: GrpcCode.unavailable });
  gate.resolve();
  assert.equal((await running).responses.A?.status, 200);
  await drained;
});
