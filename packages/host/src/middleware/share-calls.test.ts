import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { HealthResult } from '../client/index.ts';
import { contextOf, makeCall, recordCalls } from './fixtures/recording-client.ts';
import { type Middleware, shareCalls } from './index.ts';

/** A plugin that answers when the test says so, and hears when it is given up. */
function openSlow(keyOf: Parameters<typeof shareCalls>[0]) {
  const answers: PromiseWithResolvers<HealthResult>[] = [];
  const signals: (AbortSignal | undefined)[] = [];
  const slow: Middleware = async (call) => {
    signals.push(call.signal);
    const answer = Promise.withResolvers<HealthResult>();
    answers.push(answer);
    call.signal?.addEventListener('abort', () => answer.reject(new Error('given up')));
    return (await answer.promise) as never;
  };
  const { client } = recordCalls([shareCalls(keyOf), slow]);
  return { answers, signals, ask: (signal?: AbortSignal) => makeCall(client, 'checkHealth', contextOf(), { signal }) };
}

const healthy: HealthResult = { status: 'OK', message: 'yes', jsonDetails: new Uint8Array(0) };

describe('shareCalls', () => {
  test('calls that are the same share one answer while it is on its way, and the next one asks again', async () => {
    const { answers, ask } = openSlow(() => 'same');
    const both = [ask(), ask()];
    assert.equal(answers.length, 1);
    answers[0]?.resolve(healthy);
    assert.deepEqual(await Promise.all(both), [healthy, healthy]);
    const third = ask();
    assert.equal(answers.length, 2);
    answers[1]?.resolve(healthy);
    await third;
  });

  test('a failure reaches everybody', async () => {
    const { answers, ask } = openSlow(() => 'same');
    const both = [ask(), ask()];
    answers[0]?.reject(new Error('ill'));
    for (const asked of both) await assert.rejects(asked, /ill/);
  });

  test('one caller that gives up leaves the others alone; with the last one the call ends', async () => {
    const { signals, ask } = openSlow(() => 'same');
    const [first, second] = [new AbortController(), new AbortController()];
    const asked = [ask(first.signal), ask(second.signal)];
    first.abort();
    await assert.rejects(asked[0]!, { code: 'request_cancelled' });
    assert.equal(signals[0]?.aborted, false);
    second.abort();
    await assert.rejects(asked[1]!, { code: 'request_cancelled' });
    assert.equal(signals[0]?.aborted, true);
  });

  test('without a key, and under another key, every call is its own', async () => {
    for (const keyOf of [
      () => undefined,
      (() => {
        let n = 0;
        return () => String(n++);
      })(),
    ]) {
      const { answers, ask } = openSlow(keyOf);
      const both = [ask(), ask()];
      assert.equal(answers.length, 2);
      for (const answer of answers) answer.resolve(healthy);
      await Promise.all(both);
    }
  });
});
