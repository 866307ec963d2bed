import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { asAdmin, listenTestServer } from '../fixtures/test-server.ts';

const files = { 'datasources/a.yaml': 'datasources: [{ name: A, uid: a, type: acme-ref-datasource }]' };

test('a connection that never says a word is closed, one that waits for its answer is not', async () => {
  await using server = await listenTestServer({ files, env: { GF_SERVER_READ_TIMEOUT: '1s' } });
  const waiting = await fetch(`${server.address.url}/api/datasources/uid/a/resources/wait`, { headers: asAdmin });
  const silent = connect(server.address.port, '127.0.0.1');
  silent.resume();
  await once(silent, 'close');
  server.host.release();
  assert.equal(await waiting.text(), 'late');
});

/** Sends bytes as they are and gives back all that is answered until the connection ends. */
async function sendRaw(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  const parts: Buffer[] = [];
  socket.on('data', (part: Buffer) => parts.push(part));
  socket.on('error', () => undefined); // a reset after the answer is an end as well
  socket.write(bytes);
  await once(socket, 'close');
  return Buffer.concat(parts).toString('latin1');
}

test('what is answered before there is a request has the headers of every answer, in the words of Go', async () => {
  await using server = await listenTestServer();
  const cases: readonly (readonly [string, RegExp])[] = [
    ['no request\r\n\r\n', /^HTTP\/1\.1 400 Bad Request\r\n[\s\S]*\r\n\r\n400 Bad Request$/],
    [`GET / HTTP/1.1\r\nhost: x\r\nbig: ${'y'.repeat(20_000)}\r\n\r\n`, /^HTTP\/1\.1 431 Request Header Fields Too Large\r\n/],
    ['GET / HTTP/1.1\r\nhost: x\r\nexpect: wonders\r\nconnection: close\r\n\r\n', /^HTTP\/1\.1 417 Expectation Failed\r\n/],
  ];
  for (const [bytes, begins] of cases) {
    const answer = await sendRaw(server.address.port, bytes);
    assert.match(answer, begins);
    for (const header of ['cache-control: no-store', 'x-frame-options: deny', 'x-content-type-options: nosniff']) {
      assert.ok(answer.toLowerCase().includes(`\r\n${header}\r\n`), answer);
    }
  }
});

test('OPTIONS * is about the server and has no body; no other method is', async () => {
  await using server = await listenTestServer();
  const ask = (method: string) => sendRaw(server.address.port, `${method} * HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
  assert.match(await ask('OPTIONS'), /^HTTP\/1\.1 200 OK\r\n[\s\S]*content-length: 0\r\n[\s\S]*\r\n\r\n$/);
  assert.match(await ask('GET'), /^HTTP\/1\.1 400 Bad Request\r\n/);
});
