import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { createHost, type PluginHandle } from '@backplane/host';
import { HOST_CONTEXT, startGoProbe } from '../probes/index.ts';
import { type GoProgram, goPlatform, goProgram, needsGo } from '../support/go.ts';
import { conformanceFolder } from '../support/paths.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { eventually } from './case.ts';

// A plugin whose second start is not like its first.
const go = await needsGo();

test(
  'our host takes the program that is there when it starts a plugin again, at its new socket [lifecycle/host-takes-new-binary]',
  go,
  async () => {
    await using place = await openPlace('conformance-datasource');
    await using host = await createHost({ runRoot: place.runRoot });
    const plugin = await host.launch(place.folder);
    const [pid, sockets] = [pidOf(plugin), await place.sockets()];
    assert.equal(await health(plugin), 'conformance: fine');
    await place.install('strict-datasource');
    process.kill(pid, 'SIGKILL');
    await comesBack(plugin, pid);
    assert.equal(await health(plugin), 'strict: fine');
    const now = await place.sockets();
    assert.deepEqual([sockets.length, now.length], [1, 1]);
    assert.notEqual(now[0], sockets[0]);
  },
);

test(
  'our host follows a plugin that is started in standalone mode for debugging, and goes back when that ends [lifecycle/host-standalone] [handshake/host-dials-any-interface]',
  go,
  async () => {
    await using place = await openPlace('conformance-datasource');
    await using host = await createHost({ runRoot: place.runRoot, shutdownWaitMs: 200, termWaitMs: 200 });
    const plugin = await host.launch(place.folder);
    const managed = pidOf(plugin);
    assert.equal(await health(plugin), 'conformance: fine');

    // The genuine SDK writes where it listens, kills the instance of the host, and serves by itself.
    const standalone = spawn(place.executable, ['-standalone'], { cwd: place.folder, stdio: 'ignore' });
    const exited = once(standalone, 'exit');
    try {
      const locator = await comesBack(plugin, managed);
      assert.notEqual(locator, standalone.pid);
      assert.ok(existsSync(join(place.folder, 'standalone.txt')));
      assert.equal(await health(plugin), 'conformance: fine');
      assert.deepEqual(await place.sockets(), [], 'the instance that the host started serves nothing');

      // It ends as from a debugger: the files go, and so does the locator.
      standalone.kill('SIGTERM');
      await exited;
      assert.ok(!existsSync(join(place.folder, 'standalone.txt')));
      await comesBack(plugin, locator);
      assert.equal(await health(plugin), 'conformance: fine');
      assert.equal((await place.sockets()).length, 1);
    } finally {
      standalone.kill('SIGKILL');
      await exited;
    }
  },
);

test('a plugin of ours in standalone mode is found by our host and by the genuine one, and leaves nothing when it ends', go, async () => {
  await using place = await openPlace('script');
  await using host = await createHost({ runRoot: place.runRoot, shutdownWaitMs: 200, termWaitMs: 200 });
  const plugin = await host.launch(place.folder);
  const managed = pidOf(plugin);
  assert.equal(await health(plugin), 'conformance: fine');
  const program = { command: process.execPath, args: ['--conditions=backplane:source', place.executable] };
  const standalone = spawn(program.command, [...program.args, '-standalone'], { cwd: place.folder, stdio: 'ignore' });
  const exited = once(standalone, 'exit');
  try {
    const locator = await comesBack(plugin, managed);
    assert.equal(await health(plugin), 'conformance: fine');
    assert.deepEqual(await place.sockets(), []);
    await using genuine = await startGoProbe(program);
    assert.match(genuine.address, /^127\.0\.0\.1:\d+$/);
    assert.equal((await genuine.run({ op: 'health' })).status, 'OK');
    standalone.kill('SIGINT');
    assert.deepEqual(await exited, [0, null]);
    assert.ok(!existsSync(join(place.folder, 'standalone.txt')));
    await comesBack(plugin, locator);
    assert.equal(await health(plugin), 'conformance: fine');
    assert.equal((await place.sockets()).length, 1);
  } finally {
    standalone.kill('SIGKILL');
    await exited;
  }
});

let places = 0;

/** A plugin folder whose executable has a name of its own: standalone mode kills whatever has it in its command line. */
async function openPlace(program: GoProgram | 'script') {
  const folder = await temporaryFolder();
  const name = `gpx_place_${process.pid}_${++places}`;
  const [pluginFolder, runRoot] = [join(folder.path, 'plugin'), join(folder.path, 'run')];
  const executable = join(pluginFolder, program === 'script' ? `${name}.ts` : `${name}_${goPlatform()}`);
  const info = { version: '1.0.0', updated: '2026-01-01' };
  const manifest = { id: 'conformance-datasource', type: 'datasource', name: 'Conformance', backend: true, executable: name, info };
  await mkdir(pluginFolder);
  await writeFile(join(pluginFolder, 'plugin.json'), JSON.stringify(manifest));
  /** Puts a program in the place of the one before, which may be running. */
  const install = async (program: GoProgram): Promise<void> => {
    await copyFile(await goProgram(program), `${executable}.new`);
    await chmod(`${executable}.new`, 0o755);
    await rename(`${executable}.new`, executable);
  };
  if (program === 'script')
    await writeFile(executable, `import '${join(conformanceFolder, 'fixtures/conformance-datasource/gpx_conformance.ts')}';\n`);
  else await install(program);
  return {
    folder: pluginFolder,
    runRoot,
    executable,
    install,
    async sockets(): Promise<string[]> {
      const entries = await readdir(runRoot, { recursive: true, withFileTypes: true });
      return entries.filter((entry) => entry.isSocket()).map((entry) => join(entry.parentPath, entry.name));
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

function pidOf(plugin: PluginHandle): number {
  const { phase } = plugin;
  return phase.kind === 'ready' ? (phase.pid ?? 0) : 0;
}

/** Waits until another process than that one runs. */
async function comesBack(plugin: PluginHandle, before: number): Promise<number> {
  const { value } = await eventually(
    async () => pidOf(plugin),
    (pid) => pid !== 0 && pid !== before,
    20_000,
  );
  return value;
}

async function health(plugin: PluginHandle): Promise<string> {
  return (await plugin.checkHealth({ context: HOST_CONTEXT, headers: {} })).message;
}
