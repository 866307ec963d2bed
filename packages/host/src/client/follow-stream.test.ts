import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { HostError, isHostError } from '../errors/index.ts';
import { followStream } from './follow-stream.ts';
import type { StreamRequest } from './types.ts';

const request: StreamRequest = { context: { orgId: 1, config: {}, userAgent: '' }, path: 'x', data: new Uint8Array(), headers: {} };
const facts = { pluginId: 'p', endpoint: 'runStream', detail: '' };
const packet = (text: string) => Buffer.from(text);

/** A plugin whose streams are these, one after another. */
function pluginOf(...runs: (() => AsyncGenerator<Uint8Array>)[]) {
  let started = 0;
  return { runStream: () => runs[started++]!(), started: () => started };
}
async function* fails(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield packet(text);
  throw new HostError('request_failed', facts);
}
async function* ends(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield packet(text);
}

describe('a followed stream', () => {
  test('runs again after an error, and ends with a run that ends by itself', async () => {
    const plugin = pluginOf(
      () => fails('1', '2'),
      () => fails(),
      () => ends('3'),
      () => ends('never'),
    );
    const packets = await Array.fromAsync(followStream(plugin, request, { delay: async () => {} }), String);
    assert.deepEqual(packets, ['1', '2', '3']);
    assert.equal(plugin.started(), 3);
  });

  test('waits longer while runs stay short, up to five seconds, and starts anew after a long one', async () => {
    let nowMs = 0;
    const delays: number[] = [];
    const long = async function* () {
      nowMs += 100;
      yield* fails();
    };
    const plugin = pluginOf(
      ...Array.from({ length: 9 }, () => () => fails()),
      long,
      () => fails(),
      () => fails(),
      () => ends(),
    );
    const delay = async (ms: number) => void delays.push(ms);
    await Array.fromAsync(followStream(plugin, request, { delay, now: () => nowMs }));
    assert.deepEqual(delays, [0, 100, 200, 400, 800, 1600, 3200, 5000, 5000, 0, 0, 100]);
  });

  test('a plugin without streams is not asked twice, and the reason of a failed run is told', async () => {
    const told: unknown[] = [];
    const lacking = async function* () {
      yield* ends();
      throw new HostError('method_not_implemented', facts);
    };
    const plugin = pluginOf(() => fails(), lacking);
    const onError = (error: unknown, delayMs: number) => told.push([isHostError(error, 'request_failed'), delayMs]);
    await assert.rejects(Array.fromAsync(followStream(plugin, request, { onError })), (error) =>
      isHostError(error, 'method_not_implemented'),
    );
    assert.deepEqual(told, [[true, 0]]);
  });

  test('ends when its reader gives up, during a run or between two', async () => {
    const during = new AbortController();
    const cancelled = async function* () {
      yield* ends('1');
      during.abort();
      throw new HostError('request_cancelled', facts);
    };
    const plugin = pluginOf(cancelled);
    await assert.rejects(Array.fromAsync(followStream(plugin, request, { signal: during.signal })), (error) =>
      isHostError(error, 'request_cancelled'),
    );
    const between = new AbortController();
    const failing = pluginOf(
      () => fails(),
      () => fails(),
    );
    const following = Array.fromAsync(
      followStream(failing, request, { signal: between.signal, onError: (_, ms) => ms > 0 && between.abort() }),
    );
    await assert.rejects(following, { name: 'AbortError' });
    assert.equal(failing.started(), 2);
  });
});
