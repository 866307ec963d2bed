import assert from 'node:assert/strict';
import { request as requestHttp } from 'node:http';
import { join } from 'node:path';
import test, { after, before } from 'node:test';
import { CHOSEN } from '../recordings/chosen.ts';
import { type Exchange, readExchanges, selectExchanges } from '../recordings/read-exchanges.ts';
import { formatMismatch, type ReplayResult, replayExchanges } from '../recordings/replayer.ts';
import { needsGo } from '../support/go.ts';
import { conformanceFolder } from '../support/paths.ts';
import { type RecordedServer, serveAsRecorded } from '../support/recorded-server.ts';

// Statements that recorded answers of a genuine Grafana show: the same requests, over HTTP, to plugins in Go.
const PROOFS: readonly (readonly [statement: string, exchanges: readonly string[]])[] = [
  ['[A1] a query to a plugin that is not there', ['query-unknown-type', 'broken-crash-query']],
  ['[A3] failures of plugins, and a connection that is lost', ['query-error-call', 'query-error-panic', 'exit-query']],
  ['[A4] failures of health checks', ['ds-health-fail-downstream', 'ds-health-panic', 'ds-health-unknown-type', 'ds-health-min']],
  ['[A7] [A8] headers of an answer', ['res-headers']],
  ['[A9] [A11] [A13] content types of answers', ['res-bare', 'res-no-content-type', 'res-status-204']],
  ['[A10] parts of an answer', ['res-chunked', 'res-status-201']],
  ['[A14] a body and its type', ['res-echo-body', 'res-echo-text-body', 'res-echo-patch']],
  ['[A15] odd letters in paths', ['res-path-colon', 'res-path-comma', 'res-path-semicolon']],
  ['[A16] failures of resource calls', ['res-error', 'res-panic', 'res-silent', 'res-status-502']],
  ['[A17] metrics of plugins', ['metrics-warm-query', 'plugin-metrics-main', 'plugin-metrics-unknown', 'plugin-metrics-empty']],
  ['[A19] files of plugins', ['public-logo', 'public-dots', 'public-slash-encoded', 'public-far', 'public-missing']],
  ['[A20] files are served from the folder of the plugin', ['public-module', 'public-json']],
  ['[A21] markdown of plugins', ['plugin-markdown-changelog', 'plugin-markdown-traversal', 'plugin-markdown-unknown']],
  ['[A22] who sees which plugins', ['plugins-external', 'plugins-external-editor', 'plugins-external-token']],
  ['[A23] settings of plugins', ['plugin-settings-ds-admin', 'broken-crash-settings', 'broken-forbidden-settings']],
  ['[A25] plugins are not installed over HTTP', ['plugin-install-off']],
  ['[A26] one failed refId', ['query-error-500', 'query-error-one-of-two']],
  [
    '[A27] statuses and message ids of queries',
    ['query-error-call', 'query-body-no-queries', 'query-body-query-empty', 'query-uid-missing', 'query-unknown-type'],
  ],
  ['[A28] bad URLs', ['ds-create-url-bad-port', 'ds-create-url-percent']],
  ['[A29] URLs without scheme', ['ds-create-url-no-scheme', 'ds-create-url-host-only']],
  ['[A30] no header name is reserved', ['ds-create-header-name-secret']],
  ['[A31] team headers', ['ds-create-team-header']],
  ['[A32] names that are taken', ['ds-update-name-taken']],
  [
    '[A33] who may read, make, change and remove data sources',
    ['ds-get-as-viewer-basic', 'ds-create-as-viewer-basic', 'ds-create-as-orgadmin-basic', 'ds-update-editor', 'ds-delete-editor'],
  ],
  ['[A34] removing by name tells the id', ['ds-delete-name']],
  ['[B1] two queries of one data source', ['query-two', 'query-three-order']],
  ['[B2] requests without times', ['query-time-empty', 'query-time-missing', 'query-time-missing-to']],
  ['[B4] [B9] two data sources', ['query-mixed']],
  ['[B6] a refId twice', ['query-duplicate-ref', 'query-duplicate-ref-sources']],
  ['[B7] ranges of single queries', ['query-time-v2-range', 'query-time-v2-range-only', 'query-time-range-only']],
  ['[B10] one data source of two that fails', ['query-error-mixed-sources', 'broken-crash-query-mixed']],
  ['[B12] numbers and structures of a query', ['query-echo-exact', 'query-echo-big-number']],
  ['[B14] what plugins are told of settings', ['query-echo', 'plugin-health-app', 'res-echo']],
  ['[B15] what plugins are told of the configuration', ['query-echo-fields', 'query-echo-viewer']],
  ['[E1] unknown types and long names', ['ds-create-unknown-type', 'ds-create-name-long']],
  ['[E3] data sources without a name', ['ds-create-no-name', 'ds-create-empty-name']],
  ['[E4] updates', ['ds-update-missing', 'ds-update-name-taken', 'ds-update-secret-merge', 'ds-update-uid-empty']],
  ['[E10] uids and versions', ['ds-create-duplicate-uid', 'ds-create-uid-long', 'ds-update-no-version', 'ds-update-high-version']],
  ['[E11] files of data sources', ['prov-reload', 'prov-reload-editable-after', 'prov-reload-direct-after', 'prov-get-direct']],
  ['[E12] a uid from a name', ['prov-get-no-uid']],
  ['[E13] variables in files', ['prov-secrets']],
  ['[E14] files of apps', ['prov-reload-plugins', 'prov-reload-plugins-after']],
];

const go = await needsGo();
let place: RecordedServer;
let result: ReplayResult;
let sent: readonly Exchange[];

before(async () => {
  if (go.skip) return;
  place = await serveAsRecorded();
  const wanted = new Set(PROOFS.flatMap(([, ids]) => ids));
  const all = await readExchanges(join(conformanceFolder, 'recordings/exchanges'));
  const chosen = new Set(Object.keys(CHOSEN));
  sent = selectExchanges(all, ({ id }: Exchange) => wanted.has(id));
  assert.deepEqual(
    [...wanted].filter((id) => !sent.some((exchange) => exchange.id === id)),
    [],
    'every cited exchange exists',
  );
  const { base, secrets } = place.server;
  result = await replayExchanges(sent, { base, secrets, upstream: place.upstream, chosen });
});

after(async () => place?.[Symbol.asyncDispose]());

for (const [statement, ids] of PROOFS) {
  test(`${statement}: as Grafana answered`, go, () => {
    const different = result.mismatches.filter(({ exchange }) => ids.includes(exchange.id));
    assert.deepEqual(
      different.map((mismatch) => formatMismatch(mismatch, 5)),
      [],
    );
  });
}

test('no secret that the server was given is in an answer, its log or a file [security/secrets]', go, async () => {
  assert.ok(place.server.secrets.size > 5, `${place.server.secrets.size} secrets`);
  assert.deepEqual(place.server.secrets.find(place.server.output()), []);
  assert.deepEqual(await place.server.secrets.findBelow(place.dataFolder), []);
});

test('[A5] [A6] headers of the connection reach neither the plugin nor the client, custom ones do', go, async () => {
  const { headers, body } = await ask('GET', '/api/datasources/uid/acme-main/resources/echo', {
    Connection: 'x-named, close',
    'X-Named': 'gone',
    'Keep-Alive': '5',
    'Proxy-Authorization': 'Basic eDp5',
    'Proxy-Connection': 'keep-alive',
    TE: 'trailers',
    Upgrade: 'h2c',
    'User-Agent': 'test',
    'X-Kept': 'kept',
  });
  const arrived = Object.keys(body.headers).map((name) => name.toLowerCase());
  for (const gone of ['connection', 'x-named', 'keep-alive', 'proxy-authorization', 'proxy-connection', 'te', 'upgrade', 'user-agent'])
    assert.ok(!arrived.includes(gone), gone);
  assert.deepEqual(body.headers['X-Kept'], ['kept']);
  const answered = await ask('GET', '/api/datasources/uid/acme-main/resources/headers');
  assert.equal(answered.headers['set-cookie'], undefined);
  assert.ok(headers['content-security-policy'] === 'sandbox' && answered.headers['keep-alive'] !== 'plugin');
});

test('[A28] a bad URL is 400 when updating, too, and changes nothing', go, async () => {
  const url = '/api/datasources/uid/acme-min';
  const before = await ask('GET', url);
  const change = { ...before.body, url: 'http://example.com:port/', access: 'proxy' };
  const { status, body } = await ask('PUT', url, {}, change);
  assert.deepEqual([status, body], [400, { message: 'Validation error, invalid URL' }]);
  assert.equal((await ask('GET', url)).body.url, before.body.url);
});

test('[B5] headers that name another plugin or data source do no harm', go, async () => {
  const { status } = await query([{ refId: 'A', datasource: { uid: 'acme-main' } }], {
    'X-Plugin-Id': 'other',
    'X-Datasource-Uid': 'other',
  });
  assert.equal(status, 200);
});

test('[B8] a range without from and to as texts is the fault of the caller', go, async () => {
  for (const timeRange of [{ from: 1, to: 2 }, { from: 'now-1h' }, 'now']) {
    const { status, body } = await query([{ refId: 'A', datasource: { uid: 'acme-main' }, timeRange }], { 'X-Query-V2': 'true' });
    assert.deepEqual([status, body], [400, { message: 'bad request data' }], JSON.stringify(timeRange));
  }
});

test('[B11] a uid wins over a wrong datasourceId', go, async () => {
  const { status } = await query([{ refId: 'A', datasource: { uid: 'acme-main' }, datasourceId: 999_999 }]);
  assert.equal(status, 200);
});

test('[E5] secrets go with the data source: one that is made again under its uid has none', go, async () => {
  const source = { name: 'E5', uid: 'e5', type: 'acme-ref-datasource', access: 'proxy' };
  const made = await ask('POST', '/api/datasources', {}, { ...source, secureJsonData: { apiToken: 'e5-secret' } });
  assert.deepEqual(made.body.datasource.secureJsonFields, { apiToken: true });
  assert.equal((await ask('DELETE', '/api/datasources/uid/e5')).status, 200);
  assert.deepEqual((await ask('POST', '/api/datasources', {}, source)).body.datasource.secureJsonFields, {});
  const { body } = await ask('GET', '/api/datasources/uid/e5/resources/echo');
  assert.deepEqual(body.context.dataSource.secretLengths, {});
});

// biome-ignore lint/suspicious/noExplicitAny: bodies of many shapes
type Answer = { readonly status: number | undefined; readonly headers: NodeJS.Dict<string | string[]>; readonly body: any };

function query(queries: readonly unknown[], headers: Record<string, string> = {}): Promise<Answer> {
  return ask('POST', '/api/ds/query', headers, { from: 'now-1h', to: 'now', queries });
}

// fetch would not send some of the headers.
function ask(method: string, path: string, headers: Record<string, string> = {}, body?: unknown): Promise<Answer> {
  const authorization = `Basic ${Buffer.from('admin:admin').toString('base64')}`;
  const json = body === undefined ? undefined : JSON.stringify(body);
  const type = json === undefined ? {} : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(json)) };
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const sent = requestHttp(
    `${place.server.base}${path}`,
    { method, headers: { authorization, ...type, ...headers }, agent: false },
    async (answer) => {
      try {
        let text = '';
        for await (const part of answer) text += part;
        resolve({ status: answer.statusCode, headers: answer.headers, body: /^[[{]/.test(text) ? JSON.parse(text) : text });
      } catch (error) {
        reject(error);
      }
    },
  );
  sent.on('error', reject).end(json);
  return promise;
}
