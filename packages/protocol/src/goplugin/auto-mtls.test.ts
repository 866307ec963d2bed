import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { type ConnectionOptions, connect as connectRaw, createServer as createRawServer } from 'node:tls';
import { connect, createServer, GrpcStatusError, type MutualTls } from '../grpc/index.ts';
import {
  addSideServices,
  answerAutoMtls,
  createPluginListenAddress,
  formatHandshake,
  isProtocolError,
  offerAutoMtls,
  parseHandshake,
  ping,
} from './index.ts';

/** Both halves, with a server that listens as a plugin would. */
async function openPair({ tcp = false } = {}) {
  const offer = await offerAutoMtls();
  const answer = await answerAutoMtls({ PLUGIN_CLIENT_CERT: offer.clientCert });
  assert.ok(answer);
  const server = createServer();
  addSideServices(server, { onShutdown: () => undefined });
  const { address } = await server.listen(createPluginListenAddress({}, { tcp }), { tls: answer.tls });
  const handshake = parseHandshake(formatHandshake({ address, serverCert: answer.serverCert }));
  return { offer, tls: offer.accept(handshake), address, handshake, [Symbol.asyncDispose]: () => server.stop() };
}
type Pair = Awaited<ReturnType<typeof openPair>>;

describe('AutoMTLS', () => {
  for (const tcp of [false, true])
    test(`both sides know each other, and calls go through (${tcp ? 'TCP' : 'unix socket'})`, async () => {
      await using pair = await openPair({ tcp });
      await using channel = await connect(pair.address, { tls: pair.tls });
      await Promise.all([ping(channel), ping(channel)]);
    });

  test('a host that did not ask gets plaintext, and one whose certificate is none is told', async () => {
    for (const env of [{}, { PLUGIN_CLIENT_CERT: '' }]) assert.equal(await answerAutoMtls(env), undefined);
    await assert.rejects(answerAutoMtls({ PLUGIN_CLIENT_CERT: 'PEM' }), (error) => isProtocolError(error, 'client_cert_invalid'));
  });

  test('a plugin that tells no certificate is not talked to', async () => {
    await using pair = await openPair();
    const { serverCert: _, ...silent } = pair.handshake;
    assert.throws(
      () => pair.offer.accept(silent),
      (error) => isProtocolError(error, 'server_cert_missing'),
    );
  });

  test('a host refuses a server with another certificate than the handshake has', async () => {
    await using pair = await openPair();
    const other = await answerAutoMtls({ PLUGIN_CLIENT_CERT: pair.offer.clientCert });
    assert.ok(other);
    await refuses(pair, { ...pair.tls, peerCert: other.serverCert });
  });

  test('a host refuses a server that does not agree on HTTP/2', async () => {
    const offer = await offerAutoMtls();
    const answer = await answerAutoMtls({ PLUGIN_CLIENT_CERT: offer.clientCert });
    assert.ok(answer);
    const { certPem, keyPem } = answer.tls;
    const server = createRawServer({ cert: certPem, key: keyPem, ca: offer.clientCert, requestCert: true }, (socket) => {
      socket.on('error', () => undefined); // the host leaves
    });
    const address = await createPluginListenAddress({});
    assert.ok(address.network === 'unix');
    await new Promise<void>((resolve) => server.listen(address.path, resolve));
    const tls = offer.accept(parseHandshake(formatHandshake({ address, serverCert: answer.serverCert })));
    await assert.rejects(connect(address, { tls }), /ALPN/);
    server.close();
  });

  test('a plugin refuses a client with another certificate than the environment has', async () => {
    await using pair = await openPair();
    const stranger = await offerAutoMtls();
    await refuses(pair, stranger.accept(pair.handshake));
  });

  test('a plugin refuses a plaintext client, one without a certificate, one without ALPN and one below TLS 1.2', async () => {
    await using pair = await openPair();
    await assert.rejects(connect(pair.address), GrpcStatusError);
    const { certPem, keyPem } = pair.tls;
    const known = { cert: certPem, key: keyPem, ALPNProtocols: ['h2'] };
    const { cert: _c, key: _k, ...nameless } = known;
    const { ALPNProtocols: _a, ...silent } = known;
    assert.equal(await bytesFor(pair, known), 'some');
    assert.equal(await bytesFor(pair, nameless), 'none');
    assert.equal(await bytesFor(pair, silent), 'none');
    assert.equal(await bytesFor(pair, { ...known, ALPNProtocols: ['http/1.1'] }), 'none');
    assert.equal(await bytesFor(pair, { ...known, maxVersion: 'TLSv1.1', minVersion: 'TLSv1' }), 'none');
    assert.equal(await bytesFor(pair, { ...known, maxVersion: 'TLSv1.2' }), 'some');
  });
});

async function refuses({ address }: Pair, tls: MutualTls): Promise<void> {
  await assert.rejects(connect(address, { tls }), (error) => error instanceof GrpcStatusError && error.code === 14);
}

/** Whether a raw client that may be anybody gets as much as a byte of HTTP/2. */
async function bytesFor({ address }: Pair, options: ConnectionOptions): Promise<'some' | 'none'> {
  assert.ok(address.network === 'unix');
  const socket = connectRaw({ path: address.path, rejectUnauthorized: false, ...options });
  const end = new Promise<'some' | 'none'>((resolve) => {
    socket.on('error', () => undefined); // followed by close
    socket.once('data', () => resolve('some')).once('close', () => resolve('none'));
  });
  const bytes = await end;
  if (!socket.destroyed) await once(socket.destroy(), 'close');
  return bytes;
}
