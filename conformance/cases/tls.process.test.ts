import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import test from 'node:test';
import { type ConnectionOptions, connect } from 'node:tls';
import { createHost, isHostError } from '@backplane/host';
import {
  type AutoMtlsOffer,
  answerAutoMtls,
  createPluginListenAddress,
  formatHandshake,
  offerAutoMtls,
} from '@backplane/protocol/goplugin';
import { createServer } from '@backplane/protocol/grpc';
import {
  goPlugin,
  HANDSHAKE_ENV,
  HOST_CONTEXT,
  openWorkshop,
  ourPlugin,
  type PluginProgram,
  startBare,
  startGoProbe,
  startOurProbe,
} from '../probes/index.ts';
import { fillPluginsFolder, needsGo } from '../support/go.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { tryTimes } from './case.ts';

// AutoMTLS: Grafana leaves it off, other hosts on go-plugin do not.
const go = await needsGo();
const SHUT_DOWN_SOON = { shutdownWaitMs: 100, termWaitMs: 100 };

test('our host asks a genuine plugin for TLS, verifies its certificate, and calls it [tls/host-asks-for-certificate]', go, async () => {
  await using folder = await temporaryFolder();
  await fillPluginsFolder(folder.path, ['conformance-datasource']);
  await using host = await createHost({ runRoot: join(folder.path, 'run'), autoMtls: true });
  const plugin = await host.launch(join(folder.path, 'conformance-datasource'));
  assert.equal((await plugin.checkHealth({ context: HOST_CONTEXT, headers: {} })).status, 'OK');
  // Big enough for many TLS records, read and written.
  const body = new Uint8Array(3_000_000);
  const request = { context: HOST_CONTEXT, path: 'bytes/10000000', method: 'POST', url: 'bytes/10000000', headers: {}, body };
  let bytes = 0;
  for await (const part of (await plugin.callResource(request)).body) bytes += part.length;
  assert.equal(bytes, 10_000_000);
});

test('our host refuses a server with another certificate than the handshake told, and a plugin that told none [tls/host-refuses-other-certificate]', async () => {
  const offer = await offerAutoMtls();
  await using server = createServer();
  const address = createPluginListenAddress({});
  await server.listen(address, { tls: (await answer(offer)).tls });
  const { serverCert } = await answer(offer);
  await using workshop = await openWorkshop({ autoMtls: true, ...SHUT_DOWN_SOON });
  const launch = (line: string) => workshop.launch(`printf '%s\\n' '${line.trim()}'\nexec sleep 600`);
  await assert.rejects(launch(formatHandshake({ address, serverCert })), (error) => {
    return isHostError(error, 'dial_failed') && /another certificate|self-signed|unable to verify/.test(error.message);
  });
  await assert.rejects(launch(formatHandshake({ address })), (error) => {
    return isHostError(error, 'handshake_invalid') && /AutoMTLS/.test(error.message);
  });
});

test(
  'the genuine host with AutoMTLS gets all it wants from our plugin, and stops it in time [tls/plugin-answers-certificate]',
  go,
  // The genuine host kills after two seconds, whatever the machine does meanwhile.
  () =>
    tryTimes(5, async () => {
      await using probe = await startGoProbe(ourPlugin(), { autoMtls: true });
      assert.equal((await probe.run({ op: 'health' })).status, 'OK');
      assert.equal((await probe.run({ op: 'ping' })).ok, true);
      const { parts = [] } = await probe.run({ op: 'resource', path: 'bytes/10000000', bodyBytes: 3_000_000 });
      assert.equal(
        parts.reduce((sum, part) => sum + part.bytes, 0),
        10_000_000,
      );
      const { exitCode, forced } = await probe.run({ op: 'kill' });
      assert.deepEqual([exitCode, forced], [0, false]);
    }),
);

const PLUGINS: readonly (readonly [name: string, program: () => Promise<PluginProgram>, isOurs: boolean])[] = [
  ['the genuine plugin', goPlugin, false],
  ['our plugin', async () => ourPlugin(), true],
];

for (const [name, program, isOurs] of PLUGINS) {
  const options = isOurs ? {} : go;

  test(
    `${name} tells its certificate for localhost in the sixth field, base64 without padding [tls/plugin-answers-certificate]`,
    options,
    async () => {
      await using served = await startSecure(await program());
      assert.match(served.field, /^[A-Za-z0-9+/]{600,}$/);
      const certificate = new X509Certificate(Buffer.from(served.field, 'base64'));
      assert.equal(certificate.checkHost('localhost'), 'localhost');
      assert.ok(certificate.verify(certificate.publicKey));
      assert.ok(Date.parse(certificate.validFrom) < Date.now() && Date.parse(certificate.validTo) > Date.now() + 10 * 365 * 86_400_000);
      const end = await tryToTalk(served.path, served.known);
      assert.deepEqual([end.presented, end.protocol, end.gotBytes], [certificate.fingerprint256, 'TLSv1.3', true]);
    },
  );

  test(
    `${name} turns away who shows no certificate, another one, no ALPN, or speaks an old TLS or none [tls/plugin-refuses-strangers]`,
    options,
    async () => {
      await using served = await startSecure(await program());
      const { cert, key, ALPNProtocols } = served.known;
      const other = (await answer(await offerAutoMtls())).tls;
      const strangers: Record<string, ConnectionOptions> = {
        nameless: { ALPNProtocols },
        other: { ALPNProtocols, cert: other.certPem, key: other.keyPem },
        silent: { cert, key },
        old: { cert, key, ALPNProtocols, minVersion: 'TLSv1', maxVersion: 'TLSv1.1' },
      };
      const ends = Object.fromEntries(
        await Promise.all(Object.entries(strangers).map(async ([who, options]) => [who, await tryToTalk(served.path, options)] as const)),
      );
      for (const [who, { gotBytes }] of Object.entries(ends)) assert.equal(gotBytes, false, who);
      assert.equal(ends.nameless?.error, 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED');
      assert.equal((await tryToTalk(served.path, served.known)).gotBytes, true, 'and it lives on');
    },
  );
}

test('our own pair talks over TLS as well, and our plugin without the variable in plaintext [tls/plugin-plain-by-default]', async () => {
  await using folder = await temporaryFolder();
  await using probe = await startOurProbe(ourPlugin(), { env: { PLUGIN_UNIX_SOCKET_DIR: folder.path } });
  assert.equal((await probe.run({ op: 'health' })).status, 'OK');
  await using workshop = await openWorkshop({ autoMtls: true });
  const { command, args } = ourPlugin();
  const plugin = await workshop.launch(`exec ${[command, ...args].map((word) => `'${word}'`).join(' ')}`);
  assert.equal((await plugin.checkHealth({ context: HOST_CONTEXT, headers: {} })).status, 'OK');
});

async function answer(offer: AutoMtlsOffer) {
  const made = await answerAutoMtls({ PLUGIN_CLIENT_CERT: offer.clientCert });
  assert.ok(made);
  return made;
}

/** A plugin that was asked for TLS, and what its one friend has. */
async function startSecure(program: PluginProgram) {
  // What a host knows and a plugin must not: the key. Any identity will do for a host.
  const { tls } = await answer(await offerAutoMtls());
  const start = startBare(program, { ...HANDSHAKE_ENV, PLUGIN_CLIENT_CERT: tls.certPem });
  const [, , , path = '', , field = ''] = (await start.firstLine()).trim().split('|');
  const known = { cert: tls.certPem, key: tls.keyPem, ALPNProtocols: ['h2'] };
  return { path, field, known, [Symbol.asyncDispose]: () => start[Symbol.asyncDispose]() };
}

interface TalkEnd {
  readonly gotBytes: boolean;
  readonly presented: string | undefined;
  readonly protocol: string | null;
  readonly error: string | undefined;
}

/** Connects, sends HTTP/2's preface, and says whether a byte came back. */
function tryToTalk(path: string, options: ConnectionOptions): Promise<TalkEnd> {
  const { promise, resolve } = Promise.withResolvers<TalkEnd>();
  const socket = connect({ path, rejectUnauthorized: false, ...options });
  let [presented, protocol, error]: [string | undefined, string | null, string | undefined] = [undefined, null, undefined];
  const end = (gotBytes: boolean) => resolve({ gotBytes, presented, protocol, error });
  socket.on('secureConnect', () => {
    presented = socket.getPeerX509Certificate()?.fingerprint256;
    protocol = socket.getProtocol();
    socket.write(Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0])]));
  });
  socket.on('error', (cause: NodeJS.ErrnoException) => {
    error = cause.code;
  });
  socket.once('data', () => {
    end(true);
    socket.destroy();
  });
  socket.once('close', () => end(false));
  return promise;
}
