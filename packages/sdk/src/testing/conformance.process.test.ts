import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type ConformanceReport, conformance, startPlugin } from './index.ts';

const MANIFEST = {
  type: 'datasource',
  id: 'acme-probe-datasource',
  name: 'Probe',
  backend: true,
  executable: 'gpx_probe',
  info: { version: '1.0.0', logos: { small: '', large: '' } },
};
const platform = `${process.platform}_${process.arch === 'x64' ? 'amd64' : process.arch}`;
const fixture = join(import.meta.dirname, 'fixtures/whole-plugin.ts');

/** A plugin folder whose program is a shell script. */
function pluginFolder(script: string, manifest: object = MANIFEST): Disposable & { readonly path: string; readonly program: string } {
  const path = mkdtempSync(join(tmpdir(), 'conformance-'));
  const program = join(path, `gpx_probe_${platform}`);
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, 'plugin.json'), JSON.stringify(manifest));
  writeFileSync(program, `#!/bin/sh\n${script}\n`);
  chmodSync(program, 0o755);
  return { path, program, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

const failures = ({ results }: ConformanceReport) => results.filter(({ status }) => status === 'failed').map(({ rule }) => rule);
const find = ({ results }: ConformanceReport, rule: string) => results.find((result) => result.rule === rule);
const run = (file: string) => `exec '${process.execPath}' --conditions=backplane:source '${file}'`;

test('a plugin on this SDK has nothing to hear but what its author left out', async () => {
  using folder = pluginFolder(run(fixture));
  const report = await conformance(folder.path);
  assert.deepEqual(failures(report), [], JSON.stringify(report.results, null, 1));
  assert.ok(report.ok);
  assert.equal(report.pluginId, 'acme-probe-datasource');
});

test('a plugin of plugin.json and one file has nothing to hear of a package.json that it has not', async () => {
  using folder = pluginFolder('');
  rmSync(folder.program);
  writeFileSync(join(folder.path, 'gpx_probe.ts'), `import ${JSON.stringify(fixture)};\n`);
  const report = await conformance(folder.path);
  assert.deepEqual(failures(report), []);
  assert.equal(find(report, 'logging/plugin-lines-parse')?.status, 'passed', JSON.stringify(find(report, 'logging/plugin-lines-parse')));
});

test('what is wrong with the files is found without starting anything', async () => {
  using folder = pluginFolder('', { ...MANIFEST, id: 'Probe', executable: 'gpx_other', info: { logos: { small: 'img/none.svg' } } });
  writeFileSync(join(folder.path, 'standalone.txt'), '127.0.0.1:1');
  const report = await conformance(folder.path);
  assert.deepEqual(failures(report), ['folder/executable-name', 'folder/no-debug-files']);
  assert.match(find(report, 'folder/executable-name')?.found ?? '', /has no gpx_other_/);
  assert.equal(find(report, 'folder/id')?.status, 'warning');
  assert.match(find(report, 'folder/named-files')?.found ?? '', /img\/none\.svg/);
  assert.equal(find(report, 'folder/manifest')?.status, 'warning');
  assert.equal(find(report, 'handshake/plugin-line-form')?.status, 'skipped');
  assert.ok(report.results.every(({ status, fix }) => status === 'passed' || status === 'skipped' || fix !== undefined));
});

test('a folder without plugin.json is a result, no exception', async () => {
  using folder = pluginFolder('');
  const report = await conformance(join(folder.path, 'nowhere'));
  assert.equal(report.ok, false);
  assert.match(find(report, 'folder/manifest')?.found ?? '', /ENOENT/);
});

test('a program that is no plugin is explained with its own words', async () => {
  using folder = pluginFolder('echo hello; echo "cannot open database" >&2; exit 3');
  const report = await conformance(folder.path);
  assert.match(find(report, 'handshake/plugin-needs-cookie')?.found ?? '', /printed to stdout: "hello\\n"/);
  assert.match(find(report, 'handshake/plugin-line-form')?.found ?? '', /hello/);
  assert.match(find(report, 'helpers/plugin-health-names')?.found ?? '', /could not be called/);
  assert.equal(report.ok, false);
});

test('a plugin that ignores Shutdown, and one that waits for everything, are told so', async () => {
  using folder = pluginFolder('echo "1|2|unix|/nowhere/socket|grpc|"; exec sleep 600');
  const report = await conformance(folder.path, { startTimeoutMs: 3000 });
  assert.equal(find(report, 'handshake/plugin-needs-cookie')?.status, 'failed');
  assert.match(find(report, 'handshake/plugin-uses-socket-folder')?.found ?? '', /\/nowhere\/socket/);
  assert.match(find(report, 'helpers/plugin-stops-in-time')?.found ?? '', /could not be called/);
});

test('a plugin in a process of its own is called as one in this process', async () => {
  await using plugin = await startPlugin({ command: process.execPath, args: ['--conditions=backplane:source', fixture] });
  assert.equal((await plugin.checkHealth()).status, 'ok');
  await assert.rejects(startPlugin({ command: '/bin/sh', args: ['-c', 'echo "no licence" >&2; exit 4'] }), /no handshake.*no licence/s);
});
