import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, test } from 'node:test';
import { ENDPOINTS, type Endpoint, type PluginCallOptions, type PluginContext } from '../client/index.ts';
import { contextOf, makeCall, originOf, recordCalls } from './fixtures/recording-client.ts';
import { createGrafanaChain, type GrafanaChainOptions } from './index.ts';

type Headers = Readonly<Record<string, unknown>>;

/** Headers that reach the plugin by one kind of call; lists of one as the text in them. */
async function headersOf(
  endpoint: Endpoint,
  options: PluginCallOptions,
  { chain, context = contextOf(), sent }: { chain?: GrafanaChainOptions; context?: PluginContext; sent?: Record<string, string> } = {},
): Promise<Headers> {
  const { seen, client } = recordCalls(createGrafanaChain(chain));
  await makeCall(client, endpoint, context, options, sent);
  const found = Object.entries(seen[0]?.request.headers ?? {});
  return Object.fromEntries(found.map(([name, value]) => [name, Array.isArray(value) ? value.join() : value]));
}

/** Asserts what each kind of call carries: those that are named, and nothing by any other. */
async function assertHeaders(
  expected: Partial<Record<Endpoint, Headers>>,
  options: PluginCallOptions,
  more: Parameters<typeof headersOf>[2] = {},
): Promise<void> {
  const found = await Promise.all(ENDPOINTS.map(async (endpoint) => [endpoint, await headersOf(endpoint, options, more)] as const));
  assert.deepEqual(Object.fromEntries(found), Object.fromEntries(ENDPOINTS.map((endpoint) => [endpoint, expected[endpoint] ?? {}])));
}

const everyCall = (plain: string, value: string): Partial<Record<Endpoint, Headers>> =>
  Object.fromEntries(
    ENDPOINTS.filter((endpoint) => endpoint !== 'collectMetrics').map((endpoint) => [
      endpoint,
      { [endpoint === 'callResource' ? plain : `http_${plain}`]: value },
    ]),
  );

describe('headers on their way to plugins, by every kind of call alike [C18]', () => {
  test('tracing headers that are not empty go under their prefix, other headers do not; resources bring their own [C5]', async () => {
    const origin = originOf({ 'x-panel-id': '4', 'x-dashboard-uid': '', 'x-other': 'x', 'x-query-group-id': ['g', 'h'] });
    const traced = { 'http_X-Panel-Id': '4', 'http_X-Query-Group-Id': 'g' };
    await assertHeaders(
      {
        queryData: traced,
        queryChunkedData: traced,
        checkHealth: traced,
        subscribeStream: traced,
        publishStream: traced,
        runStream: traced,
      },
      { origin },
    );
  });

  test('bytes beyond ASCII are percent-encoded, whether they are UTF-8 or Latin-1 [C6]', async () => {
    const title = async (text: string) =>
      (await headersOf('queryData', { origin: originOf({ 'x-panel-title': text }) }))['http_X-Panel-Title'];
    assert.equal(await title(Buffer.from('Größe 100%').toString('latin1')), 'Gr%C3%B6%C3%9Fe 100%');
    assert.equal(await title('Größe'), 'Gr%C3%B6%C3%9Fe');
    assert.equal(await title('plain'), 'plain');
  });

  test('credentials for this server are taken away, however they are spelled [C7]', async () => {
    const sent = { authorization: 'Basic x', 'X-GRAFANA-Device-Id': 'd', 'X-Jwt': 'j', 'X-Kept': 'k' };
    const kept = Object.fromEntries(
      ENDPOINTS.filter((endpoint) => endpoint !== 'collectMetrics').map((endpoint) => [endpoint, { 'X-Kept': 'k' }]),
    );
    await assertHeaders(kept, { origin: originOf() }, { sent, chain: { authHeaders: ['x-jwt'] } });
    const app = { ...contextOf(), dataSource: undefined };
    assert.deepEqual(await headersOf('callResource', { origin: originOf() }, { sent, context: app }), { 'X-Jwt': 'j', 'X-Kept': 'k' });
    assert.equal('authorization' in (await headersOf('queryData', {}, { sent })), true, 'without a request there is nothing to hide');
  });

  test('cookies pass by name, by prefix or all, sorted, but never those of the session [C8] [C9]', async () => {
    const origin = originOf({ cookie: 'b=2; a=1; grafana_session=s; grafana_session_expiry=e; ab=3; c' });
    const cookies = async (keepCookies: unknown, context = contextOf({ keepCookies })) =>
      (await headersOf('queryData', { origin }, { context, sent: { Cookie: 'sent=1' } })).Cookie;
    assert.equal(await cookies(['b', 'a']), 'a=1; b=2');
    assert.equal(await cookies(['a[]']), 'a=1; ab=3');
    assert.equal(await cookies(['[]']), 'a=1; ab=3; b=2; c');
    assert.equal(await cookies(['grafana_session', 'grafana_session[]', '[', 'a[']), undefined);
    assert.equal(await cookies(undefined), undefined);
    assert.equal(await cookies('a'), undefined);
    assert.equal(await cookies([], { ...contextOf(), dataSource: undefined }), undefined);
    const broken = contextOf();
    const dataSource = { ...broken.dataSource!, jsonData: '{"keepCookies": [' };
    assert.equal(await cookies([], { ...broken, dataSource }), undefined);
    const kept = { Cookie: 'a=1' };
    await assertHeaders(
      { queryData: kept, queryChunkedData: kept, callResource: kept, checkHealth: kept },
      { origin },
      { context: contextOf({ keepCookies: ['a'] }) },
    );
  });

  test('the token of the own sign-in goes where the data source passes it on [C10]', async () => {
    const oauth = { tokenType: 'Bearer', accessToken: 'access', idToken: 'id' };
    const tokens = { Authorization: 'Bearer access', 'X-ID-Token': 'id' };
    const context = contextOf({ oauthPassThru: true });
    await assertHeaders(
      { queryData: tokens, queryChunkedData: tokens, callResource: tokens, checkHealth: tokens },
      { origin: originOf({}, { oauth }) },
      { context },
    );
    assert.deepEqual(await headersOf('queryData', { origin: originOf({}, { oauth }) }), {});
    assert.deepEqual(
      await headersOf('queryData', { origin: originOf({}, { oauth }) }, { context: contextOf({ oauthPassThru: 'yes' }) }),
      {},
    );
    assert.deepEqual(await headersOf('queryData', { origin: originOf() }, { context }), {});
  });

  test('who asks is told by a token, in every call but metrics, and nobody else can say it [C11]', async () => {
    await assertHeaders(everyCall('X-Grafana-Id', 'token'), { origin: originOf({}, { idToken: 'token' }) });
    await assertHeaders({}, { origin: originOf() });
    const found = await headersOf('callResource', { origin: originOf({}, { idToken: 'token' }) }, { sent: { 'x-grafana-id': 'forged' } });
    assert.deepEqual(found, { 'X-Grafana-Id': 'token' });
  });

  test('the login is told of real users, when the server wants it, and no other [C12]', async () => {
    const chain = { sendUserHeader: true };
    await assertHeaders(everyCall('X-Grafana-User', 'ada'), { origin: originOf({}, { login: 'ada' }) }, { chain });
    await assertHeaders({}, { origin: originOf() }, { chain, sent: { 'X-Grafana-User': 'forged' } });
    await assertHeaders({}, { origin: originOf({}, { login: 'ada' }) });
  });

  test('headers of alert rules go with queries, FromAlert under its own name [C13]', async () => {
    const rule = { 'http_X-Rule-Uid': 'r', FromAlert: 'true' };
    await assertHeaders({ queryData: rule, queryChunkedData: rule }, { origin: originOf({ 'x-rule-uid': 'r', fromalert: 'true' }) });
    await assertHeaders({}, {});
  });

  test('calls to listed data sources are signed, by scheme and host alone [C15]', async () => {
    const requestId = { allowedUrls: ['http://db.example:9/other/path', 'nonsense'], secret: 'key' };
    const signed = async (options: PluginCallOptions, url?: string) =>
      await headersOf('callResource', options, { chain: { requestId }, context: contextOf({}, url) });
    const found = await signed({ origin: originOf({ 'x-real-ip': '10.0.0.1' }) });
    const id = String(found['X-Grafana-Request-Id']);
    assert.match(id, /^[0-9a-f-]{36}$/);
    assert.equal(found['X-Grafana-Signed-Request-Id'], createHmac('sha256', 'key').update(id).digest('hex'));
    assert.equal(found['X-Real-Ip'], '10.0.0.1');
    assert.equal((await signed({ origin: originOf({}, { remoteAddress: '::1' }) }))['X-Real-Ip'], '::1');
    assert.equal((await signed({}))['X-Grafana-Internal-Request'], 'true');
    assert.equal((await signed({ origin: originOf({ 'x-real-ip': 'a\nb' }) }))['X-Grafana-Internal-Request'], 'true');
    for (const url of ['https://db.example:9/x', 'http://db.example/x', 'http://evil.example:9/', ''])
      assert.deepEqual(await signed({}, url), {});
  });
});
