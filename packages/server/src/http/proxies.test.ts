import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as requestHttp, type ServerResponse } from 'node:http';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { createFakePluginHost } from '../fixtures/fake-plugin-host.ts';
import { asAdmin, listenTestServer } from '../fixtures/test-server.ts';
import { type Arrival, startUpstream } from '../fixtures/upstream.ts';

const routes = [
  {
    path: 'token',
    url: '{{ .JsonData.up }}/token-base',
    tokenAuth: { url: '{{ .JsonData.up }}/issue', params: { client_id: '{{ .JsonData.id }}' } },
  },
  { path: 'bad-token', url: '{{ .JsonData.up }}/x', tokenAuth: { url: 'http://127.0.0.1:1/', params: {} } },
  { path: 'body', method: 'POST', url: '{{ .JsonData.up }}/body', body: { token: '{{ .SecureJsonData.secret }}' } },
  { path: 'admin', reqRole: 'Admin', url: '{{ .JsonData.up }}/admin' },
  { path: 'typo', reqRole: 'Admln', url: '{{ .JsonData.up }}/typo' },
  { path: 'split', url: '{{ .JsonData.up }}/split', headers: [{ name: 'X-Split', content: '{{ .SecureJsonData.lines }}' }] },
];
const plugins = () =>
  createFakePluginHost([
    { id: 'acme-ref-datasource', type: 'datasource', more: { backend: true, routes } },
    { id: 'elasticsearch', type: 'datasource', more: { backend: true } },
    { id: 'prometheus', type: 'datasource', more: { backend: true } },
    { id: 'acme-ref-app', type: 'app', more: { backend: true, routes: [{ path: 'open/*', url: '{{ .JsonData.up }}/open' }] } },
  ]);

function files(up: string) {
  const source = (name: string, more: string) => `{ name: ${name}, uid: ${name}, type: acme-ref-datasource, url: '${up}/base', ${more} }`;
  return {
    'datasources/a.yaml': `datasources: [
      ${source('a', `jsonData: { up: '${up}', id: me, keepCookies: ['k[]'], httpHeaderName1: X-Own, httpHeaderName3: X-Skipped }, secureJsonData: { secret: 's', lines: "a\\nX-Evil: 1", httpHeaderValue1: own, httpHeaderValue3: no }`)},
      { name: es, uid: es, type: elasticsearch, url: '${up}' }, { name: prom, uid: prom, type: prometheus, url: '${up}' }]`,
    'plugins/a.yaml': `apps: [{ type: acme-ref-app, jsonData: { up: '${up}' } }]`,
  };
}

async function open(env: Record<string, string> = {}, handle?: Parameters<typeof startUpstream>[0]) {
  const upstream = await startUpstream(handle);
  const server = await listenTestServer({ host: plugins(), files: files(upstream.url), env });
  const base = `${server.address.url}/api/datasources/proxy/uid`;
  return {
    upstream,
    server,
    base,
    ask: (path: string, options: RequestInit = {}) => fetch(`${base}${path}`, { ...options, headers: { ...asAdmin, ...options.headers } }),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await upstream[Symbol.asyncDispose]();
    },
  };
}

test('credentials, cookies that are not listed and headers of the connection stay here; own headers go out [E20] [security/hops] [security/cookies]', async () => {
  await using it = await open();
  // fetch would not send some of these.
  const arrived = await send(`${it.base}/a/p?q=%20x`, {
    ...asAdmin,
    Cookie: 'k1=1; grafana_session=2; other=3',
    Connection: 'x-named',
    'X-Named': '1',
    'Proxy-Authorization': 'Basic eDp5',
    TE: 'trailers',
    Upgrade: 'h2c',
    'X-Grafana-User': 'root',
    'X-Grafana-Context': '{}',
    'X-Grafana-Id': 'forged',
    'X-Own': 'client',
    Origin: new URL(it.base).origin,
    'X-Kept': 'yes',
  });
  const { headers } = arrived;
  assert.equal(arrived.url, '/base/p?q=%20x');
  assert.deepEqual([headers.cookie, headers['x-own'], headers['x-kept']], [['k1=1'], ['own'], ['yes']]);
  for (const gone of [
    'authorization',
    'connection',
    'x-named',
    'proxy-authorization',
    'te',
    'upgrade',
    'x-grafana-user',
    'x-grafana-context',
    'origin',
    'x-skipped',
  ])
    assert.equal(headers[gone], undefined, gone);
  assert.match(String(headers['x-grafana-id']), /^eyJ/);
});

test('what a client sends reaches the other side before it has sent all, and parts of an answer come back at once', {
  timeout: 300_000,
}, async () => {
  let answer: ServerResponse | undefined;
  await using it = await open({}, (request, response) => {
    request.once('data', (part) => response.writeHead(200, { 'content-type': 'text/plain' }).write(part));
    request.once('end', () => response.end('rest'));
    answer = response;
    return true;
  });
  const outgoing = requestHttp(`${it.base}/a/stream`, { method: 'POST', headers: asAdmin });
  outgoing.write('first');
  const [incoming] = (await once(outgoing, 'response')) as [import('node:http').IncomingMessage];
  const [part] = (await once(incoming, 'data')) as [Buffer];
  assert.equal(part.toString(), 'first');
  assert.equal(answer?.writableEnded, false);
  outgoing.end();
  let rest = '';
  for await (const more of incoming) rest += more;
  assert.equal(rest, 'rest');
});

test('a client that leaves ends the request to the other side', async () => {
  const left = Promise.withResolvers<void>();
  await using it = await open({}, (_request, response) => {
    response.writeHead(200).write('x');
    response.once('close', () => left.resolve());
    return true;
  });
  const response = await it.ask('/a/endless');
  await response.body?.cancel();
  await left.promise;
});

test('a zipped answer is unzipped for a client that did not ask for it, and a broken one breaks off', async () => {
  await using it = await open({}, (request, response) => {
    response.writeHead(200, { 'content-type': 'text/plain', 'content-encoding': 'gzip' });
    const zipped = gzipSync('zipped '.repeat(1000));
    if (request.url?.endsWith('whole')) response.end(zipped);
    else response.write(zipped.subarray(0, 20), () => response.destroy());
    return true;
  });
  const whole = await send(`${it.base}/a/whole`, asAdmin, true);
  assert.equal(whole.text, 'zipped '.repeat(1000));
  assert.equal(whole.headers['content-encoding'], undefined);
  await assert.rejects(send(`${it.base}/a/half`, asAdmin, true));
});

test('a token is fetched once, also by requests at the same time, and again once it has expired [E18]', async () => {
  let issued = 0;
  let lifetime = 3600;
  await using it = await open({}, (request, response) => {
    if (request.url !== '/issue') return false;
    issued++;
    const expiresOn = String(Math.floor(Date.now() / 1000) + lifetime);
    response.end(JSON.stringify({ access_token: `t${issued}`, expires_in: 1, expires_on: expiresOn }));
    return true;
  });
  const token = async () => ((await (await it.ask('/a/token/x')).json()) as Arrival).headers.authorization;
  lifetime = 5;
  assert.deepEqual(await token(), ['Bearer t1']);
  lifetime = 3600;
  assert.deepEqual(await Promise.all([token(), token(), token()]), [['Bearer t2'], ['Bearer t2'], ['Bearer t2']]);
  assert.deepEqual(await token(), ['Bearer t2']);
});

test('without its token a route is asked as it is, and the log says why', async () => {
  await using it = await open();
  assert.equal((await it.ask('/a/bad-token/x')).status, 200);
  assert.ok(it.server.lines.some((line) => line.includes('route=bad-token')));
});

test('a route can replace the body; a header that would be two is refused', async () => {
  await using it = await open();
  const arrived = (await (await it.ask('/a/body', { method: 'POST', body: 'mine' })).json()) as Arrival;
  assert.deepEqual([arrived.url, arrived.body], ['/body', '{"token":"s"}']);
  const split = (await (await it.ask('/a/split')).json()) as Arrival;
  assert.deepEqual([split.headers['x-split'], split.headers['x-evil']], [undefined, undefined]);
});

test('dots do not lead out of a base, and roles cannot be spelled away [security/upstreams]', async () => {
  await using it = await open();
  for (const path of ['/a/%2e%2e/x', '/a/x/%252e%252e/%252e%252e/y', '/a/..%5c', '/a/typo/x', '/a/TYPO', '/a/%74ypo'])
    assert.equal((await send(`${it.base}${path}`, asAdmin, true)).status, 403, path);
  assert.equal((await it.ask('/a/admin/x')).status, 200);
  assert.equal(it.upstream.arrivals.length, 1);
});

test('Elasticsearch and Prometheus are only read', async () => {
  await using it = await open();
  const message = async (path: string, method: string) => ((await (await it.ask(path, { method })).json()) as { message?: string }).message;
  assert.equal(await message('/es/x', 'DELETE'), 'deletes not allowed on proxied Elasticsearch datasource');
  assert.equal(await message('/es/x', 'PUT'), 'puts not allowed on proxied Elasticsearch datasource');
  assert.equal(await message('/es/x', 'POST'), 'posts not allowed on proxied Elasticsearch datasource except on /_msearch');
  assert.equal(await message('/es/_msearch', 'POST'), undefined);
  for (const method of ['DELETE', 'PUT', 'POST'])
    assert.equal(await message('/prom/x', method), `non allow-listed ${method}s not allowed on proxied Prometheus datasource`);
  assert.equal(await message('/prom/x', 'GET'), undefined);
});

test('hosts can be limited to a list, and to public addresses [security/upstreams]', async () => {
  await using listed = await open({ GF_SECURITY_DATA_SOURCE_PROXY_WHITELIST: 'example.com:80' });
  const refused = await listed.ask('/a/x');
  assert.deepEqual([refused.status, await refused.json()], [403, { message: 'Data proxy hostname and ip are not included in whitelist' }]);
  await using guarded = await open({ GF_BACKPLANE_PROXY_DENY_PRIVATE: 'true' });
  assert.equal((await guarded.ask('/a/x')).status, 403);
  assert.deepEqual(guarded.upstream.arrivals, []);
  await using excepted = await open({ GF_BACKPLANE_PROXY_DENY_PRIVATE: 'true', GF_BACKPLANE_PROXY_ALLOW_PRIVATE: '127.0.0.0/8' });
  assert.equal((await excepted.ask('/a/x')).status, 200);
});

test('who does not answer in time is 504, who cannot be reached 502, and too much is too much [E22]', async () => {
  await using it = await open(
    { GF_DATAPROXY_TIMEOUT: '2s', GF_DATAPROXY_RESPONSE_LIMIT: '10', GF_BACKPLANE_MAX_REQUEST_BODY_BYTES: '2000' },
    (request) => request.url?.endsWith('/hang') === true,
  );
  assert.equal((await it.ask('/a/hang')).status, 504);
  await assert.rejects(async () => (await it.ask('/a/long')).text());
  const large = await it.ask('/a/post', { method: 'POST', body: 'x'.repeat(3000) });
  assert.equal(large.status, 413);
  await it.upstream[Symbol.asyncDispose]();
  const gone = await it.ask('/a/x');
  assert.deepEqual([gone.status, await gone.text()], [502, '']);
});

test('an app tells the other side who asks, and nothing else of the client [E21]', async () => {
  await using it = await open();
  const response = await fetch(`${it.server.address.url}/api/plugin-proxy/acme-ref-app/open/a%2Fb`, {
    headers: { ...asAdmin, Cookie: 'a=1' },
  });
  const { url, headers } = (await response.json()) as Arrival;
  assert.equal(url, '/open/a/b');
  assert.equal(headers.cookie, undefined);
  const context = JSON.parse(headers['x-grafana-context']?.[0] ?? '') as Record<string, unknown>;
  assert.deepEqual([context.Login, context.OrgName, context.IsGrafanaAdmin], ['admin', 'Main Org.', true]);
  assert.equal(response.headers.get('cache-control'), 'no-store');
});

test('the path behind a data source keeps its encoding, by uid and by id; cookies and framing of the answer go, 401 becomes 400 [E19] [E23]', async () => {
  await using it = await open({}, (request, response) => {
    if (request.url?.endsWith('/401') === true) return Boolean(response.writeHead(401).end('no'));
    if (request.url?.endsWith('/headers') !== true) return false;
    response.writeHead(200, {
      'set-cookie': 'a=1',
      'x-named': '1',
      connection: 'x-named',
      server: 'up',
      'cache-control': 'max-age=9',
      via: '1.0 up',
    });
    return Boolean(response.end('x'));
  });
  const ids = (await (await fetch(`${it.server.address.url}/api/datasources/uid/a`, { headers: asAdmin })).json()) as { id: number };
  const byId = `${it.server.address.url}/api/datasources/proxy/${ids.id}`;
  for (const path of ['/a%2Fb/%20c/d:e;f', '/x/', '//y', '/%C3%A9?q=%2F&q', '']) {
    for (const base of [`${it.base}/a`, byId])
      assert.equal((await send(`${base}${path}`, asAdmin)).url, `/base${path.replace(/^\/\//, '/')}`, path);
  }
  const refused = await send(`${it.base}/a/401`, asAdmin, true);
  assert.deepEqual([refused.status, refused.text], [400, 'Authentication to data source failed']);
  const { headers } = await send(`${it.base}/a/headers`, asAdmin, true);
  assert.deepEqual(
    ['set-cookie', 'x-named', 'server', 'cache-control', 'via', 'content-security-policy'].map((name) => headers[name]),
    [undefined, undefined, undefined, 'max-age=9', '1.1 grafana, 1.0 up', 'sandbox'],
  );
  const missing = await send(`${it.base}/none/x`, asAdmin, true);
  assert.deepEqual([missing.status, JSON.parse(missing.text).message], [404, 'Unable to find datasource']);
});

/** Sends headers that fetch keeps for itself, and does not unzip. */
async function send(
  url: string,
  headers: Record<string, string>,
  isPlain: true,
): Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; text: string }>;
async function send(url: string, headers: Record<string, string>): Promise<Arrival>;
async function send(url: string, headers: Record<string, string>, isPlain = false): Promise<unknown> {
  const { pathname } = new URL(url);
  const { hostname, port } = new URL(url);
  const outgoing = requestHttp({ hostname, port, path: url.slice(url.indexOf(pathname.split('/uid')[0] ?? '')), headers, agent: false });
  outgoing.end();
  const [response] = (await once(outgoing, 'response')) as [import('node:http').IncomingMessage];
  let text = '';
  for await (const part of response) text += part;
  return isPlain ? { status: response.statusCode, headers: response.headers, text } : JSON.parse(text);
}
