import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Frame, frame } from '@backplane/frames';
import { z } from 'zod';
import { currentScope } from '../call-scope.ts';
import type { RequestContext } from '../context.ts';
import { dataSource } from '../declare.ts';
import { DownstreamError } from '../errors.ts';
import type { QueryRouter } from '../plugin.ts';
import { answerQueries, failQueries, type QueryAnswer } from './answer-queries.ts';
import type { RawQuery } from './parse-query.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

function raw(refId: string, json: object | string = {}, queryType = ''): RawQuery {
  const text = typeof json === 'string' ? json : JSON.stringify({ refId, queryType, ...json });
  return { refId, queryType, maxDataPoints: 100, intervalMs: 1000, timeRange: { fromMs: 1, toMs: 2 }, json: bytes(text) };
}

const encode = (_frame: Frame, refId: string) => bytes(refId);

async function answer(router: QueryRouter | undefined, queries: RawQuery[], signal = new AbortController().signal, concurrency = 10) {
  assert.ok(router);
  const { answers, settled } = await answerQueries(queries, {
    router,
    instance: undefined,
    context: { signal } as RequestContext,
    concurrency,
    encode,
  });
  return { answers, settled, texts: Object.fromEntries([...answers].map(([refId, it]) => [refId, describe(it)])) };
}

function describe(answer: QueryAnswer): string {
  if (answer.kind === 'frames') return `${answer.frames.length} frames`;
  return `${answer.facts.status} ${answer.facts.source}: ${answer.facts.message}`;
}

test('one failing query spoils only itself', async () => {
  const { query } = dataSource({
    id: 'a',
    query: {
      good: () => frame('', {}),
      many: () => [frame('', {}), frame('', {})],
      async *stream() {
        yield frame('', {});
        yield [frame('', {}), frame('', {})];
      },
      throws: () => {
        throw new TypeError('x is not a function');
      },
      rejects: async () => {
        throw new DownstreamError('quota', { status: 429 });
      },
      async *breaks() {
        yield frame('', {});
        throw new Error('half way');
      },
    },
  });
  const types = ['good', 'many', 'stream', 'throws', 'rejects', 'breaks', 'unknown'];
  const { texts } = await answer(
    query,
    types.map((type) => raw(type, {}, type)),
  );
  assert.deepEqual(texts, {
    good: '1 frames',
    many: '2 frames',
    stream: '3 frames',
    throws: '500 plugin: x is not a function',
    rejects: '429 downstream: quota',
    breaks: '500 plugin: half way',
    unknown: '400 plugin: no handler for query type "unknown"; this plugin has "good", "many", "stream", "throws", "rejects", "breaks"',
  });
});

test('unknown and empty query types go to the fallback', async () => {
  const seen: string[] = [];
  const { query } = dataSource({
    id: 'a',
    query: {
      fallback: (q) => {
        seen.push(q.queryType);
        return [];
      },
    },
  });
  await answer(query, [raw('A', {}, ''), raw('B', {}, 'new')]);
  assert.deepEqual(seen, ['', 'new']);
});

test('a model that does not fit is answered 400 with the path of the field', async () => {
  const { query } = dataSource({
    id: 'a',
    queries: { series: z.strictObject({ metric: z.enum(['temp']), tags: z.array(z.string()).optional() }) },
    query: { series: (q) => frame(q.model.metric, {}) },
  });
  const common = { datasource: { uid: 'x' }, maxDataPoints: 5, intervalMs: 6, hide: false, datasourceId: 3, key: 'Q-1' };
  const { texts } = await answer(query, [
    raw('A', { metric: 'temp', ...common }, 'series'),
    raw('B', { metric: 'temp', tags: ['a', 7] }, 'series'),
    raw('C', '{"metric":', 'series'),
    raw('D', '[1]', 'series'),
    raw('E', '', 'series'),
  ]);
  assert.equal(texts.A, '1 frames', 'a strict schema does not see what Grafana adds to every query');
  assert.match(texts.B ?? '', /^400 plugin: invalid query: tags\[1\]: /);
  assert.match(texts.C ?? '', /^400 plugin: invalid query: it is not JSON/);
  assert.match(texts.D ?? '', /^400 plugin: invalid query: it is not a JSON object/);
  assert.match(texts.E ?? '', /^400 plugin: invalid query: metric: /);
});

test('a handler sees its query with text beyond ASCII and 64-bit integers in the raw text', async () => {
  const text = '{"refId":"A","id":9223372036854775807,"city":"Zürich 🚉"}';
  const seen: unknown[] = [];
  const { query } = dataSource({
    id: 'a',
    query: (q) => {
      seen.push(q.raw, q.model.city, q.timeRange, q.interval.ms, q.maxDataPoints, q.refId);
      return [];
    },
  });
  await answer(query, [raw('A', text)]);
  assert.deepEqual(seen, [text, 'Zürich 🚉', { fromMs: 1, toMs: 2 }, 1000, 100, 'A']);
});

test('a result that is no frame is an error that says what to return', async () => {
  const { query } = dataSource({
    id: 'a',
    query: {
      nothing: (() => undefined) as never,
      object: (() => ({ rows: [] })) as never,
      inside: (() => [frame('', {}), 'x']) as never,
    },
  });
  const { texts } = await answer(
    query,
    ['nothing', 'object', 'inside'].map((type) => raw(type, {}, type)),
  );
  assert.match(texts.nothing ?? '', /^500 plugin: the query handler gave nothing; return a frame/);
  assert.match(texts.object ?? '', /an object with rows/);
  assert.match(texts.inside ?? '', /an array with a string/);
});

test('no more queries run at a time than allowed', async () => {
  let running = 0;
  let most = 0;
  const { query } = dataSource({
    id: 'a',
    async query() {
      most = Math.max(most, ++running);
      await new Promise(setImmediate);
      running--;
      return [];
    },
  });
  const queries = Array.from({ length: 20 }, (_, i) => raw(`Q${i}`));
  const { answers } = await answer(query, queries, undefined, 3);
  assert.equal(most, 3);
  assert.equal(answers.size, 20);
});

test('a cancelled call starts no further query and leaves a generator by its finally', async () => {
  const cancelled = new AbortController();
  let cleaned = false;
  let started = 0;
  const { query } = dataSource({
    id: 'a',
    async *query() {
      started++;
      try {
        yield frame('', {});
        cancelled.abort();
        yield frame('', {});
        assert.fail('asked for more after the cancel');
      } finally {
        cleaned = true;
      }
    },
  });
  const { texts } = await answer(query, [raw('A'), raw('B')], cancelled.signal, 1);
  assert.equal(started, 1);
  assert.ok(cleaned);
  assert.match(texts.B ?? '', /^499/);
});

test('an error that nobody awaits becomes the answer of the query that caused it, and its handler is waited for', async () => {
  const gate = Promise.withResolvers<Frame[]>();
  const { query } = dataSource({
    id: 'a',
    query: {
      stray: () => {
        queueMicrotask(() => currentScope()?.fail(new Error('from a callback')));
        return gate.promise;
      },
      fine: () => [],
    },
  });
  const { texts, settled } = await answer(query, [raw('A', {}, 'stray'), raw('B', {}, 'fine')]);
  assert.deepEqual(texts, { A: '500 plugin: from a callback', B: '0 frames' });
  let over = false;
  const end = settled.then(() => {
    over = true;
  });
  await new Promise(setImmediate);
  assert.equal(over, false);
  gate.resolve([]);
  await end;
});

test('what fails before the queries is the error of each of them', () => {
  const answers = failQueries([raw('A'), raw('B')], new DownstreamError('login refused', { status: 401 }));
  assert.deepEqual([...answers.values()].map(describe), ['401 downstream: login refused', '401 downstream: login refused']);
});
