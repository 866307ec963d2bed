import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { test } from 'node:test';
import { float64, frame, time } from '@backplane/frames';
import type { Channel } from '@backplane/protocol/grpc';
import { admission, conversion, data, diagnostics, resource, stream } from '@backplane/protocol/pluginv2';
import type { Endpoint } from '../context.ts';
import { type DataSourceDeclaration, dataSource } from '../declare.ts';
import { PluginError } from '../errors.ts';
import type { CallOutcome, Middleware } from '../middleware.ts';
import { servePlugin, sourceContext } from './fixtures/served-plugin.ts';

const pluginContext = sourceContext();
const query = { refId: 'A', json: Buffer.from('{}') };

/** One call of each kind, read to its end. */
const calls: Readonly<Record<Endpoint, (channel: Channel) => Promise<unknown>>> = {
  queryData: (channel) => channel.unary(data.queryData, { pluginContext, queries: [query] }),
  queryChunkedData: (channel) => Array.fromAsync(channel.serverStream(data.queryChunkedData, { pluginContext, queries: [query] })),
  callResource: (channel) =>
    Array.fromAsync(channel.serverStream(resource.callResource, { pluginContext, path: 'x', url: 'x', method: 'GET' })),
  checkHealth: (channel) => channel.unary(diagnostics.checkHealth, { pluginContext }),
  collectMetrics: (channel) => channel.unary(diagnostics.collectMetrics, { pluginContext }),
  subscribeStream: (channel) => channel.unary(stream.subscribeStream, { pluginContext, path: 'a' }),
  publishStream: (channel) => channel.unary(stream.publishStream, { pluginContext, path: 'a' }),
  runStream: (channel) => Array.fromAsync(channel.serverStream(stream.runStream, { pluginContext, path: 'a' })),
  validateAdmission: (channel) => channel.unary(admission.validateAdmission, { pluginContext }),
  mutateAdmission: (channel) => channel.unary(admission.mutateAdmission, { pluginContext }),
  convertObjects: (channel) => channel.unary(conversion.convertObjects, { pluginContext, targetVersion: { group: 'g', version: 'v1' } }),
};

const current = new AsyncLocalStorage<string>();

/** A plugin with a handler for every kind of call, which says whether it ran inside of the middleware. */
function pluginWith(use: readonly Middleware[], seen: unknown[] = []) {
  const see = () => void seen.push(current.getStore());
  const declaration: Partial<DataSourceDeclaration<never, never, never, 'a', undefined>> = {
    query: () => {
      see();
      return frame('', { Time: time.fromMillis([1]), Value: float64([1]) });
    },
    checkHealth: () => {
      see();
      return 'ok';
    },
    resources: () => () => {
      see();
      return new Response('x');
    },
    streams: {
      a: {
        subscribe: () => {
          see();
          return 'ok';
        },
        publish: () => {
          see();
          return 'ok';
        },
        async *run() {
          see();
          yield 1;
        },
      },
    },
    admission: {
      validate: () => {
        see();
        return true;
      },
      mutate: () => {
        see();
        return { allowed: true, object: {} };
      },
    },
    convert: () => {
      see();
      return [];
    },
  };
  return dataSource({ id: 'acme-datasource', use, ...declaration } as DataSourceDeclaration<never, never, never, 'a', undefined>);
}

test('middleware stands around calls of every kind, in order, and is told how they ended', async () => {
  const order: string[] = [];
  const around =
    (name: string): Middleware =>
    async ({ endpoint }, next) => {
      order.push(`${name} ${endpoint}`);
      order.push(`${name} ${(await next()).status}`);
    };
  await using served = await servePlugin(pluginWith([around('outer'), around('inner')]));
  for (const [endpoint, call] of Object.entries(calls)) {
    order.length = 0;
    await call(served.channel);
    // The call's answer is on its way before the middleware hears that it has ended.
    while (order.length < 4) await new Promise(setImmediate);
    assert.deepEqual(order, [`outer ${endpoint}`, `inner ${endpoint}`, 'inner ok', 'outer ok']);
  }
});

test('handlers of every kind find what middleware put into an AsyncLocalStorage', async () => {
  const seen: unknown[] = [];
  await using served = await servePlugin(pluginWith([({ endpoint }, next) => current.run(endpoint, next)], seen));
  const withHandlers = Object.entries(calls).filter(([endpoint]) => endpoint !== 'collectMetrics');
  for (const [, call] of withHandlers) await call(served.channel);
  assert.deepEqual(
    seen,
    withHandlers.map(([endpoint]) => endpoint),
  );
});

test('what a middleware throws is the answer of the call, whatever its kind, and no handler runs', async () => {
  const seen: unknown[] = [];
  const refuse: Middleware = () => Promise.reject(new PluginError('not today', { status: 403 }));
  await using served = await servePlugin(pluginWith([refuse], seen));
  const { responses } = await served.channel.unary(data.queryData, { pluginContext, queries: [query, { ...query, refId: 'B' }] });
  assert.deepEqual(
    Object.values(responses).map(({ status, error, errorSource }) => [status, error, errorSource]),
    Array(2).fill([403, 'not today', 'plugin']),
  );
  const health = await served.channel.unary(diagnostics.checkHealth, { pluginContext });
  assert.deepEqual([health.status, health.message], [2, 'not today']);
  const [response] = await Array.fromAsync(
    served.channel.serverStream(resource.callResource, { pluginContext, path: 'x', url: 'x', method: 'GET' }),
  );
  assert.equal(response?.code, 403);
  for (const endpoint of [
    'collectMetrics',
    'subscribeStream',
    'publishStream',
    'runStream',
    'validateAdmission',
    'mutateAdmission',
    'convertObjects',
  ] as const)
    await assert.rejects(calls[endpoint](served.channel), /not today/, endpoint);
  assert.deepEqual(seen, []);
});

test('the outcome of a failed query says whose fault it was, and an error of middleware that comes after is logged', async () => {
  const outcomes: CallOutcome[] = [];
  const plugin = dataSource({
    id: 'a',
    use: [
      async (_context, next) => {
        outcomes.push(await next());
        throw new Error('too late');
      },
    ],
    query: () => {
      throw new TypeError('a bug');
    },
  });
  await using served = await servePlugin(plugin);
  await served.channel.unary(data.queryData, { pluginContext, queries: [query] });
  while (!served.logLines.some((line) => line['@message'] === 'A middleware failed after the call')) await new Promise(setImmediate);
  assert.deepEqual(outcomes, [{ status: 'error', error: { status: 500, source: 'plugin', message: 'a bug' } }]);
});

test('a middleware that does not call next ends the call, and one that hangs does not hold a call that was given up', async () => {
  await using idle = await servePlugin(pluginWith([async () => undefined]));
  const health = await idle.channel.unary(diagnostics.checkHealth, { pluginContext });
  assert.match(health.message, /it did not call next/);
  const entered = Promise.withResolvers<void>();
  const hang: Middleware = () => {
    entered.resolve();
    return new Promise(() => {});
  };
  const served = await servePlugin(pluginWith([hang]));
  const caller = new AbortController();
  const asked = served.channel.unary(diagnostics.checkHealth, { pluginContext }, { signal: caller.signal });
  await entered.promise;
  caller.abort();
  await assert.rejects(asked);
  await served.runtime.drain();
  await served[Symbol.asyncDispose]();
});
