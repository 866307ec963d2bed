import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { createHost, isHostError, type PluginHandle } from './index.ts';
import { isRunning, openWorkshop, until } from './launchers/fixtures/plugin-folder.ts';

const context = { orgId: 1, config: {}, userAgent: 'Grafana/12.4.0 (linux; amd64)' };
const id = 'acme-datasource';

/** The version that answers. */
async function versionOf(plugin: PluginHandle, waitMs = 0): Promise<number> {
  const json = JSON.stringify({ mode: 'bad', waitMs });
  const queries = [{ refId: 'A', queryType: '', maxDataPoints: 1, intervalMs: 1, timeRange: { fromMs: 0, toMs: 1 }, json }];
  const { responses } = await plugin.queryData({ context, headers: {}, queries });
  return (responses.get('A')?.status ?? 0) - 200;
}

/** Calls a plugin from several sides until it is told to leave. */
class Load {
  readonly versions: number[] = [];
  readonly failures: string[] = [];
  readonly #leaving = new AbortController();
  readonly #callers: Promise<void>[];

  constructor(plugin: PluginHandle) {
    this.#callers = Array.from({ length: 8 }, async () => {
      while (!this.#leaving.signal.aborted) {
        await versionOf(plugin, Math.random() * 20).then(
          (version) => this.versions.push(version),
          (error: unknown) => this.failures.push(String(error)),
        );
      }
    });
  }

  /** Waits for so many more calls. */
  async more(calls: number): Promise<void> {
    const seen = this.versions.length;
    await until(() => this.versions.length >= seen + calls || this.failures.length > 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#leaving.abort();
    await Promise.all(this.#callers);
  }
}

const version = (number: number) => ({ info: { version: `${number}.0.0` } });

describe('an upgrade under load', () => {
  test('loses no call: new ones go to the new version, those under way end on the old one', async (t) => {
    using workshop = openWorkshop();
    const host = await createHost({ runRoot: workshop.runRoot });
    const plugin = await host.launch(workshop.addPlugin('tells-its-version', { id, folder: 'v1', manifest: version(1) }));
    const first = plugin.phase;
    {
      await using load = new Load(plugin);
      await load.more(50);
      const underWay = versionOf(plugin, 3_000);
      await plugin.replace({ folder: workshop.addPlugin('tells-its-version', { id, folder: 'v2', manifest: version(2) }) });
      assert.equal(await versionOf(plugin), 2);
      assert.equal(plugin.manifest.info.version, '2.0.0');
      await load.more(50);
      assert.equal(await underWay, 1);
      await until(() => first.kind === 'ready' && !isRunning(first.pid as number));
      assert.deepEqual(load.failures, []);
      assert.deepEqual([...new Set(load.versions)], [1, 2]);
      t.diagnostic(`${load.versions.length} calls, none failed`);
    }
    await host[Symbol.asyncDispose]();
    workshop.assertNothingLeft();
  });

  test('to a version that does not start, is not in health or is another plugin rolls back by itself', async () => {
    using workshop = openWorkshop();
    const host = await createHost({ runRoot: workshop.runRoot });
    const plugin = await host.launch(workshop.addPlugin('tells-its-version', { id, folder: 'v1', manifest: version(1) }));
    const before = plugin.phase;
    {
      await using load = new Load(plugin);
      await load.more(20);
      const broken = workshop.addPlugin('throws-at-start', { id, folder: 'v2', manifest: version(2) });
      await assert.rejects(plugin.replace({ folder: broken }), {
        code: 'replacement_failed',
        message: /goes on as before: .*TypeError: Cannot read properties of undefined/,
      });
      const sick = workshop.addPlugin('tells-its-version', { id, folder: 'v3', manifest: version(3) });
      const check = async (candidate: Pick<PluginHandle, 'checkHealth'>) => {
        assert.equal((await candidate.checkHealth({ context, headers: {} })).status, 'ERROR', 'the licence is for version 1');
      };
      await assert.rejects(plugin.replace({ folder: sick, check }), {
        code: 'replacement_failed',
        message: /the licence is for version 1/,
      });
      const other = workshop.addPlugin('tells-its-version', { manifest: version(4) });
      await assert.rejects(plugin.replace({ folder: other }), { code: 'replacement_failed', message: /holds the plugin tellsitsversion/ });
      await assert.rejects(plugin.replace({ folder: '/nowhere' }), isHostError);
      await load.more(20);
      assert.deepEqual(load.failures, []);
      assert.deepEqual([...new Set(load.versions)], [1]);
    }
    assert.deepEqual(plugin.phase, before);
    assert.equal(workshop.processes().length, 1, 'nothing of the candidates is left');
    await host[Symbol.asyncDispose]();
    workshop.assertNothingLeft();
  });

  test('in place, as a build does that writes over the old one, takes what is there now', async () => {
    using workshop = openWorkshop();
    const host = await createHost({ runRoot: workshop.runRoot });
    const folder = workshop.addPlugin('tells-its-version', { id, manifest: version(1) });
    const plugin = await host.launch(folder);
    rmSync(join(folder, 'plugin.json'));
    const manifest = { id, type: 'datasource', name: id, backend: true, executable: 'gpx', ...version(2) };
    writeFileSync(join(folder, 'plugin.json'), JSON.stringify(manifest));
    assert.equal(await versionOf(plugin), 1);
    await plugin.replace();
    assert.equal(await versionOf(plugin), 2);
    await host[Symbol.asyncDispose]();
    workshop.assertNothingLeft();
  });
});

test('a lazy plugin is started by its first call, stopped when nobody calls, and started again', async () => {
  using workshop = openWorkshop();
  const host = await createHost({ runRoot: workshop.runRoot, lazyStart: true, idleStopMs: 300 });
  const plugin = await host.launch(workshop.addPlugin('tells-its-version', { manifest: version(1) }));
  assert.equal(plugin.phase.kind, 'gone');
  assert.deepEqual(workshop.processes(), []);
  assert.deepEqual(await Promise.all([versionOf(plugin), versionOf(plugin, 600)]), [1, 1]);
  await until(() => plugin.phase.kind === 'gone' && plugin.phase.cause === 'idle');
  assert.deepEqual(workshop.processes(), []);
  assert.equal(await versionOf(plugin), 1);
  assert.equal(plugin.history().filter(({ kind }) => kind === 'backing-off').length, 0);
  await host[Symbol.asyncDispose]();
  workshop.assertNothingLeft();
});
