import assert from 'node:assert/strict';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { type ConformanceReport, conformance } from '@backplane/sdk/testing';
import { packPlugin } from '../support/built-plugin.ts';
import { fillPluginsFolder, goPlatform, needsGo } from '../support/go.ts';
import { conformanceFolder } from '../support/paths.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const go = await needsGo();
const failures = ({ results }: ConformanceReport) => results.filter(({ status }) => status === 'failed').map(({ rule }) => rule);

test('the checks of plugin folders find nothing wrong with a genuine data source, and see that it is Go', go, async () => {
  await using folder = await temporaryFolder();
  await fillPluginsFolder(folder.path, ['conformance-datasource']);
  const report = await conformance(join(folder.path, 'conformance-datasource'));
  assert.deepEqual(failures(report), [], JSON.stringify(report.results, null, 1));
  assert.equal(report.pluginId, 'conformance-datasource');
});

test('the checks of plugin folders find nothing wrong with what backplane pack makes, and all that was broken in it', async () => {
  const { folder } = await packPlugin(join(conformanceFolder, 'fixtures', 'conformance-datasource'), 'gpx_conformance');
  const report = await conformance(folder);
  assert.deepEqual(failures(report), [], JSON.stringify(report.results, null, 1));
  const executable = join(folder, `gpx_conformance_${goPlatform()}`);
  await chmod(executable, 0o744);
  try {
    const broken = await conformance(folder);
    assert.equal(broken.results.find(({ rule }) => rule === 'folder/executable-mode')?.status, 'warning');
  } finally {
    await chmod(executable, 0o755);
  }
});
