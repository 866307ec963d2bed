import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { createIdentity } from '@backplane/protocol/tls';
import { runHandler } from '../call-scope.ts';
import { classifyError } from '../classify-error.ts';
import type { RequestContext } from '../context.ts';
import { MetricsRegistry } from '../metrics/index.ts';
import { startProxy, startService } from './fixtures/echo-service.ts';
import { createHttpClient, type HttpClientOptions, parseHttpSettings } from './index.ts';

interface Echo {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

function open(jsonData: Record<string, unknown> = {}, secure: Record<string, string> = {}, options: Partial<HttpClientOptions> = {}) {
  return createHttpClient(parseHttpSettings({ jsonData, secure }), {
    pluginId: 'acme-datasource',
    pluginVersion: '1.2.3',
    env: {},
    ...options,
  });
}

/** Runs code as a handler of a call does. */
function inCall<T>(context: Partial<RequestContext> & { config?: unknown }, run: () => Promise<T>): Promise<T> {
  const entries: Record<string, string> = (context.config ?? {}) as Record<string, string>;
  const call = {
    endpoint: 'queryData',
    signal: new AbortController().signal,
    headers: new Headers(),
    isAlert: false,
    pluginContext: { userAgent: 'Grafana/12.4.0 (linux; amd64)', pluginVersion: '9.9.9' },
    ...context,
    config: { get: (key: string) => entries[key] },
  };
  return runHandler(call as unknown as RequestContext, run).answer;
}

const read = async (response: Response): Promise<Echo> => (await response.json()) as Echo;

test('a body that came compressed is unpacked, and its headers say so; one in a coding that nobody knows stays', async () => {
  const packed = gzipSync('hello');
  await using service = await startService({
    answer: ({ url }, response) => {
      response.setHeader('content-encoding', url === '/gzip' ? 'gzip' : 'rot13');
      response.setHeader('content-length', packed.length);
      response.end(packed);
    },
  });
  await using client = open();
  const unpacked = await client.fetch(`http://localhost:${service.port}/gzip`);
  assert.deepEqual(
    [...unpacked.headers.keys()].filter((name) => name.startsWith('content-')),
    [],
  );
  assert.equal(await unpacked.text(), 'hello');
  const kept = await client.fetch(`http://localhost:${service.port}/other`);
  assert.deepEqual([kept.headers.get('content-encoding'), kept.headers.get('content-length')], ['rot13', String(packed.length)]);
  assert.deepEqual(Buffer.from(await kept.arrayBuffer()), packed);
});

test('basic auth, custom headers and the user agent go along; what the request says itself is kept', async () => {
  await using service = await startService();
  await using client = open(
    { basicAuth: true, basicAuthUser: 'ada', httpHeaderName1: 'X-Key', httpHeaderName2: 'X-Other', httpHeaderName4: 'X-Never' },
    { basicAuthPassword: 'pässword', httpHeaderValue1: 'secret', httpHeaderValue2: 'b', httpHeaderValue4: 'c' },
  );
  const url = `http://localhost:${service.port}/a?b=1`;
  const plain = await read(await client.fetch(url));
  assert.equal(plain.url, '/a?b=1');
  assert.equal(Buffer.from((plain.headers.authorization ?? '').slice('Basic '.length), 'base64').toString(), 'ada:pässword');
  assert.deepEqual([plain.headers['x-key'], plain.headers['x-other'], plain.headers['x-never']], ['secret', 'b', undefined]);
  assert.equal(plain.headers['user-agent'], 'Grafana acme-datasource/1.2.3');
  const own = await read(await client.fetch(url, { headers: { authorization: 'Bearer t', 'x-key': 'mine', 'user-agent': 'me' } }));
  assert.deepEqual([own.headers.authorization, own.headers['x-key'], own.headers['user-agent']], ['Bearer t', 'secret', 'me']);
});

test('bodies are sent with their length, and streams in pieces', async () => {
  await using service = await startService();
  await using client = open();
  const url = `http://localhost:${service.port}/`;
  const text = await read(await client.fetch(url, { method: 'POST', body: '{"ü":1}' }));
  assert.deepEqual([text.body, text.headers['content-length'], text.headers['transfer-encoding']], ['{"ü":1}', '8', undefined]);
  const form = new FormData();
  form.set('a', 'b');
  const posted = await read(await client.fetch(url, { method: 'POST', body: form }));
  assert.match(posted.body, /name="a"\s+b/);
  assert.ok(posted.body.startsWith(`--${posted.headers['content-type']?.split('boundary=')[1]}`));
});

test('what the settings allow of the identity and the cookies of a user goes along, and no more', async () => {
  await using service = await startService();
  const url = `http://localhost:${service.port}/`;
  const headers = new Headers({
    authorization: 'Bearer user',
    'x-id-token': 'id',
    cookie: 'keep=1; grafana_session=s; also=2',
    'x-custom': 'c',
  });
  await using closed = open();
  const nothing = await inCall({ headers, isAlert: true }, async () => read(await closed.fetch(url)));
  assert.deepEqual([nothing.headers.authorization, nothing.headers.cookie, nothing.headers['x-custom']], [undefined, undefined, undefined]);
  assert.equal(nothing.headers.fromalert, 'true');
  assert.equal(nothing.headers['user-agent'], 'Grafana/12.4.0 (linux; amd64) acme-datasource/1.2.3');
  await using open_ = open({ oauthPassThru: true, keepCookies: ['keep', 'also'] });
  const all = await inCall({ headers }, async () => read(await open_.fetch(url)));
  assert.deepEqual(
    [all.headers.authorization, all.headers['x-id-token'], all.headers.cookie, all.headers['x-custom'], all.headers.fromalert],
    ['Bearer user', 'id', 'keep=1; also=2', undefined, undefined],
  );
  const own = await inCall({ headers }, async () => read(await open_.fetch(url, { headers: { authorization: 'Bearer own' } })));
  assert.equal(own.headers.authorization, 'Bearer own');
});

test('a redirect to another origin gets none of the secrets', async () => {
  await using elsewhere = await startService();
  const redirect = (path: string) => (_: unknown, response: ServerResponse) => response.writeHead(302, { location: path }).end();
  await using service = await startService({ answer: redirect(`http://localhost:${elsewhere.port}/there`) });
  await using client = open(
    { basicAuth: true, basicAuthUser: 'ada', httpHeaderName1: 'X-Api-Key', oauthPassThru: true },
    { basicAuthPassword: 'p', httpHeaderValue1: 'secret' },
  );
  const headers = new Headers({ 'x-id-token': 'id' });
  const response = await inCall({ headers }, () => client.fetch(`http://localhost:${service.port}/here`));
  assert.equal(response.redirected, true);
  assert.equal(response.url, `http://localhost:${elsewhere.port}/there`);
  const got = await read(response);
  assert.deepEqual([got.headers.authorization, got.headers['x-api-key'], got.headers['x-id-token']], [undefined, undefined, undefined]);
  assert.equal(service.requests[0]?.headers['x-api-key'], 'secret');
});

test('a server is verified by the CA of the settings, by name, or not at all when the user says so', async () => {
  const server = await createIdentity();
  await using service = await startService({ tls: { cert: server.certPem, key: server.keyPem } });
  const ask = async (host: string, json: object, secure: Record<string, string> = {}, env = {}) => {
    await using client = open({ ...json }, secure, { env });
    return (await client.fetch(`https://${host}:${service.port}/`)).status;
  };
  const ca = { tlsCACert: server.certPem };
  assert.equal(await ask('localhost', { tlsAuthWithCACert: true }, ca), 200);
  assert.equal(await ask('127.0.0.1', { tlsAuthWithCACert: true, serverName: 'localhost' }, ca), 200);
  assert.equal(await ask('localhost', { tlsSkipVerify: true }), 200);
  const untrusted = await ask('localhost', {}).catch((error: unknown) => error);
  assert.deepEqual([classifyError(untrusted).status, classifyError(untrusted).source], [502, 'downstream']);
  assert.match(String(untrusted), /^DownstreamError: GET https:\/\/localhost:\d+\/: .*self-signed/);
  await assert.rejects(ask('127.0.0.1', { tlsAuthWithCACert: true }, ca), /altnames/);
  const other = await createIdentity();
  await assert.rejects(ask('localhost', { tlsAuthWithCACert: true }, { tlsCACert: other.certPem }), /self-signed/);
  const folder = mkdtempSync(join(tmpdir(), 'sdk-ca-'));
  try {
    writeFileSync(join(folder, 'ca.pem'), server.certPem);
    assert.equal(await ask('localhost', {}, {}, { SSL_CERT_FILE: join(folder, 'ca.pem') }), 200);
    assert.equal(await ask('localhost', {}, {}, { SSL_CERT_DIR: folder }), 200);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a client shows its certificate', async () => {
  const [server, user] = await Promise.all([createIdentity(), createIdentity()]);
  const tls = { cert: server.certPem, key: server.keyPem, ca: user.certPem, requestCert: true, rejectUnauthorized: true };
  await using service = await startService({ tls });
  const url = `https://localhost:${service.port}/`;
  await using client = open(
    { tlsAuth: true, tlsAuthWithCACert: true },
    { tlsCACert: server.certPem, tlsClientCert: user.certPem, tlsClientKey: user.keyPem },
  );
  assert.equal((await client.fetch(url)).status, 200);
  await using stranger = open({ tlsAuthWithCACert: true }, { tlsCACert: server.certPem });
  await assert.rejects(stranger.fetch(url), { name: 'DownstreamError' });
});

test('certificates that cannot be used are an error of the settings that shows none of them', () => {
  assert.throws(
    () => open({ tlsAuth: true }, { tlsClientCert: 'no pem', tlsClientKey: 'secret key' }),
    (error: Error & { status?: number }) =>
      error.status === 400 && error.message.includes('tlsClientCert') && !error.message.includes('secret key'),
  );
});

test('proxies of the environment are used, but not for exceptions and this machine', async () => {
  await using proxy = await startProxy();
  const server = await createIdentity();
  await using secure = await startService({ tls: { cert: server.certPem, key: server.keyPem } });
  await using plain = await startService();
  const address = `http://localhost:${proxy.port}`;
  const env = { HTTP_PROXY: address, https_proxy: `localhost:${proxy.port}`, NO_PROXY: '.internal, 10.0.0.0/8, exact.test:81' };
  await using client = open({ tlsAuthWithCACert: true, serverName: 'localhost' }, { tlsCACert: server.certPem }, { env });
  assert.equal(await (await client.fetch('http://service.test/path')).text(), 'by the proxy');
  assert.equal((await client.fetch(`https://service.test:${secure.port}/`)).status, 200);
  assert.equal((await client.fetch(`http://localhost:${plain.port}/`)).status, 200);
  await assert.rejects(client.fetch('http://db.internal/'), { name: 'DownstreamError' });
  assert.deepEqual(proxy.seen, ['GET http://service.test/path', `CONNECT service.test:${secure.port}`]);
});

test('a service that cannot be reached, breaks off or is too slow is at fault, and the message hides the query', async () => {
  await using broken = await startService({ answer: (request) => request.socket.destroy() });
  await using half = await startService({
    answer: (request, response) => void response.writeHead(200, { 'content-length': '10' }).write('abc', () => request.socket.destroy()),
  });
  await using silent = await startService({ answer: () => {} });
  await using client = open();
  await using impatient = open({ timeout: 0.2 });
  const factsOf = async (run: Promise<unknown>) =>
    classifyError(
      await run.then(
        () => assert.fail(),
        (error: unknown) => error,
      ),
    );
  const gone = await factsOf(client.fetch('http://localhost:1/path?token=secret'));
  assert.deepEqual([gone.status, gone.source, gone.message.includes('secret')], [502, 'downstream', false]);
  assert.match(gone.message, /^GET http:\/\/localhost:1\/path: connect ECONNREFUSED|^GET http:\/\/localhost:1\/path: bad port/);
  assert.equal((await factsOf(client.fetch(`http://localhost:${broken.port}/`))).source, 'downstream');
  const cut = await factsOf(client.fetch(`http://localhost:${half.port}/`).then((response) => response.text()));
  assert.deepEqual([cut.status, cut.source], [502, 'downstream']);
  const slow = await factsOf(impatient.fetch(`http://localhost:${silent.port}/x`));
  assert.deepEqual([slow.status, slow.source], [504, 'downstream']);
  assert.match(slow.message, /^GET http:\/\/localhost:\d+\/x: not done within 200 ms/);
});

test('a request ends with the call that made it, and with its own signal', async () => {
  await using silent = await startService({ answer: () => {} });
  await using client = open();
  const url = `http://localhost:${silent.port}/`;
  const reason = new Error('the user left');
  const call = new AbortController();
  const asked = inCall({ signal: call.signal }, () => client.fetch(url));
  call.abort(reason);
  await assert.rejects(asked, reason);
  await assert.rejects(client.fetch(url, { signal: AbortSignal.abort(reason) }), reason);
  await assert.rejects(client.fetch('no url'), TypeError);
});

test('a body beyond the response limit fails, and says the limit; the host goes before the environment', async () => {
  await using service = await startService({ answer: (_, response) => void response.end('x'.repeat(1000)) });
  const url = `http://localhost:${service.port}/`;
  await using client = open({}, {}, { env: { GF_DATAPROXY_RESPONSE_LIMIT: '999' } });
  await assert.rejects(
    client.fetch(url).then((response) => response.text()),
    /the response limit is set to 999 bytes/,
  );
  assert.equal(
    await inCall({ config: { GF_RESPONSE_LIMIT: '1000' } as never }, async () => (await (await client.fetch(url)).text()).length),
    1000,
  );
  await assert.rejects(
    inCall({ config: { GF_RESPONSE_LIMIT: '10' } as never }, async () => (await client.fetch(url)).arrayBuffer()),
    { name: 'DownstreamError', status: 502 },
  );
});

test('requests are counted under the names of the SDK for Go', async () => {
  await using service = await startService({ answer: (_, response) => void response.writeHead(404).end('0123456789') });
  const metrics = new MetricsRegistry();
  await using client = open({}, {}, { metrics });
  await inCall({}, async () => (await client.fetch(`http://localhost:${service.port}/`, { method: 'PUT' })).text());
  await client.fetch('http://localhost:1/').catch(() => undefined);
  const text = metrics.text();
  const labels = 'datasource_type="acmedatasource",code="404",method="put",secure_socks_ds_proxy_enabled="false",endpoint="queryData"';
  assert.ok(text.includes(`plugins_datasource_request_total{${labels}} 1\n`), text);
  assert.ok(text.includes(`plugins_datasource_request_duration_seconds_count{${labels}} 1\n`), text);
  const common = 'datasource_type="acmedatasource",secure_socks_ds_proxy_enabled="false",endpoint="queryData"';
  assert.ok(text.includes(`plugins_datasource_response_size{${common}} 10\n`), text);
  assert.ok(text.includes(`plugins_datasource_request_in_flight{${common}} 0\n`), text);
  assert.equal(text.match(/^plugins_datasource_request_total\{/gm)?.length, 1);
});

test('middleware stands around every request, the first one outermost, and may answer by itself', async () => {
  await using service = await startService();
  const order: string[] = [];
  await using client = open(
    {},
    {},
    {
      middleware: [
        async (request, next) => {
          order.push('first');
          if (request.url.endsWith('/never')) return Response.json({ made: 'up' });
          const response = await next(request);
          order.push(`first saw ${response.status}`);
          return response;
        },
        (request, next) => {
          order.push('second');
          request.headers.set('x-signature', `of ${request.method}`);
          return next(request);
        },
      ],
    },
  );
  const got = await read(await client.fetch(`http://localhost:${service.port}/`, { method: 'POST', body: 'b' }));
  assert.deepEqual([got.headers['x-signature'], got.body], ['of POST', 'b']);
  assert.deepEqual(await (await client.fetch('http://localhost:1/never')).json(), { made: 'up' });
  assert.deepEqual(order, ['first', 'second', 'first saw 200', 'first']);
});

test('settings of a wrong type are named', () => {
  assert.throws(
    () => parseHttpSettings({ jsonData: { timeout: 'soon' }, secure: {} }),
    /^PluginError: invalid settings: timeout is "soon"; give a number/,
  );
  assert.throws(() => parseHttpSettings({ jsonData: { keepCookies: 'a' }, secure: {} }), /keepCookies is "a"; give a list of names/);
  assert.equal(parseHttpSettings({ jsonData: { timeout: '5' }, secure: {} }).timeouts.requestMs, 5000);
});

test('a request does not go past the secure socks proxy that its settings ask for', async () => {
  await using service = await startService();
  const url = `http://localhost:${service.port}/`;
  await using client = open({ enableSecureSocksProxy: true });
  const config = { GF_SECURE_SOCKS_DATASOURCE_PROXY_SERVER_ENABLED: 'true' } as never;
  await assert.rejects(
    inCall({ config }, () => client.fetch(url)),
    { name: 'PluginError', status: 501, message: /secure socks proxy/ },
  );
  assert.equal(service.requests.length, 0);
  // A Grafana without such a proxy sends directly, too.
  assert.equal((await inCall({}, () => client.fetch(url))).status, 200);
});
