import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { collectChunks, type DataChunk, type QueryDataResponse } from '../client/index.ts';
import { type Answers, contextOf, makeCall, originOf, recordCalls, sample } from './fixtures/recording-client.ts';
import { type AnswerCache, cacheCalls, type KeptResource } from './index.ts';

/** A cache for one answer of each kind. */
function createCache(limits: { maxRows?: number; maxBodyBytes?: number } = {}) {
  const kept: { query?: QueryDataResponse; resource?: KeptResource } = {};
  const cache: AnswerCache = {
    getQuery: async () => kept.query,
    putQuery: async (_, response) => {
      kept.query = response;
    },
    getResource: async () => kept.resource,
    putResource: async (_, response) => {
      kept.resource = response;
    },
    maxRows: limits.maxRows ?? 10,
    maxBodyBytes: limits.maxBodyBytes ?? 10,
  };
  return { kept, cache };
}

const origin = originOf();

function open(limits?: Parameters<typeof createCache>[0], answers?: Answers) {
  const { kept, cache } = createCache(limits);
  return { kept, ...recordCalls([cacheCalls(cache)], answers) };
}

describe('cacheCalls [C16]', () => {
  test('a query is asked once and answered from the cache then, also in chunks, whichever came first', async () => {
    for (const [first, second] of [
      ['queryData', 'queryChunkedData'],
      ['queryChunkedData', 'queryData'],
    ] as const) {
      const { client, seen, kept } = open();
      await makeCall(client, first, contextOf(), { origin });
      assert.deepEqual([...(kept.query?.responses.keys() ?? [])], ['A']);
      const whole = (await makeCall(client, 'queryData', contextOf(), { origin })) as QueryDataResponse;
      const chunks = (await makeCall(client, 'queryChunkedData', contextOf(), { origin })) as DataChunk[];
      assert.deepEqual(whole.responses.get('A')?.frames[0]?.field('v')?.toArray(), [1, 2]);
      const joined = await collectChunks(
        (async function* () {
          yield* chunks;
        })(),
      );
      assert.deepEqual(joined.responses.get('A')?.frames[0]?.field('v')?.toArray(), [1, 2]);
      assert.deepEqual(
        seen.map(({ endpoint }) => endpoint),
        [first],
        `${first}, then ${second}`,
      );
    }
  });

  test('a resource answer is kept part by part and sent again in one', async () => {
    const { client, seen, kept } = open();
    assert.equal(await makeCall(client, 'callResource', contextOf(), { origin }), 'onetwo');
    assert.equal(Buffer.from(kept.resource?.body ?? []).toString(), 'onetwo');
    assert.equal(await makeCall(client, 'callResource', contextOf(), { origin }), 'onetwo');
    assert.equal(seen.length, 1);
  });

  test('without a request behind it nothing is looked up or kept [C17]', async () => {
    const { client, seen, kept } = open();
    for (const endpoint of ['queryData', 'queryChunkedData', 'callResource'] as const) {
      await makeCall(client, endpoint, contextOf());
      await makeCall(client, endpoint, contextOf());
    }
    assert.equal(seen.length, 6);
    assert.deepEqual(kept, {});
  });

  test('answers that failed, are too large, or were not read to their end are not kept', async () => {
    const failing = open({}, { query: { frames: [], status: 500, error: 'no' }, resource: { status: 500, parts: ['x'] } });
    const large = open({ maxRows: 1, maxBodyBytes: 4 });
    for (const { client } of [failing, large]) {
      await makeCall(client, 'queryChunkedData', contextOf(), { origin });
      await makeCall(client, 'callResource', contextOf(), { origin });
    }
    await makeCall(failing.client, 'queryData', contextOf(), { origin });
    assert.deepEqual([failing.kept, large.kept], [{}, {}]);
    const left = open();
    for await (const { frame } of left.client.queryChunkedData({ context: contextOf(), headers: {}, queries: [] }, { origin })) {
      assert.equal(frame?.length, sample.length);
      break;
    }
    assert.deepEqual(left.kept, {});
  });

  test('health, metrics and streams pass by', async () => {
    const { client, seen } = open();
    for (const endpoint of ['checkHealth', 'collectMetrics', 'subscribeStream', 'publishStream', 'runStream'] as const) {
      await makeCall(client, endpoint, contextOf(), { origin });
      await makeCall(client, endpoint, contextOf(), { origin });
    }
    assert.equal(seen.length, 10);
  });
});
