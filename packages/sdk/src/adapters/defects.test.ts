// What went wrong in the TypeScript SDK that was tried and given up before this one: a test for each defect, named so.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { decodeArrow, float64, frame, utf8 } from '@backplane/frames';
import { data, type Init, type QueryDataRequest } from '@backplane/protocol/pluginv2';
import { dataSource } from '../declare.ts';
import { DownstreamError } from '../errors.ts';
import { servePlugin, sourceContext } from './fixtures/served-plugin.ts';

function ask(queries: Readonly<Record<string, object>>, pluginContext = sourceContext()): Init<QueryDataRequest> {
  const entries = Object.entries(queries);
  return { pluginContext, queries: entries.map(([refId, model]) => ({ refId, json: Buffer.from(JSON.stringify({ refId, ...model })) })) };
}

test('defect: text of a query that is not ASCII arrives as it was written', async () => {
  const text = 'größe ≥ 5 € 温度 😀 \u2028 "\\" é e\u0301';
  const plugin = dataSource({ id: 'a', query: (q) => frame(q.raw, { echo: utf8([String(q.model.text)]) }) });
  await using served = await servePlugin(plugin);
  const { responses } = await served.channel.unary(data.queryData, ask({ Ä: { text } }));
  const answer = decodeArrow(responses.Ä?.frames[0] as Uint8Array);
  assert.equal(answer.field('echo')?.get(0), text);
  assert.equal(JSON.parse(answer.name).text, text);
  assert.equal(answer.refId, 'Ä');
});

test('defect: one failing query spoils no other', async () => {
  const plugin = dataSource({
    id: 'a',
    query(q) {
      if (q.model.kind === 'throws') throw new DownstreamError('no such table');
      if (q.model.kind === 'nonsense') return 'no frame' as never;
      return frame(q.refId, {});
    },
  });
  await using served = await servePlugin(plugin);
  const kinds = { A: { kind: 'throws' }, B: {}, C: { kind: 'nonsense' }, D: {} };
  const { responses } = await served.channel.unary(data.queryData, ask(kinds));
  assert.deepEqual(
    Object.entries(responses).map(([refId, { status, frames }]) => [refId, status, frames.length]),
    [
      ['A', 502, 0],
      ['B', 200, 1],
      ['C', 500, 0],
      ['D', 200, 1],
    ],
  );
});

test('defect: queries of one request, and of several, are answered side by side', async () => {
  let running = 0;
  let most = 0;
  const all = Promise.withResolvers<void>();
  const plugin = dataSource({
    id: 'a',
    async query(q) {
      most = Math.max(most, ++running);
      if (running === 6) all.resolve();
      await all.promise; // none is answered before all are at work
      running--;
      return frame(q.refId, {});
    },
  });
  await using served = await servePlugin(plugin);
  const replies = await Promise.all(
    [ask({ A: {}, B: {}, C: {} }), ask({ A: {}, B: {}, C: {} })].map((request) => served.channel.unary(data.queryData, request)),
  );
  assert.equal(most, 6);
  for (const { responses } of replies) assert.deepEqual(Object.keys(responses), ['A', 'B', 'C']);
});

test('defect: a query has as many frames as its handler gives', async () => {
  const plugin = dataSource({
    id: 'a',
    async *query() {
      yield frame('one', { Value: float64([1]) });
      yield [frame('two', {}), frame('three', {})];
    },
  });
  await using served = await servePlugin(plugin);
  const { responses } = await served.channel.unary(data.queryData, ask({ A: {} }));
  assert.deepEqual(
    responses.A?.frames.map((bytes) => decodeArrow(bytes).name),
    ['one', 'two', 'three'],
  );
});

test('defect: no log line has a secret, however settings are printed and whatever fails', async () => {
  const secret = 'hunter2-very-secret';
  const plugin = dataSource({
    id: 'a',
    settings: { secure: ['apiKey'] },
    create({ settings, log }) {
      log.info('opened', {
        settings,
        secure: settings.secure,
        text: inspect(settings),
        json: JSON.stringify(settings),
        spread: { ...settings.secure },
      });
      log.info(`as text: ${settings.secure}`);
      assert.equal(settings.secure.apiKey, secret);
      return { settings };
    },
    query(q, { settings }, ctx) {
      ctx.log.error('failing', { context: ctx, settings, pluginContext: ctx.pluginContext });
      if (q.refId === 'A') throw new Error('a bug', { cause: settings });
      throw Object.assign(new DownstreamError('refused'), { settings, context: ctx });
    },
  });
  await using served = await servePlugin(plugin);
  const { responses } = await served.channel.unary(
    data.queryData,
    ask({ A: {}, B: {} }, sourceContext({ secure: { apiKey: secret, undeclared: secret } })),
  );
  assert.ok(served.logLines.length >= 4);
  assert.ok(!JSON.stringify(served.logLines).includes(secret), 'the log');
  for (const { error } of Object.values(responses)) assert.ok(!error.includes(secret), error);
});
