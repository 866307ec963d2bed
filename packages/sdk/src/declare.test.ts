import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Frame, frame } from '@backplane/frames';
import { z } from 'zod';
import { appPlugin, dataSource } from './declare.ts';
import { SdkError } from './errors.ts';
import type { Query } from './query/index.ts';

/** Fails to compile unless both types are the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(_verdict: Same<A, B>): void => {};

const empty = (): Frame => frame('', {});

test('one declaration gives the types of settings, secrets, models and instance', () => {
  const plugin = dataSource({
    id: 'acme-weather-datasource',
    settings: { jsonData: z.object({ url: z.url(), station: z.string().default('main') }), secure: ['apiKey'] },
    queries: {
      series: z.object({ metric: z.enum(['temp', 'wind']), step: z.number().optional() }),
      events: z.object({ text: z.string() }),
    },
    create({ settings, log }) {
      same<typeof settings.jsonData, { url: string; station: string }>(true);
      same<typeof settings.secure.apiKey, string | undefined>(true);
      // @ts-expect-error no such secret was declared
      settings.secure.apikey;
      // @ts-expect-error no such key in the schema of jsonData
      settings.jsonData.port;
      log.debug('opened', { station: settings.jsonData.station });
      return { station: settings.jsonData.station, async [Symbol.asyncDispose]() {} };
    },
    query: {
      async series(q, api, ctx) {
        same<typeof q.model.metric, 'temp' | 'wind'>(true);
        same<typeof api.station, string>(true);
        same<typeof ctx.signal, AbortSignal>(true);
        // @ts-expect-error a field of the other queryType
        q.model.text;
        return empty();
      },
      async *events(q, api) {
        same<typeof q.model.text, string>(true);
        // @ts-expect-error the instance has no such member
        api.stations;
        yield empty();
      },
      fallback: (q) => {
        same<typeof q.model.anything, unknown>(true);
        return [empty(), empty()];
      },
    },
    checkHealth: async (api) => ({ status: 'ok', message: api.station }),
    resources: (api) => (request) => Response.json({ station: api.station, url: request.url }),
    streams: {
      'live/:metric/by/:zone': {
        subscribe: ({ metric }, api) => (metric === api.station ? 'ok' : 'permission_denied'),
        async *run(params, api, ctx) {
          same<typeof params, { readonly metric: string; readonly zone: string }>(true);
          same<typeof api.station, string>(true);
          // @ts-expect-error the pattern has no such parameter
          params.metrics;
          while (!ctx.signal.aborted) yield empty();
        },
      },
    },
  });
  assert.equal(plugin.kind, 'datasource');
  assert.deepEqual(plugin.settings.secure, ['apiKey']);
});

test('a plugin with one query model writes one schema and one function', () => {
  const plugin = dataSource({
    id: 'acme-sql-datasource',
    queries: z.object({ rawSql: z.string() }),
    create: ({ settings }) => settings,
    query(q, settings) {
      same<typeof q.model.rawSql, string>(true);
      same<typeof settings.uid, string>(true);
      // @ts-expect-error not in the model
      q.model.sql;
      return empty();
    },
  });
  assert.equal(plugin.query?.(''), plugin.query?.('whatever'));
});

test('a plugin without models gets plain JSON objects', () => {
  const plugin = dataSource({
    id: 'hello-numbers-datasource',
    create: () => ({ startedAt: 1 }),
    query: (q, instance) => {
      same<typeof instance.startedAt, number>(true);
      return Number.isFinite(q.model.bound) ? [] : empty();
    },
    checkHealth: (instance) => ({ status: 'ok', message: `up since ${instance.startedAt}` }),
    resources: () => (request) => Response.json({ path: new URL(request.url).pathname }),
  });
  assert.equal(typeof plugin.query?.('')?.handler, 'function');
});

test('one function may answer several models', () => {
  const plugin = dataSource({
    id: 'a-datasource',
    queries: { a: z.object({ kind: z.literal('a') }), b: z.object({ kind: z.literal('b') }) },
    query(q) {
      same<typeof q.model.kind, 'a' | 'b'>(true);
      return empty();
    },
  });
  assert.ok(plugin.query?.('a'));
  assert.throws(() => plugin.query?.('c'), { status: 400, message: 'no handler for query type "c"; this plugin has "a", "b"' });
});

test('handlers may be written elsewhere, before or beside others that are not', () => {
  const answer = async (_q: Query, instance: { readonly name: string }): Promise<Frame> => frame(instance.name, {});
  const route = (instance: { readonly name: string }) => () => new Response(instance.name);
  dataSource({
    id: 'a-datasource',
    create({ settings }) {
      return { name: settings.name, port: 3 };
    },
    query: answer,
    resources: route,
    async checkHealth({ port }, { signal }) {
      same<typeof port, number>(true);
      signal.throwIfAborted();
      return 'ok';
    },
  });
  dataSource({
    id: 'a-datasource',
    create: ({ settings }) => ({ port: settings.id }),
    // @ts-expect-error the instance has no name
    query: answer,
  });
});

test('create may answer later, and the handlers see what it answered', () => {
  dataSource({
    id: 'a-datasource',
    create: async () => ({ pool: 3 }),
    query: {
      rows: (_q, instance) => {
        same<typeof instance.pool, number>(true);
        return empty();
      },
    },
  });
});

test('what an author gets wrong about types does not compile', () => {
  const a = z.object({ x: z.number() });
  assert.throws(() =>
    dataSource({
      id: 'a',
      queries: { one: a, two: a },
      // @ts-expect-error the handler of `two` is missing
      query: { one: () => empty() },
    }),
  );
  dataSource({
    id: 'a',
    queries: { one: a },
    // @ts-expect-error a handler for a queryType that was not declared
    query: { one: () => empty(), other: () => empty() },
  });
  dataSource({
    id: 'a',
    queries: a,
    // @ts-expect-error a query handler returns frames
    query: () => 'rows',
  });
  // @ts-expect-error `secured` is not part of settings
  dataSource({ id: 'a', settings: { secured: ['x'] } });
  // @ts-expect-error `healthy` is no status
  dataSource({ id: 'a', checkHealth: () => 'healthy' });
  // @ts-expect-error a resource handler answers a Response
  dataSource({ id: 'a', resources: () => () => ({ status: 200 }) });
  dataSource({
    id: 'a',
    create({ settings }) {
      // @ts-expect-error secrets are declared before they are read
      return settings.secure.password;
    },
  });
});

test('an app has settings, health and resources', () => {
  const plugin = appPlugin({
    id: 'acme-app',
    settings: { jsonData: z.object({ team: z.string() }), secure: ['token'] },
    create: ({ settings }) => ({ team: settings.jsonData.team, token: settings.secure.token }),
    checkHealth: (app) => (app.team === '' ? { status: 'error', message: 'no team' } : 'ok'),
    resources: (app) => () => new Response(app.team),
  });
  assert.deepEqual([plugin.kind, plugin.query], ['app', undefined]);
});

test('a declaration whose parts do not fit is refused with its reason', () => {
  const refuses = (declare: () => unknown, pattern: RegExp) =>
    assert.throws(declare, (error) => error instanceof SdkError && error.code === 'declaration_invalid' && pattern.test(error.message));
  const schema = z.object({});
  refuses(() => dataSource({ id: '' }), /no id/);
  refuses(() => dataSource({ id: 'a', queries: schema }), /plugin a: .*no query handler/);
  // @ts-expect-error one model, several handlers
  refuses(() => dataSource({ id: 'a', queries: schema, query: { one: () => [] } }), /one query function/);
  refuses(() => dataSource({ id: 'a', queries: { fallback: schema }, query: { fallback: () => [] } }), /cannot be called fallback/);
  refuses(() => dataSource({ id: 'a', query: () => [], concurrency: 0 }), /at least 1/);
  // @ts-expect-error a misspelt handler
  refuses(() => dataSource({ id: 'a', checkHelth: () => 'ok' }), /no part called checkHelth; there are id, .*checkHealth/);
  // @ts-expect-error an app has no queries
  refuses(() => appPlugin({ id: 'a', query: () => [] }), /no part called query/);
  // @ts-expect-error not a schema
  refuses(() => dataSource({ id: 'a', settings: { jsonData: { url: 'string' } } }), /no Standard Schema/);
});
