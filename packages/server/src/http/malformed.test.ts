import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { asAdmin, listenTestServer } from '../fixtures/test-server.ts';

type Server = Awaited<ReturnType<typeof listenTestServer>>;

/** Sends bytes as they stand and returns all that comes until the server closes. */
async function sendRaw(server: Server, bytes: string): Promise<string> {
  const socket = connect(server.address.port, '127.0.0.1');
  const parts: Buffer[] = [];
  socket.on('data', (part: Buffer) => parts.push(part)).on('error', () => undefined);
  const closed = once(socket, 'close');
  socket.write(bytes, 'latin1');
  await closed;
  return Buffer.concat(parts).toString('latin1');
}

const own = `Host: localhost\r\nAuthorization: ${asAdmin.authorization}\r\n`;
const smuggled = 'GET /api/user HTTP/1.1\r\nHost: localhost\r\n\r\n';

test('a request whose length two servers could read differently is refused, and what hides in it is not answered [security/smuggling]', async () => {
  await using server = await listenTestServer();
  for (const [name, head] of Object.entries({
    'both lengths': `POST /api/ds/query HTTP/1.1\r\n${own}Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    'two lengths': `POST /api/ds/query HTTP/1.1\r\n${own}Content-Length: 0\r\nContent-Length: ${smuggled.length}\r\n\r\n`,
    'a length with a sign': `POST /api/ds/query HTTP/1.1\r\n${own}Content-Length: +0\r\n\r\n`,
    'an encoding that is not the last': `POST /api/ds/query HTTP/1.1\r\n${own}Transfer-Encoding: chunked, identity\r\n\r\n`,
    'an odd encoding': `POST /api/ds/query HTTP/1.1\r\n${own}Transfer-Encoding: xchunked\r\n\r\n`,
    'a name with a space': `POST /api/ds/query HTTP/1.1\r\n${own}Content-Length : 0\r\n\r\n`,
    'a folded header': `POST /api/ds/query HTTP/1.1\r\n${own}X-A: 1\r\n Transfer-Encoding: chunked\r\nX-B\r\n\r\n`,
    'a bare line feed in a value': `GET /api/org HTTP/1.1\r\n${own}X-A: a\rb\r\n\r\n`,
    'a zero byte': `GET /api/org HTTP/1.1\r\n${own}X-A: a\0b\r\n\r\n`,
    'an odd chunk size': `POST /api/ds/query HTTP/1.1\r\n${own}Transfer-Encoding: chunked\r\n\r\n0x0\r\n\r\n`,
  })) {
    const answer = await sendRaw(server, head + smuggled);
    assert.match(answer, /^HTTP\/1\.1 400 /, name);
    assert.equal(answer.match(/^HTTP\/1\.1 /gm)?.length, 1, `${name}: one answer`);
  }
});

test('what is no HTTP is refused and the connection closed; the server goes on [security/malformed]', async () => {
  await using server = await listenTestServer();
  for (const bytes of [
    '\x16\x03\x01\x02\x00\x01\x00',
    'hello\r\n\r\n',
    'GET\r\n\r\n',
    'GET / HTTP/9.9\r\n\r\n',
    '\0\0\0\0\r\n\r\n',
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  ])
    assert.match(await sendRaw(server, bytes), /^(?:HTTP\/1\.1 (?:400|505) .*)?/s, JSON.stringify(bytes));
  assert.match(await sendRaw(server, `GET /api/org HTTP/1.1\r\n${own}X-Long: ${'x'.repeat(40_000)}\r\n\r\n`), /^HTTP\/1\.1 431 /);
  assert.match(await sendRaw(server, `GET /${'x'.repeat(40_000)} HTTP/1.1\r\n${own}\r\n`), /^HTTP\/1\.1 431 /);
  assert.equal((await fetch(`${server.address.url}/api/org`, { headers: asAdmin })).status, 200);
});

test('a body beyond the limit is refused before it is read, with or without a length [security/bodies]', async () => {
  await using server = await listenTestServer({ env: { GF_BACKPLANE_MAX_REQUEST_BODY_BYTES: '2048' } });
  const head = `POST /api/datasources HTTP/1.1\r\n${own}Content-Type: application/json\r\nConnection: close\r\n`;
  assert.match(await sendRaw(server, `${head}Content-Length: 99999999\r\n\r\n`), /^HTTP\/1\.1 413 .*web\.bodyTooLarge/s);
  const chunk = `800\r\n${'x'.repeat(2048)}\r\n`;
  assert.match(await sendRaw(server, `${head}Transfer-Encoding: chunked\r\n\r\n${chunk}${chunk}`), /^HTTP\/1\.1 413 /);
  const anonymous = 'POST /api/datasources HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 2000\r\n\r\n';
  assert.match(await sendRaw(server, anonymous), /^HTTP\/1\.1 401 /, 'who may not is told before the body is awaited');
});

test('a sender that never comes to an end is sent away, in the head and in the body [security/bodies]', async () => {
  await using server = await listenTestServer({ env: { GF_SERVER_READ_TIMEOUT: '1s' } });
  const head = `POST /api/datasources HTTP/1.1\r\n${own}Content-Type: application/json\r\nContent-Length: 100\r\n`;
  const started = [sendRaw(server, ''), sendRaw(server, head), sendRaw(server, `${head}\r\n{"name":`)];
  // They resolve because the server closes; who waited for the senders would wait for ever.
  const [silent, inHead, inBody] = await Promise.all(started);
  assert.deepEqual([inHead?.slice(9, 12), inBody?.slice(9, 12)], ['408', '408']);
  // Node's own clock may be the first to notice.
  assert.match(silent ?? '', /^$|^HTTP\/1\.1 408 /);
});
