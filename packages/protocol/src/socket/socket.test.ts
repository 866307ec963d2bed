import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { HeaderTemplate, Http2Code, Http2Connection, Http2Error, Http2Stream } from '../http2/index.ts';
import { connectSocket, formatAddress, listenSocket, type SocketAddress, SocketDriver } from './index.ts';

const freshAddress = () => ({ network: 'unix', path: join(tmpdir(), `bp-${randomUUID().slice(0, 13)}.sock`) }) as const;
const HEAD = [':method', 'POST', ':scheme', 'http', ':path', '/a.B/C'];

/** A stream that only counts. */
class QuietStream extends Http2Stream {
  received = 0;
  drained = 0;
  override onHeaders(): void {}
  override onData(_: Buffer, start: number, end: number): void {
    this.received += end - start;
  }
  override onEnd(): void {}
  override onAbort(): void {}
  override onDrain(): void {
    this.drained++;
  }
}

/** A client connection to a peer that is a plain socket, handed to the test. */
async function startClient() {
  const address = freshAddress();
  const accepted = Promise.withResolvers<Socket>();
  const listener = await listenSocket(address, accepted.resolve);
  const closed = Promise.withResolvers<Error | undefined>();
  const connection = new Http2Connection('client', { onClosed: closed.resolve });
  let socket: Socket | undefined;
  const driver = await connectSocket(address, {
    signal: AbortSignal.timeout(60_000),
    onBytes: (bytes, length) => connection.receive(bytes, length),
    onConnect: (connected) => {
      socket = connected;
      return new SocketDriver(connected, connection);
    },
  });
  const peer = await accepted.promise;
  peer.on('error', () => undefined); // the client may drop it
  return {
    connection,
    driver,
    socket: socket as Socket,
    peer,
    closed: closed.promise,
    async [Symbol.asyncDispose]() {
      connection.close(new Error('test over'));
      peer.destroy();
      await driver.closed;
      await listener[Symbol.asyncDispose]();
    },
  };
}

function openStream(connection: Http2Connection): QuietStream {
  const stream = new QuietStream(connection, 0);
  connection.open(stream, new HeaderTemplate(HEAD), undefined);
  return stream;
}

test('the frames of one tick go out in one write', async () => {
  await using client = await startClient();
  await once(client.peer, 'data');
  let writes = 0;
  const write = client.socket.write.bind(client.socket) as (...args: unknown[]) => boolean;
  client.socket.write = ((...args: unknown[]) => {
    writes++;
    return write(...args);
  }) as Socket['write'];
  for (let i = 0; i < 50; i++) client.connection.sendMessage(openStream(client.connection), Buffer.alloc(100), 'data');
  await once(client.peer, 'data');
  assert.equal(writes, 1);
});

test('a peer that does not read blocks the sender, and lets it go on when it reads', async () => {
  await using client = await startClient();
  client.peer.pause();
  client.connection.sendWindow = 1 << 30;
  client.connection.peerStreamWindow = 1 << 30;
  const stream = openStream(client.connection);
  let sent = 0;
  while (client.connection.sendMessage(stream, Buffer.alloc(100_000))) sent++;
  assert.ok(sent < 100, `${sent} messages were taken`);
  client.peer.resume();
  while (stream.drained === 0) await once(client.peer, 'data');
  assert.equal(client.connection.sendMessage(stream, Buffer.alloc(10)), true);
});

test('a failed connection to a peer that does not read is dropped, not waited for', async () => {
  await using client = await startClient();
  client.peer.pause();
  client.connection.sendWindow = 1 << 30;
  client.connection.peerStreamWindow = 1 << 30;
  const stream = openStream(client.connection);
  while (client.connection.sendMessage(stream, Buffer.alloc(1 << 20)));
  while (!client.connection.blocked) await new Promise(setImmediate);
  client.connection.close(new Http2Error(Http2Code.protocolError, 'test'));
  await client.driver.closed;
  assert.equal(client.socket.destroyed, true);
});

test('a fault of the peer is told by GOAWAY before the socket ends', async () => {
  await using client = await startClient();
  const received: Buffer[] = [];
  client.peer.on('data', (bytes: Buffer) => received.push(bytes));
  client.peer.write(Buffer.from('this is no HTTP/2 at all, is it?'));
  await once(client.peer, 'end');
  const goaway = Buffer.concat(received).subarray(-17);
  assert.deepEqual([goaway[3], goaway.readUInt32BE(13)], [7, Http2Code.frameSizeError]);
  assert.match(String(await client.closed), /FRAME_SIZE_ERROR/);
  await client.driver.closed;
});

test('a peer that never acknowledges SETTINGS is given two minutes, and one that did as long as it likes', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  await using silent = await startClient();
  await using good = await startClient();
  good.peer.write(Buffer.from('000000040000000000000000040100000000', 'hex')); // SETTINGS, and the acknowledgement of ours
  while (!good.connection.settingsTaken) await new Promise(setImmediate);
  t.mock.timers.tick(119_999);
  assert.equal(silent.connection.ended, false);
  t.mock.timers.tick(1);
  assert.match(String(await silent.closed), /did not acknowledge SETTINGS \(SETTINGS_TIMEOUT\)/);
  t.mock.timers.tick(3_600_000);
  assert.equal(good.connection.ended, false);
});

test('a peer that just ends the socket is no error', async () => {
  await using client = await startClient();
  client.peer.end();
  assert.equal(await client.closed, undefined);
  await client.driver.closed;
});

test('a listener gives the port it took, and removes its socket file when disposed, twice if need be', async () => {
  const tcp = await listenSocket({ network: 'tcp', host: '127.0.0.1', port: 0 }, () => undefined);
  assert.ok(tcp.address.network === 'tcp' && tcp.address.port > 0);
  await tcp[Symbol.asyncDispose]();
  const address = freshAddress();
  const unix = await listenSocket(address, () => undefined);
  assert.equal(existsSync(address.path), true);
  await unix[Symbol.asyncDispose]();
  await unix[Symbol.asyncDispose]();
  assert.equal(existsSync(address.path), false);
});

test('an address that is taken is an error that says so', async () => {
  const address = freshAddress();
  await using listener = await listenSocket(address, () => undefined);
  await assert.rejects(
    listenSocket(listener.address, () => undefined),
    { code: 'EADDRINUSE' },
  );
});

test('sockets that were accepted outlive their listener', async () => {
  const address = freshAddress();
  const accepted = Promise.withResolvers<Socket>();
  const listener = await listenSocket(address, accepted.resolve);
  const client = connect(address.path);
  const server = await accepted.promise;
  await listener[Symbol.asyncDispose]();
  server.write('still here');
  assert.equal(String(await once(client, 'data')), 'still here');
  client.destroy();
  server.destroy();
  await once(client, 'close');
});

test('connecting stops at the abort of its signal', async () => {
  const attempt = connectSocket(freshAddress(), {
    signal: AbortSignal.abort(new Error('no need')),
    onBytes: () => undefined,
    onConnect: () => undefined,
  });
  await assert.rejects(attempt, /no need/);
});

test('addresses are written as Go writes them', () => {
  const addresses: [SocketAddress, string][] = [
    [{ network: 'unix', path: '/tmp/plugin1' }, 'unix:/tmp/plugin1'],
    [{ network: 'tcp', host: '127.0.0.1', port: 1234 }, '127.0.0.1:1234'],
    [{ network: 'tcp', host: '::1', port: 1 }, '[::1]:1'],
  ];
  for (const [address, text] of addresses) assert.equal(formatAddress(address), text);
});

test('of a range of ports the first that is free is bound, and nobody else takes it meanwhile', async () => {
  await using first = await listenSocket({ network: 'tcp', host: '127.0.0.1', port: 0 }, () => undefined);
  const port = first.address.network === 'tcp' ? first.address.port : 0;
  const range = { network: 'tcp', host: '127.0.0.1', port, lastPort: Math.min(port + 50, 65_535) } as const;
  const listeners = await Promise.all(Array.from({ length: 10 }, () => listenSocket(range, () => undefined)));
  const ports = listeners.map(({ address }) => address.network === 'tcp' && address.port);
  assert.equal(new Set([port, ...ports]).size, 11);
  for (const listener of listeners) await listener[Symbol.asyncDispose]();
  await assert.rejects(
    listenSocket({ ...range, lastPort: port }, () => undefined),
    { code: 'port_range_exhausted' },
  );
});
