import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { access, constants, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { buildGo, fillPluginsFolder, goPlatform, needsGo, RECORDED_PLUGINS } from './go.ts';
import { withLock } from './lock.ts';

test('the Go programs are built once, and two callers at a time get the same folder', await needsGo(), async () => {
  const [first, second] = await Promise.all([buildGo(), buildGo()]);
  assert.ok('folder' in first);
  assert.deepEqual(first, second);
  await access(join(first.folder, 'hostprobe'), constants.X_OK);
});

test('a plugins folder has the executables of plugins that run, and the broken ones as they are', await needsGo(), async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'backplane-plugins-'));
  t.after(() => rm(folder, { recursive: true }));
  await fillPluginsFolder(folder, RECORDED_PLUGINS);
  await access(join(folder, 'acme-ref-datasource', `gpx_acme_ref_${goPlatform()}`), constants.X_OK);
  await access(join(folder, 'acme-ref-badjson-panel', 'plugin.json'));
  await assert.rejects(access(join(folder, 'acme-ref-noexec-datasource', `gpx_acme_ref_noexec_${goPlatform()}`)));
});

test('a held lock is waited for', async (t) => {
  const file = await lockFile(t);
  const order: string[] = [];
  const entered = Promise.withResolvers<void>();
  const leave = Promise.withResolvers<void>();
  const first = withLock(file, async () => {
    entered.resolve();
    await leave.promise;
    order.push('first ends');
  });
  await entered.promise;
  const second = withLock(file, async () => order.push('second'));
  leave.resolve();
  await Promise.all([first, second]);
  assert.deepEqual(order, ['first ends', 'second']);
});

test('a lock whose owner is gone is taken over', async (t) => {
  const file = await lockFile(t);
  const { pid } = spawnSync(process.execPath, ['--version']);
  await writeFile(file, String(pid));
  assert.equal(await withLock(file, async () => 'taken'), 'taken');
});

async function lockFile(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'backplane-lock-'));
  t.after(() => rm(folder, { recursive: true }));
  return join(folder, 'lock');
}
