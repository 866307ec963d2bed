import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import { test } from 'node:test';
import { asAdmin, listenTestServer, openTestServer } from '../fixtures/test-server.ts';

const files = {
  'datasources/a.yaml': `datasources:
  - { name: Main, uid: main, type: acme-ref-datasource, jsonData: { b: 1, a: 2, keepCookies: [kept] }, secureJsonData: { token: canary-secret } }
  - { name: Min, uid: min, type: acme-min-datasource }
  - { name: Absent, uid: absent, type: acme-nothing-datasource }`,
};
const range = { from: '1704067200000', to: '1704070800000' };
const query = (refId: string, uid: string, more = {}) => ({ refId, datasource: { uid }, ...more });

test('a query answers with frames, and the plugin learns who asks, for what, with which settings', async () => {
  await using server = await openTestServer({ files });
  const { status, headers, text } = await server.call(
    'POST',
    '/api/ds/query',
    { ...range, queries: [query('A', 'main')] },
    { 'x-panel-id': '4', cookie: 'kept=1; other=2' },
  );
  assert.equal(status, 200);
  assert.equal(headers['content-type'], 'application/json');
  assert.equal(headers['x-cache'], '');
  assert.equal(
    text,
    '{"results":{"A":{"status":200,"frames":[{"schema":{"name":"table","refId":"A","fields":[{"name":"time","type":"time","typeInfo":{"frame":"time.Time"}},{"name":"value","type":"number","typeInfo":{"frame":"float64"}}]},"data":{"values":[[1704067200000,1704067200001],[0.25,1.25]]}}]}}}',
  );
  const [asked] = server.host.calls.queries;
  assert.equal(asked?.context.dataSource?.jsonData, '{"a":2,"b":1,"keepCookies":["kept"]}');
  assert.deepEqual(asked?.context.dataSource?.secureJsonData, { token: 'canary-secret' });
  assert.deepEqual(asked?.context.user, { login: 'admin', name: 'admin', email: 'admin@localhost', role: 'Admin' });
  assert.match(asked?.context.userAgent ?? '', /^Grafana\/12\.4\.0 \(\w+; \w+\)$/);
  assert.equal(asked?.context.config.GF_SQL_ROW_LIMIT, '1000000');
  assert.deepEqual(Object.keys(asked?.headers ?? {}).sort(), ['Cookie', 'http_X-Grafana-Id', 'http_X-Panel-Id']);
  assert.equal(asked?.headers.Cookie, 'kept=1');
});

test('queries of one data source are one call, those of two are two, and the answers are sorted', async () => {
  await using server = await openTestServer({ files });
  const queries = [query('C', 'main'), query('A', 'min'), query('B', 'main')];
  const { status, body } = await server.call('POST', '/api/ds/query', { ...range, queries });
  assert.equal(status, 200);
  assert.deepEqual(Object.keys(body.results), ['A', 'B', 'C']);
  assert.deepEqual(
    server.host.calls.queries.map((call) => call.queries.map(({ refId }) => refId)),
    [['C', 'B'], ['A']],
  );
});

test('an error of one query makes the whole answer 400, with all results in it', async () => {
  await using server = await openTestServer({ files });
  const { status, body } = await server.call('POST', '/api/ds/query', {
    ...range,
    queries: [query('A', 'main', { mode: 'error' }), query('B', 'main')],
  });
  assert.equal(status, 400);
  assert.deepEqual(body.results.A, { error: 'acme: broken', errorSource: 'downstream', status: 502, frames: [] });
  assert.equal(body.results.B.status, 200);
});

test('a call that fails is an error with a message id, and beside another data source a result', async () => {
  await using server = await openTestServer({ files });
  const fail = query('A', 'main', { mode: 'fail' });
  const alone = await server.call('POST', '/api/ds/query', { ...range, queries: [fail] });
  assert.deepEqual(
    [alone.status, alone.body],
    [500, { statusCode: 500, messageId: 'plugin.requestFailureError', message: 'An error occurred within the plugin' }],
  );
  assert.equal(alone.headers['x-cache'], '');
  const lines = server.lines.filter((line) => line.includes('Request failed'));
  assert.deepEqual(
    lines.map((line) => /level=(\w+)/.exec(line)?.[1]),
    ['debug'],
    'the host has warned already',
  );
  const mixed = await server.call('POST', '/api/ds/query', { ...range, queries: [fail, query('B', 'min')] });
  assert.equal(mixed.status, 400);
  assert.deepEqual(mixed.body.results.A, {
    error: '[plugin.requestFailureError] client: failed to query data: Failed to query data: rpc error: code = Unknown desc = acme: whole',
    errorSource: '',
    status: 500,
  });
  assert.equal(mixed.body.results.B.status, 200);
});

test('what a plugin does not implement, and one that is not running, answer so [A2]', async () => {
  await using server = await openTestServer({ files });
  for (const [mode, status, messageId] of [
    ['unimplemented', 404, 'plugin.notImplemented'],
    ['down', 500, 'plugin.unavailable'],
  ] as const) {
    const answer = await server.call('POST', '/api/ds/query', { ...range, queries: [query('A', 'main', { mode })] });
    assert.deepEqual([answer.status, answer.body.messageId], [status, messageId]);
  }
});

test('a plugin that dies during the call is told apart', async () => {
  await using server = await openTestServer({ files });
  const { status, body } = await server.call('POST', '/api/ds/query', { ...range, queries: [query('A', 'main', { mode: 'exit' })] });
  assert.deepEqual([status, body.messageId], [500, 'plugin.connectionUnavailable']);
});

test('bad requests are answered clearly', async () => {
  await using server = await openTestServer({ files, env: { GF_BACKPLANE_MAX_REQUEST_BODY_BYTES: '2048' } });
  const cases: [unknown, number, unknown][] = [
    [{ ...range, queries: [query('A', 'nothing')] }, 404, { message: 'Data source not found' }],
    [
      { ...range, queries: [query('A', 'absent')] },
      404,
      { statusCode: 404, messageId: 'plugin.notRegistered', message: 'Plugin not registered' },
    ],
    [
      { ...range, queries: [{ refId: 'A' }] },
      400,
      { statusCode: 400, messageId: 'query.invalidDatasourceId', message: 'Query does not contain a valid data source identifier' },
    ],
    [
      { ...range, queries: [query('A', 'main'), query('A', 'min')] },
      400,
      { statusCode: 400, messageId: 'query.duplicateRefId', message: 'Multiple queries using the same RefId is not allowed ' },
    ],
    [{ ...range, queries: [] }, 400, { statusCode: 400, messageId: 'query.noQueries', message: 'No queries found' }],
    [{}, 400, { statusCode: 400, messageId: 'query.noQueries', message: 'No queries found' }],
    ['{"queries":[', 400, { message: 'bad request data' }],
    ['"x"', 400, { message: 'bad request data' }],
    ['\ufeff{}', 400, { message: 'bad request data' }],
    [{ ...range, queries: [query('A', '__expr__')] }, 500, { message: 'Query data error' }],
  ];
  for (const [body, status, expected] of cases) {
    const answer = await server.call('POST', '/api/ds/query', body);
    assert.deepEqual([answer.status, answer.body], [status, expected], JSON.stringify(body));
  }
  const long = await server.call('POST', '/api/ds/query', { queries: [{ text: 'x'.repeat(4096) }] });
  assert.equal(long.status, 413);
  assert.match(long.body.message, /larger than the limit of 2048 bytes; raise \[backplane\] max_request_body_bytes/);
  assert.equal(server.host.calls.queries.length, 0);
});

test('the content type must be JSON, in any case of letters', async () => {
  await using server = await openTestServer({ files });
  const payload = JSON.stringify({ ...range, queries: [query('A', 'main')] });
  for (const [type, status] of [
    ['APPLICATION/JSON; charset=utf-8', 200],
    ['text/plain', 400],
    ['application/x-www-form-urlencoded', 400],
  ] as const) {
    const answer = await server.send({ method: 'POST', url: '/api/ds/query', headers: { ...asAdmin, 'content-type': type }, payload });
    assert.equal(answer.status, status, type);
  }
});

test('a failed query shows neither secrets nor output of the plugin, and neither does the log [security/secrets]', async () => {
  await using server = await openTestServer({ files });
  const queries = [query('A', 'main', { mode: 'fail' }), query('B', 'min'), query('C', 'absent')];
  const { text } = await server.call('POST', '/api/ds/query', { ...range, queries });
  assert.doesNotMatch(text, /canary-secret/);
  assert.doesNotMatch(server.lines.join('\n'), /canary-secret/);
});

test('a big answer is streamed in parts and is valid JSON', async () => {
  await using server = await listenTestServer({ files });
  const response = await fetch(`${server.address.url}/api/ds/query`, {
    method: 'POST',
    headers: { ...asAdmin, 'content-type': 'application/json' },
    body: JSON.stringify({ ...range, queries: [query('A', 'main', { mode: 'big' })] }),
  });
  assert.equal(response.headers.get('content-length'), null);
  const body = (await response.json()) as { results: { A: { frames: [{ data: { values: number[][] } }] } } };
  const [times = [], values = []] = body.results.A.frames[0].data.values;
  assert.equal(times.length, 200_000);
  assert.equal(values.at(-1), 199_999.25);
});

test('a client that leaves cancels the call to the plugin', async () => {
  await using server = await listenTestServer({ files });
  const request = httpRequest(`${server.address.url}/api/ds/query`, {
    method: 'POST',
    headers: { ...asAdmin, 'content-type': 'application/json' },
  });
  request.on('error', () => undefined); // the reset is of our own making
  request.end(JSON.stringify({ ...range, queries: [query('A', 'main', { mode: 'hang' })] }));
  while (server.host.calls.queries.length === 0) await new Promise((resolve) => setImmediate(resolve));
  request.destroy();
  await server.host.cancelled;
});

test("a client that leaves a request to several data sources cancels too, and that is nobody's error", async () => {
  await using server = await listenTestServer({ files });
  const request = httpRequest(`${server.address.url}/api/ds/query`, {
    method: 'POST',
    headers: { ...asAdmin, 'content-type': 'application/json' },
  });
  request.on('error', () => undefined); // the reset is of our own making
  request.end(JSON.stringify({ ...range, queries: [query('A', 'main', { mode: 'hang' }), query('B', 'min')] }));
  while (server.host.calls.queries.length < 2) await new Promise((resolve) => setImmediate(resolve));
  request.destroy();
  await server.host.cancelled;
  await server.close();
  assert.equal(server.lines.filter((line) => line.includes('level=error')).length, 0);
});
