import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import test from 'node:test';
import { type ReceivedSpan, type Receiver, startReceiver } from '@backplane/protocol/otlp/testing';
import { fillPluginsFolder, needsGo } from '../support/go.ts';
import { type ServedBackplane, serveBackplane } from '../support/serve.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

// One trace over three processes: what a client began, the server, a plugin on our SDK and one on Grafana's own.
const go = await needsGo();
const [traceId, clientSpan] = ['0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331'];

test('a request, the calls that it causes and what plugins do in them are one trace at the receiver [D34] [C1]', go, async () => {
  await using receiver = await startReceiver();
  await using place = await temporaryFolder();
  {
    await using server = await serve(place.path, receiver.port);
    for (const source of [
      { name: 'T', uid: 'ts', type: 'backplane-sqlite-datasource', access: 'proxy', jsonData: { path: join(place.path, 't.db') } },
      { name: 'G', uid: 'go', type: 'acme-ref-datasource', access: 'proxy' },
    ])
      assert.equal((await send(server, '/api/datasources', source)).status, 200, server.output());
    const queries = [
      { refId: 'T', datasource: { uid: 'ts' }, format: 'table', rawSql: 'SELECT 1 AS one' },
      { refId: 'G', datasource: { uid: 'go' }, rows: 1 },
    ];
    const traceparent = `00-${traceId}-${clientSpan}-01`;
    const response = await send(server, '/api/ds/query?secret=x', { from: 'now-1h', to: 'now', queries }, { traceparent });
    assert.equal(response.status, 200, server.output());
    assert.equal(response.headers.get('grafana-trace-id'), traceId);

    const traced = await spansOf(receiver, 5);
    const [request, ...others] = traced.filter(({ parentId }) => parentId === clientSpan) as [ReceivedSpan];
    assert.deepEqual(others, []);
    assert.deepEqual([request.name, request.kind, request.resource['service.name']], ['HTTP POST /api/ds/query', 2, 'backplane']);
    assert.equal(request.resource['deployment.environment'], 'test');
    assert.deepEqual(request.attributes, {
      'http.method': 'POST',
      'http.route': '/api/ds/query',
      'url.path': '/api/ds/query',
      'http.status_code': 200,
    });
    assert.equal(response.headers.get('server-timing'), `traceparent;desc="00-${traceId}-${request.spanId}-01"`);
    const calls = traced.filter(({ name, parentId }) => name === 'PluginClient.queryData' && parentId === request.spanId);
    assert.deepEqual(calls.map(({ attributes }) => attributes.datasource_uid).sort(), ['go', 'ts']);
    const answered = calls.map(({ spanId }) => {
      const span = traced.find(({ name, parentId }) => name === 'sdk.queryData' && isBelow(traced, parentId, spanId));
      return span?.resource['service.name'];
    });
    assert.deepEqual(answered.sort(), ['acme-ref-datasource', 'backplane-sqlite-datasource']);

    assert.equal((await send(server, '/api/nowhere', {})).status, 404);
    assert.equal((await fetch(`${server.base}/api/org`)).status, 401);
    assert.equal((await fetch(`${server.base}/healthz`)).status, 200);
  }
  // What had not left yet is sent at the end.
  const requests = receiver.spans.filter(({ kind, resource }) => kind === 2 && resource['service.name'] === 'backplane');
  assert.deepEqual(
    requests.map(({ name, attributes, status }) => [name, attributes['http.status_code'], status]),
    [
      ['HTTP POST /api/datasources', 200, 0],
      ['HTTP POST /api/datasources', 200, 0],
      ['HTTP POST /api/ds/query', 200, 0],
      ['HTTP GET /api/org', 401, 2],
    ],
  );
});

/** A server with both plugins that traces everything. */
async function serve(folder: string, port: number): Promise<ServedBackplane> {
  const at = (name: string) => join(folder, name);
  await fillPluginsFolder(at('plugins'), ['acme-ref-datasource']);
  await Promise.all([mkdir(at('data')), mkdir(at('provisioning'))]);
  new DatabaseSync(at('t.db')).close();
  await writeFile(
    at('grafana.ini'),
    `app_mode = development
[security]
admin_password = traced
[tracing.opentelemetry]
custom_attributes = deployment.environment:test
[tracing.opentelemetry.otlp]
address = 127.0.0.1:${port}
[plugin.backplane-sqlite-datasource]
tracing = true
[plugin.acme-ref-datasource]
tracing = true
`,
  );
  const env = { GF_PATHS_DATA: at('data'), GF_PATHS_PLUGINS: at('plugins'), GF_PATHS_PROVISIONING: at('provisioning') };
  return await serveBackplane({ configFile: at('grafana.ini'), workingFolder: folder, env });
}

async function send({ base }: ServedBackplane, path: string, body: object, more: Readonly<Record<string, string>> = {}): Promise<Response> {
  const authorization = `Basic ${Buffer.from('admin:traced').toString('base64')}`;
  const headers = { 'content-type': 'application/json', authorization, ...more };
  const response = await fetch(`${base}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  await response.arrayBuffer();
  return response;
}

/** The spans of the trace once there are at least so many, of three processes. */
async function spansOf(receiver: Receiver, count: number): Promise<ReceivedSpan[]> {
  for (;;) {
    const spans = receiver.spans.filter((span) => span.traceId === traceId);
    const services = new Set(spans.map(({ resource }) => resource['service.name']));
    if (spans.length >= count && services.size === 3) return spans;
    await receiver.until(receiver.spans.length + 1);
  }
}

/** Grafana's SDK has a span of the transport between. */
function isBelow(spans: readonly ReceivedSpan[], id: string, ancestor: string): boolean {
  for (let at: string | undefined = id; at !== undefined; ) {
    if (at === ancestor) return true;
    at = spans.find(({ spanId }) => spanId === at)?.parentId;
  }
  return false;
}
