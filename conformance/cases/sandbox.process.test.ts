import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { createHost, type PluginHandle } from '@backplane/host';
import { HOST_CONTEXT } from '../probes/index.ts';
import { fillPluginsFolder, needsGo } from '../support/go.ts';
import { conformanceFolder, repositoryFolder } from '../support/paths.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** Bubblewrap has to be there in CI; a system that forbids what a sandbox is made of has none anywhere. */
function needsBubblewrap(): { skip?: string } {
  const namespaces = ['--unshare-user', '--unshare-pid', '--unshare-ipc', '--unshare-uts', '--unshare-net', '--disable-userns'];
  const mounts = ['--ro-bind', '/', '/', '--proc', '/proc', '--dev', '/dev', '--size', '1048576', '--tmpfs', '/tmp', '--remount-ro', '/'];
  const { error, status, stderr } = spawnSync('bwrap', [...namespaces, ...mounts, 'true']);
  if (error !== undefined) return process.env.CI === 'true' ? {} : { skip: `bubblewrap is not installed: ${error.message}` };
  return status === 0 ? {} : { skip: `no sandbox on this system: ${stderr}` };
}

const bubblewrap = needsBubblewrap();

/** A health check, and a body of ten megabytes back. */
async function use(plugin: PluginHandle): Promise<void> {
  const health = await plugin.checkHealth({ context: HOST_CONTEXT, headers: {} });
  assert.equal(health.message, 'conformance: fine');
  const path = 'bytes/10000000';
  const request = { context: HOST_CONTEXT, path, method: 'POST', url: path, headers: {}, body: new Uint8Array(3_000_000) };
  let bytes = 0;
  for await (const part of (await plugin.callResource(request)).body) bytes += part.length;
  assert.equal(bytes, 10_000_000);
}

test('a genuine Go plugin runs in a sandbox without network, with nothing granted, over TLS too', {
  ...(await needsGo()),
  ...bubblewrap,
}, async () => {
  await using folder = await temporaryFolder();
  await fillPluginsFolder(folder.path, ['conformance-datasource']);
  for (const autoMtls of [false, true]) {
    const runRoot = join(folder.path, 'run');
    await using host = await createHost({ runRoot, autoMtls, sandbox: {} });
    await use(await host.launch(join(folder.path, 'conformance-datasource')));
    await host[Symbol.asyncDispose]();
    assert.deepEqual(await readdir(runRoot), []);
  }
});

test('a plugin on our SDK runs in a sandbox without network', bubblewrap, async () => {
  await using folder = await temporaryFolder();
  await using host = await createHost({ runRoot: join(folder.path, 'run'), sandbox: { readable: [repositoryFolder] } });
  await use(await host.launch(join(conformanceFolder, 'fixtures/conformance-datasource')));
});
