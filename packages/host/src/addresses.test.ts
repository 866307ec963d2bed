import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { addSideServices, answerAutoMtls, offerAutoMtls } from '@backplane/protocol/goplugin';
import { type Address, createServer, type ListenOptions } from '@backplane/protocol/grpc';
import { diagnostics } from '@backplane/protocol/pluginv2';
import { testContext } from './client/fixtures/test-plugin.ts';
import { createHost, type PluginAddress } from './index.ts';
import type { Launcher } from './launchers/index.ts';

const id = 'acme-far-datasource';

/** Nothing is started here. */
const noLauncher: Launcher = {
  launch: () => Promise.reject(new Error('nothing to launch')),
  [Symbol.asyncDispose]: () => Promise.resolve(),
};

/** A folder with the plugin.json of a plugin that runs elsewhere. */
async function farPlugin() {
  const root = await mkdtemp(join(tmpdir(), 'bp-far-'));
  await writeFile(join(root, 'plugin.json'), JSON.stringify({ id, type: 'datasource', backend: true, executable: 'gpx_far' }));
  return { root, at: (name: string) => join(root, name), [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }) };
}

/** The plugin itself, where somebody else has started it. */
async function startFar(address: Address, options?: ListenOptions) {
  const server = createServer({});
  let shutdowns = 0;
  addSideServices(server, { onShutdown: () => shutdowns++ });
  server.unary(diagnostics.checkHealth, () => ({ status: 1, message: 'far away' }));
  const listener = await server.listen(address, options);
  return { listener, shutdowns: () => shutdowns, stop: () => server.stop(), [Symbol.asyncDispose]: () => server.stop() };
}

async function openHost(root: string, address: PluginAddress) {
  const host = await createHost({ launcher: noLauncher, addresses: { [id]: address }, startTimeoutMs: 20_000 });
  return { host, launch: () => host.launch(root), [Symbol.asyncDispose]: () => host[Symbol.asyncDispose]() };
}

const ask = (plugin: Awaited<ReturnType<Awaited<ReturnType<typeof openHost>>['launch']>>) =>
  plugin.checkHealth({ context: testContext, headers: {} });

describe('a plugin that runs at an address', () => {
  test('is called there, and goes on when the host ends', async () => {
    await using folder = await farPlugin();
    const path = folder.at('s');
    await using far = await startFar({ network: 'unix', path });
    {
      await using opened = await openHost(folder.root, { url: `unix:${path}` });
      const plugin = await opened.launch();
      assert.deepEqual([plugin.phase.kind, (await ask(plugin)).message], ['ready', 'far away']);
    }
    await using again = await openHost(folder.root, { url: `unix://${path}` });
    assert.equal((await ask(await again.launch())).message, 'far away');
    assert.equal(far.shutdowns(), 0);
  });

  test('is found again after it was started anew', async () => {
    await using folder = await farPlugin();
    await using first = await startFar({ network: 'tcp', host: '127.0.0.1', port: 0 });
    const { address } = first.listener;
    assert.ok(address.network === 'tcp');
    await using opened = await openHost(folder.root, { url: `tcp://127.0.0.1:${address.port}` });
    const plugin = await opened.launch();
    await ask(plugin);
    await first.stop();
    await using _ = await startFar(address);
    // The first call may still meet the old connection.
    const [call] = await Promise.allSettled([ask(plugin)]);
    if (call.status === 'rejected') assert.equal(call.reason.code, 'health_check_failed');
    assert.equal((await ask(plugin)).message, 'far away');
  });

  test('is reached over TLS with certificates on both sides, and refused with another authority', async () => {
    await using folder = await farPlugin();
    const offer = await offerAutoMtls();
    const answer = await answerAutoMtls({ PLUGIN_CLIENT_CERT: offer.clientCert });
    assert.ok(answer);
    await using far = await startFar({ network: 'tcp', host: '127.0.0.1', port: 0 }, { tls: answer.tls });
    const { address } = far.listener;
    assert.ok(address.network === 'tcp');
    const own = offer.accept({
      coreVersion: 1,
      appVersion: 2,
      address,
      protocol: 'grpc',
      serverCert: answer.serverCert,
    });
    await writeFile(folder.at('ca.pem'), answer.tls.certPem);
    await writeFile(folder.at('cert.pem'), own.certPem);
    await writeFile(folder.at('key.pem'), own.keyPem);
    const url = `tls://localhost:${address.port}`;
    const files = { certFile: folder.at('cert.pem'), keyFile: folder.at('key.pem') };
    await using opened = await openHost(folder.root, { url, caFile: folder.at('ca.pem'), ...files });
    assert.equal((await ask(await opened.launch())).message, 'far away');
    for (const [wrong, reason] of [
      [{ url, ...files }, /self-signed certificate/],
      [{ url, caFile: folder.at('ca.pem'), serverName: 'other.example', ...files }, /other\.example/],
    ] as const) {
      await using refused = await openHost(folder.root, wrong);
      await assert.rejects(refused.launch(), { code: 'address_unreachable', message: reason });
    }
  });

  test('is not reached in plain text on another machine, nor where nothing or no plugin answers', async () => {
    await using folder = await farPlugin();
    await using silent = await startFar({ network: 'unix', path: folder.at('s') });
    const other = createServer({});
    const { address } = await other.listen({ network: 'tcp', host: '127.0.0.1', port: 0 });
    assert.ok(address.network === 'tcp');
    const cases: [string, string, RegExp][] = [
      ['tcp://10.0.0.1:9', 'address_insecure', /use tls:\/\//],
      ['tcp://plugins.example:9', 'address_insecure', /use tls:\/\//],
      ['tcp://localhost', 'address_invalid', /a host and a port/],
      ['http://localhost:1', 'address_invalid', /none of unix:, tcp:, tls:/],
      ['nonsense', 'address_invalid', /no address/],
      ['unix:relative', 'address_invalid', /must be absolute/],
      ['tls://u@localhost:1/x', 'address_invalid', /more than a host and a port/],
      [`unix:${folder.at('gone')}`, 'address_unreachable', /ENOENT/],
      [`tcp://127.0.0.1:${address.port}`, 'address_unreachable', /nimplemented|unknown/i],
    ];
    for (const [url, code, message] of cases) {
      await using opened = await openHost(folder.root, { url });
      await assert.rejects(opened.launch(), { code, message }, url);
    }
    await using half = await openHost(folder.root, { url: 'tls://localhost:1', certFile: folder.at('c') });
    await assert.rejects(half.launch(), { code: 'address_invalid', message: /come together/ });
    await other.stop();
    await silent.stop();
  });
});
