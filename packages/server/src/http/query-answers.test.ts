import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { decodeArrowStream, decodeFrameJson, float64, frame } from '@backplane/frames';
import fastify from 'fastify';
import { asAdmin, listenTestServer, openTestServer } from '../fixtures/test-server.ts';
import { queryFormat, sendAnswers } from './query-answers.ts';

const files = {
  'datasources/a.yaml': 'datasources: [{ name: A, uid: a, type: acme-ref-datasource }, { name: B, uid: b, type: acme-min-datasource }]',
};
const query = (refId: string, uid: string, mode = '') => ({ refId, datasource: { uid }, mode });
const body = (...queries: object[]) => ({ from: '1000', to: '2000', queries });
const linesOf = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
const lines = { accept: 'application/x-ndjson' };

test('the format is what the client names first; JSON otherwise', () => {
  const cases: [string | undefined, string][] = [
    [undefined, 'json'],
    ['*/*', 'json'],
    ['application/json, application/x-ndjson', 'json'],
    ['text/html, application/vnd.apache.arrow.stream;q=0.9, */*', 'arrow'],
    ['application/vnd.apache.arrow.stream;q=0, text/jsonl', 'lines'],
    ['Application/X-NDJSON', 'lines'],
  ];
  for (const [accept, format] of cases) assert.equal(queryFormat(accept), format, String(accept));
});

test('Arrow streams follow one another, errors are frames with a notice', async () => {
  await using server = await listenTestServer({ files });
  const response = await fetch(`${server.address.url}/api/ds/query`, {
    method: 'POST',
    headers: { ...asAdmin, 'content-type': 'application/json', accept: 'application/vnd.apache.arrow.stream' },
    body: JSON.stringify(body(query('A', 'a'), query('B', 'a', 'error'))),
  });
  assert.deepEqual([response.status, response.headers.get('content-type')], [400, 'application/vnd.apache.arrow.stream']);
  const bytes = new Uint8Array(await response.arrayBuffer());
  const split =
    bytes.length -
    Buffer.from(bytes)
      .subarray(1)
      .indexOf(Buffer.from([0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0])) -
    9;
  const first = decodeArrowStream(bytes.subarray(0, bytes.length - split));
  assert.deepEqual([first.refId, first.length, first.fields.map(({ name }) => name)], ['A', 2, ['time', 'value']]);
  const second = decodeArrowStream(bytes.subarray(bytes.length - split));
  assert.deepEqual([second.refId, second.meta?.notices?.[0]?.text], ['B', 'acme: broken']);
});

for (const gzip of ['false', 'true']) {
  test(`lines are sent as the plugin sends its parts, with enable_gzip = ${gzip}`, async () => {
    await using server = await listenTestServer({ files, env: { GF_SERVER_ENABLE_GZIP: gzip } });
    const response = await fetch(`${server.address.url}/api/ds/query`, {
      method: 'POST',
      headers: { ...asAdmin, 'content-type': 'application/json', ...lines },
      body: JSON.stringify(body(query('A', 'a', 'wait'), query('B', 'a', 'error'))),
    });
    const { headers } = response;
    assert.deepEqual([headers.get('content-type'), headers.has('content-encoding')], ['application/x-ndjson', gzip === 'true']);
    let text = '';
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    while (!text.endsWith('\n')) text += Buffer.from((await reader.read()).value ?? []).toString();
    const [first] = linesOf(text);
    assert.deepEqual([first?.refId, first?.frameId], ['A', '0']);
    assert.equal(decodeFrameJson(JSON.stringify(first?.frame)).length, 2);
    server.host.release();
    let rest = '';
    for (let part = await reader.read(); !part.done; part = await reader.read()) rest += Buffer.from(part.value).toString();
    assert.deepEqual(linesOf(rest), [{ refId: 'B', error: 'acme: broken', errorSource: 'downstream' }]);
  });
}

test('a failure before the first line has its status; a later one, or that of one of several data sources, is a line', async () => {
  await using server = await openTestServer({ files });
  const alone = await server.call('POST', '/api/ds/query', body(query('A', 'a', 'fail')), lines);
  assert.deepEqual([alone.status, alone.body.messageId], [500, 'plugin.requestFailureError']);
  const ask = async (payload: object) => {
    const headers = { ...asAdmin, 'content-type': 'application/json', ...lines };
    return linesOf((await server.send({ method: 'POST', url: '/api/ds/query', headers, payload })).text);
  };
  const late = await ask(body(query('A', 'a', 'break')));
  assert.deepEqual(
    late.map(({ refId, error }) => [refId, error !== undefined]),
    [
      ['A', false],
      ['A', true],
    ],
  );
  const mixed = await ask(body(query('A', 'a', 'fail'), query('B', 'b')));
  assert.deepEqual(mixed.map(({ refId, error }) => [refId, error !== undefined]).sort(), [
    ['A', true],
    ['B', false],
  ]);
});

test('with enable_gzip answers are compressed for who takes it, big ones as they are written', async () => {
  await using server = await openTestServer({ files, env: { GF_SERVER_ENABLE_GZIP: 'true' } });
  const ask = (mode: string, encoding: string) =>
    server.app.inject({
      method: 'POST',
      url: '/api/ds/query',
      headers: { ...asAdmin, 'content-type': 'application/json', 'accept-encoding': encoding },
      payload: JSON.stringify(body(query('A', 'a', mode))),
    });
  const plain = await ask('', 'gzip;q=0, br');
  assert.equal(plain.headers['content-encoding'], undefined);
  for (const mode of ['', 'big']) {
    const zipped = await ask(mode, 'br, gzip');
    assert.deepEqual([zipped.headers['content-encoding'], zipped.headers.vary], ['gzip', 'Accept-Encoding']);
    assert.equal(gunzipSync(zipped.rawPayload).toString(), (await ask(mode, '')).body);
  }
  const resource = await server.app.inject({
    url: '/api/datasources/uid/a/resources/parts',
    headers: { ...asAdmin, 'accept-encoding': 'gzip' },
  });
  assert.equal(resource.headers['content-encoding'], undefined);
});

test('the memory of an answer is given back once it is JSON, however much it is, and when its client leaves', async () => {
  const answersOf = (rows: number) => {
    const values = Float64Array.from({ length: rows }, (_, row) => row);
    return { values, answers: new Map([['A', { status: 200, frames: [frame('f', { v: float64(values) })] }]]) };
  };
  for (const rows of [10, 200_000]) {
    await using app = fastify();
    let disposals = 0;
    const { values, answers } = answersOf(rows);
    const lease = {
      [Symbol.dispose]() {
        disposals++;
        values.fill(-1); // as if another answer lay there
      },
    };
    app.get('/', (_, reply) => sendAnswers(reply, answers, lease));
    const { results } = (await app.inject('/')).json<{ results: { A: { frames: { data: { values: number[][] } }[] } } }>();
    assert.equal(disposals, 1);
    assert.deepEqual(results.A.frames[0]?.data.values[0]?.slice(-2), [rows - 2, rows - 1]);
  }

  const disposed = Promise.withResolvers<void>();
  await using app = fastify({ forceCloseConnections: true });
  app.get('/', (_, reply) => sendAnswers(reply, answersOf(2_000_000).answers, { [Symbol.dispose]: disposed.resolve }));
  const leaving = new AbortController();
  const response = await fetch(await app.listen({ host: '127.0.0.1', port: 0 }), { signal: leaving.signal });
  await response.body?.getReader().read();
  leaving.abort();
  await disposed.promise;
});
