import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Endpoint, PluginContext, ResultOf } from '../client/index.ts';
import { HostError } from '../errors/index.ts';
import { limitCalls, limitTime, type PluginCall } from './index.ts';

const context: PluginContext = { orgId: 1, config: {}, userAgent: '' };
const noBytes = new Uint8Array(0);
const ok: ResultOf<'checkHealth'> = { status: 'OK', message: '', jsonDetails: noBytes };

function health(signal?: AbortSignal): PluginCall<'checkHealth'> {
  return { endpoint: 'checkHealth', pluginId: 'acme', pluginVersion: '1', request: { context, headers: {} }, signal };
}

function stream<Kind extends 'runStream' | 'callResource' | 'queryChunkedData'>(endpoint: Kind): PluginCall<Kind> {
  const request = { context, path: '', data: noBytes, headers: {}, method: '', url: '', body: noBytes };
  return { endpoint, pluginId: 'acme', pluginVersion: '1', request, signal: undefined } as unknown as PluginCall<Kind>;
}

async function* parts(): AsyncGenerator<Uint8Array> {
  yield noBytes;
  yield noBytes;
}

describe('limitCalls', () => {
  test('lets so many through, makes so many wait in their order, and refuses the others', async () => {
    const hits: string[] = [];
    const { middleware } = limitCalls({ maxConcurrentCalls: 2, maxQueuedCalls: 2, maxStreams: 0 }, (limit) => hits.push(limit));
    const started: { readonly name: number; readonly end: () => void }[] = [];
    const call = (name: number, signal?: AbortSignal) =>
      middleware(health(signal), () => new Promise((resolve) => started.push({ name, end: () => resolve(ok) })));
    const leaving = new AbortController();
    const calls = [call(1), call(2), call(3, leaving.signal), call(4)];
    await assert.rejects(call(5), { code: 'plugin_overloaded', message: /2 calls are under way and 2 wait/ });
    assert.deepEqual(hits, ['maxConcurrentCalls', 'maxConcurrentCalls', 'maxQueuedCalls']);
    const gone = assert.rejects(calls[2] as Promise<unknown>, { code: 'request_cancelled' });
    leaving.abort();
    await gone;
    calls.push(call(6));
    started[0]?.end();
    await calls[0];
    await Promise.resolve();
    assert.deepEqual(
      started.map(({ name }) => name),
      [1, 2, 4],
    );
    for (let next = 1; next < 4; next++) {
      started[next]?.end();
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.equal(started.length, 4);
    await Promise.all([calls[1], calls[3], calls[4]]);
  });

  test('a stream keeps its place until its end, a failed call gives it back at once', async () => {
    const { middleware } = limitCalls({ maxConcurrentCalls: 1, maxQueuedCalls: 0, maxStreams: 1 }, () => {});
    const body = await middleware(stream('runStream'), async () => parts());
    await assert.rejects(
      middleware(stream('runStream'), async () => parts()),
      { code: 'plugin_overloaded', message: /1 streams run/ },
    );
    await Array.fromAsync(body);
    await (await middleware(stream('runStream'), async () => parts()))[Symbol.asyncIterator]().return?.();
    const response = await middleware(stream('callResource'), async () => ({ status: 200, headers: {}, body: parts() }));
    await assert.rejects(
      middleware(health(), async () => ok),
      { code: 'plugin_overloaded' },
    );
    await Array.fromAsync(response.body);
    await assert.rejects(
      middleware(health(), () => Promise.reject(new Error('no'))),
      /no/,
    );
    assert.equal(await middleware(health(), async () => ok), ok);
  });
});

describe('limitTime', () => {
  const hangs = <Kind extends Endpoint>({ signal }: PluginCall<Kind>) =>
    new Promise<never>((_, reject) => {
      if (signal?.aborted) reject(signal.reason);
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
    });

  test('a call that takes too long is cancelled and says so; one that is given up says that', async () => {
    let hits = 0;
    const middleware = limitTime(20, () => hits++);
    await assert.rejects(middleware(health(), hangs), { code: 'call_timeout', message: /did not answer checkHealth in 20 ms/ });
    assert.equal(hits, 1);
    const given = new AbortController();
    const call = assert.rejects(limitTime(60_000, () => {})(health(given.signal), hangs), /enough/);
    given.abort(new Error('enough'));
    await call;
    await assert.rejects(limitTime(60_000, () => {})(health(AbortSignal.abort(new Error('before'))), hangs), /before/);
  });

  test('each part of a resource answer has its own time, in which a slow reader does not count', async () => {
    const middleware = limitTime(60, () => {});
    let signalOfCall: AbortSignal | undefined;
    const { body } = await middleware(stream('callResource'), async ({ signal }) => {
      signalOfCall = signal;
      async function* hangsAfterOne() {
        yield noBytes;
        await new Promise((_, reject) => signal?.addEventListener('abort', () => reject(new Error('reset')), { once: true }));
      }
      return { status: 200, headers: {}, body: hangsAfterOne() };
    });
    const iterator = body[Symbol.asyncIterator]();
    await iterator.next();
    await new Promise((resolve) => setTimeout(resolve, 90));
    assert.equal(signalOfCall?.aborted, false);
    await assert.rejects(iterator.next(), (error) => error instanceof HostError && error.code === 'call_timeout');
  });

  test('so has each chunk of an answer in chunks', async () => {
    const chunks = await limitTime(30, () => {})(stream('queryChunkedData'), async ({ signal }) => {
      async function* hangsAfterOne() {
        yield { refId: 'A', frameId: '0', status: 200 };
        await new Promise((_, reject) => signal?.addEventListener('abort', () => reject(new Error('reset')), { once: true }));
      }
      return hangsAfterOne();
    });
    const iterator = chunks[Symbol.asyncIterator]();
    await iterator.next();
    await assert.rejects(iterator.next(), { code: 'call_timeout' });
  });

  test('a stream may be silent for ever', async () => {
    const call = stream('runStream');
    let seen: AbortSignal | undefined = AbortSignal.abort();
    await limitTime(1, () => {})(call, async ({ signal }) => {
      seen = signal;
      return parts();
    });
    assert.equal(seen, undefined);
  });
});
