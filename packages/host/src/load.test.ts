import assert from 'node:assert/strict';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { discoverPlugin } from './discovery/index.ts';
import { createHost, type SignaturePolicy } from './index.ts';
import type { Launcher } from './launchers/index.ts';
import { createPluginFolder, createSigningKey, type SigningKey } from './signature/fixtures/signed-folder.ts';
import { SignatureGate } from './signature-gate.ts';

const manifest = (id: string) => JSON.stringify({ id, name: id, type: id.split('-').at(-1), info: { version: '1.2.3' } });

/** No plugin here has a backend. */
const noLauncher: Launcher = {
  launch: () => Promise.reject(new Error('nothing to launch')),
  [Symbol.asyncDispose]: () => Promise.resolve(),
};

let acme: SigningKey;

before(async () => {
  acme = await createSigningKey();
});

/** A signed app with a panel inside, a panel that was changed after it was signed, and an unsigned panel. */
async function pluginsFolder() {
  const plugins = await createPluginFolder({ 'plain/plugin.json': manifest('acme-plain-panel') });
  const addSigned = async (name: string, id: string, files: Readonly<Record<string, string>>) => {
    await using source = await createPluginFolder({ 'plugin.json': manifest(id), ...files });
    await source.sign(acme, { plugin: id });
    await cp(source.folder, join(plugins.folder, name), { recursive: true });
  };
  await addSigned('app', 'acme-signed-app', { 'inner/plugin.json': manifest('acme-inner-panel') });
  await addSigned('broken', 'acme-changed-panel', { 'module.js': 'define()' });
  await plugins.write('broken/module.js', 'evil()');
  return plugins;
}

async function load(policy: SignaturePolicy | undefined, isInternal = false) {
  await using folder = await pluginsFolder();
  await using host = await createHost({ launcher: noLauncher, signatures: policy });
  await host.load(folder.folder, { isInternal });
  return {
    loaded: Object.fromEntries(host.plugins().map(({ id, signature }) => [id, signature.state])),
    problems: host.problems().map(({ pluginId, stage, code }) => `${pluginId} ${stage} ${code}`),
  };
}

test('a disabled plugin is left out, and one that lacks what it depends on runs and says so [D33]', async () => {
  const lines: string[] = [];
  const note = (message: string, fields: object = {}) => void lines.push(`${message} ${JSON.stringify(fields)}`);
  const logger = { debug: note, info: note, warn: note, error: note };
  const depends = { dependencies: { plugins: [{ id: 'acme-plain-panel' }, { id: 'acme-old-panel' }, { id: 'acme-off-panel' }] } };
  const plain = { ...JSON.parse(manifest('acme-plain-panel')), aliasIDs: ['acme-old-panel'] };
  await using folder = await createPluginFolder({
    'off/plugin.json': manifest('acme-off-panel'),
    'plain/plugin.json': JSON.stringify(plain),
    'needs/plugin.json': JSON.stringify({ ...JSON.parse(manifest('acme-needs-panel')), ...depends }),
  });
  await using host = await createHost({ launcher: noLauncher, logger, disabledPlugins: ['acme-off-panel'] });
  await host.load(folder.folder);
  assert.deepEqual(
    host.plugins().map(({ id }) => id),
    ['acme-needs-panel', 'acme-plain-panel'],
  );
  assert.deepEqual(host.plugin('acme-needs-panel').missingDependencies(), ['acme-off-panel']);
  assert.deepEqual(lines, ['plugin depends on others that are not loaded {"pluginId":"acme-needs-panel","missing":"acme-off-panel"}']);
});

test('what the frontend of a plugin is made of does not matter here [D17]', async () => {
  await using folder = await createPluginFolder({
    'old/plugin.json': manifest('acme-old-panel'),
    'old/module.js': "import { MetricsPanelCtrl } from 'app/plugins/sdk'; export { MetricsPanelCtrl as PanelCtrl };",
  });
  await using host = await createHost({ launcher: noLauncher });
  await host.load(folder.folder);
  assert.equal(host.plugin('acme-old-panel').phase.kind, 'no-backend');
});

describe('a host with a signature policy', () => {
  test('loads what is signed, a nested plugin by the signature around it, and names each plugin that it leaves out [D7] [D16]', async () => {
    assert.deepEqual(await load({ trustRoots: [acme.armoredPublicKey] }), {
      loaded: { 'acme-inner-panel': 'valid', 'acme-signed-app': 'valid' },
      problems: ['acme-changed-panel signature signature_modified', 'acme-plain-panel signature signature_missing'],
    });
  });

  test('loads an unsigned plugin that is listed, or all, but never one that was modified [D7]', async () => {
    for (const allowUnsigned of [['acme-plain-panel', 'acme-changed-panel'], true]) {
      const { loaded, problems } = await load({ trustRoots: [acme.armoredPublicKey], allowUnsigned });
      assert.equal(loaded['acme-plain-panel'], 'unsigned');
      assert.deepEqual(problems, ['acme-changed-panel signature signature_modified']);
    }
  });

  test('refuses a signature that it cannot trust, even of a listed plugin, with everything nested in it', async () => {
    const { loaded, problems } = await load({ trustRoots: [], allowUnsigned: true });
    assert.deepEqual(Object.keys(loaded), ['acme-plain-panel']);
    assert.deepEqual(problems.toSorted(), [
      'acme-changed-panel signature signature_invalid',
      'acme-inner-panel signature signature_invalid',
      'acme-signed-app signature signature_invalid',
    ]);
  });

  test('does not take the signature of one plugin for what another folder of its id has inside', async () => {
    await using folder = await pluginsFolder();
    await folder.write('zz-pretender/plugin.json', manifest('acme-signed-app'));
    await folder.write('zz-pretender/inner/plugin.json', manifest('acme-smuggled-panel'));
    await using host = await createHost({ launcher: noLauncher, signatures: { trustRoots: [acme.armoredPublicKey] } });
    await host.load(folder.folder);
    assert.deepEqual(
      host.plugins().map(({ id }) => id),
      ['acme-inner-panel', 'acme-signed-app'],
    );
    const smuggled = host.problems().find(({ pluginId }) => pluginId === 'acme-smuggled-panel');
    assert.equal(smuggled?.code, 'signature_missing');
  });

  test('looks again before a later start, and lets neither a changed plugin nor what is nested in it run', async () => {
    await using folder = await createPluginFolder({ 'plugin.json': manifest('acme-signed-app'), 'gpx.js': 'serve()' });
    await folder.write('inner/plugin.json', manifest('acme-inner-panel'));
    await folder.sign(acme, { plugin: 'acme-signed-app' });
    let nowMs = 0;
    const gate = new SignatureGate({ trustRoots: [acme.armoredPublicKey] }, () => nowMs);
    const app = await discoverPlugin(folder.folder);
    const panel = { ...(await discoverPlugin(join(folder.folder, 'inner'))), parentId: 'acme-signed-app' };
    for (const plugin of [app, panel]) assert.equal((await gate.check(plugin, false)).state, 'valid');
    nowMs = 60_000;
    await Promise.all([gate.checkAgain(app), gate.checkAgain(panel)]);
    await folder.write('gpx.js', 'evil()');
    await gate.checkAgain(app);
    nowMs = 120_000;
    await assert.rejects(gate.checkAgain(app), { code: 'signature_modified', message: /gpx.js is not the file that was signed/ });
    nowMs = 180_000;
    await assert.rejects(gate.checkAgain(panel), { code: 'signature_modified' });
    // An upgrade in place brings another version with a manifest of its own.
    await folder.write('plugin.json', manifest('acme-signed-app').replace('1.2.3', '1.3.0'));
    await folder.sign(acme, { plugin: 'acme-signed-app', version: '1.3.0' });
    nowMs = 240_000;
    await gate.checkAgain(app);
  });

  test('does not start what was changed after it was loaded', async (t) => {
    const datasource = { ...JSON.parse(manifest('acme-late-datasource')), backend: true, executable: 'gpx' };
    await using folder = await createPluginFolder({ 'plugin.json': JSON.stringify(datasource), 'gpx.js': 'serve()' });
    await folder.sign(acme, { plugin: 'acme-late-datasource' });
    let starts = 0;
    const launcher: Launcher = { ...noLauncher, launch: () => Promise.reject(new Error(`start ${++starts}`)) };
    await using host = await createHost({ launcher, lazyStart: true, signatures: { trustRoots: [acme.armoredPublicKey] } });
    const plugin = await host.launch(folder.folder);
    await folder.write('gpx.js', 'evil()');
    const events = host.events();
    const now = performance.now() + 60_000;
    t.mock.method(performance, 'now', () => now);
    plugin.reset();
    for await (const event of events) {
      if (event.kind !== 'phase' || event.phase.kind !== 'backing-off') continue;
      assert.match(event.phase.why, /gpx.js is not the file that was signed/);
      break;
    }
    assert.equal(starts, 0);
  });

  test('checks nothing without a policy, or for plugins that come with the program [D5]', async () => {
    const ids = ['acme-changed-panel', 'acme-inner-panel', 'acme-plain-panel', 'acme-signed-app'];
    const { loaded } = await load(undefined);
    assert.deepEqual(loaded, Object.fromEntries(ids.map((id) => [id, 'unchecked'])));
    const core = await load({ trustRoots: [] }, true);
    assert.deepEqual(core.loaded, Object.fromEntries(ids.map((id) => [id, 'internal'])));
  });
});
