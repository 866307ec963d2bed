import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { asAdmin, listenTestServer, openTestServer } from '../fixtures/test-server.ts';

test('a resource call passes body and parts on, without cookies or credentials', async () => {
  await using server = await openTestServer({
    files: { 'datasources/a.yaml': 'datasources: [{ name: A, uid: a, type: acme-ref-datasource }]' },
  });
  const parts = await server.call('GET', '/api/datasources/uid/a/resources/x%2Fy/?q=1', undefined, { cookie: 'a=1', 'x-acme': 'sent' });
  assert.deepEqual([parts.status, parts.text], [200, 'one,two']);
  assert.equal(parts.headers['content-type'], 'application/json');
  assert.equal(parts.headers['content-security-policy'], 'sandbox');
  const [asked] = server.host.calls.resources;
  assert.deepEqual([asked?.path, asked?.url, asked?.method], ['x/y', 'x/y?q=1', 'GET']);
  assert.deepEqual(asked?.headers['X-Acme'], ['sent']);
  assert.equal(asked?.headers.Authorization ?? asked?.headers.Cookie, undefined);
  assert.match(asked?.headers['X-Grafana-Id']?.join() ?? '', /^ey/);
  const echo = await server.call('POST', '/api/datasources/uid/a/resources/echo', '{"hello":["world"]}');
  assert.equal(echo.text, '{"hello":["world"]}');
  assert.equal(echo.headers['set-cookie'], undefined);
  const failed = await server.call('GET', '/api/datasources/uid/a/resources/fail');
  assert.deepEqual([failed.status, failed.body.messageId, failed.headers['x-cache']], [500, 'plugin.requestFailureError', '']);
  const missing = await server.call('GET', '/api/datasources/uid/nothing/resources/x');
  assert.deepEqual([missing.status, missing.body], [404, { message: 'Unable to load datasource meta data', traceID: '' }]);
});

const oneSource = {
  'datasources/a.yaml': 'datasources: [{ name: A, uid: a, type: acme-ref-datasource }, { name: M, uid: m, type: acme-min-datasource }]',
};

test('the headers of a resource answer go out before its first part', async () => {
  await using server = await listenTestServer({ files: oneSource });
  const response = await fetch(`${server.address.url}/api/datasources/uid/a/resources/wait`, { headers: asAdmin });
  assert.equal(response.status, 200);
  server.host.release();
  assert.equal(await response.text(), 'late');
});

test('a resource answer keeps its status and headers where other answers are compressed [security/answers]', async () => {
  await using server = await listenTestServer({ files: oneSource, env: { GF_SERVER_ENABLE_GZIP: 'true' } });
  const ask = (path: string) =>
    fetch(`${server.address.url}/api/datasources/uid/a/resources/${path}`, { method: 'POST', headers: asAdmin, body: 'said' });
  const missing = await ask('status/404');
  assert.deepEqual([missing.status, missing.headers.get('content-security-policy')], [404, 'sandbox']);
  const { headers } = await ask('echo');
  assert.deepEqual([headers.get('content-type'), headers.get('content-security-policy')], ['text/plain', 'sandbox']);
});

test('a resource answer that fails half-way is broken off', async () => {
  await using server = await listenTestServer({ files: oneSource });
  const response = await fetch(`${server.address.url}/api/datasources/uid/a/resources/half`, { headers: asAdmin });
  assert.equal(response.status, 200);
  await assert.rejects(response.text());
});

/** Sends a request as it stands, and reads until the server closes the connection. */
async function sendRaw(port: number, requestLine: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(`${requestLine} HTTP/1.1\r\nHost: x\r\nAuthorization: ${asAdmin.authorization}\r\nConnection: close\r\n\r\n`);
  let text = '';
  socket.on('data', (chunk) => (text += chunk));
  await once(socket, 'close');
  return text;
}

test('an address with scheme and host before its path is the same address', async () => {
  await using server = await listenTestServer({ files: oneSource });
  const { port } = server.address;
  const found = await sendRaw(port, 'GET http://elsewhere/api/datasources/uid/a/resources/x%2Fy?q=1');
  assert.match(found, /^HTTP\/1\.1 200 .*one,.*two/s);
  assert.deepEqual([server.host.calls.resources[0]?.path, server.host.calls.resources[0]?.url], ['x/y', 'x/y?q=1']);
  assert.match(await sendRaw(port, 'GET http://elsewhere/api/nothing'), /^HTTP\/1\.1 404 .*Not found/s);
  assert.match(await sendRaw(port, 'GET http://elsewhere'), /^HTTP\/1\.1 404 /);
});

test('a plugin cannot answer with a status that ends no request', async () => {
  await using server = await openTestServer({ files: oneSource });
  for (const status of [100, 101, 103, 199, 600, 999]) {
    const answer = await server.call('GET', `/api/datasources/uid/a/resources/status/${status}`);
    assert.deepEqual([answer.status, answer.body.messageId], [500, 'plugin.requestFailureError'], String(status));
  }
  assert.ok(server.lines.some((line) => line.includes('answered with the status 101')));
  assert.equal((await server.call('GET', '/api/datasources/uid/a/resources/status/599')).status, 599);
});

test('a plugin need not write a body that nobody gets', async () => {
  await using server = await openTestServer({ files: oneSource });
  const { status, headers, text } = await server.call('HEAD', '/api/datasources/uid/a/resources/endless');
  assert.deepEqual([status, headers['content-type'], text], [200, 'application/json', '']);
  await server.host.cancelled;
});
