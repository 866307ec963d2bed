import assert from 'node:assert/strict';
import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { discoverPlugin, thisMachine } from '../discovery/index.ts';
import { HostError, type HostErrorCode } from '../errors/index.ts';
import { launcherOptions } from './fixtures/launcher-options.ts';
import { fixtureId, isRunning, openWorkshop, recordingLogger, until } from './fixtures/plugin-folder.ts';
import { createProcessLauncher, type ProcessLauncherOptions } from './index.ts';

/** Launches a fixture that must fail, and makes sure that nothing is left of it before the launcher is closed. */
async function failure<Code extends HostErrorCode>(
  fixture: string,
  code: Code,
  changed: Partial<ProcessLauncherOptions> = {},
): Promise<HostError<Code>> {
  using workshop = openWorkshop();
  const folder = workshop.addPlugin(fixture);
  const launcher = await createProcessLauncher(launcherOptions(workshop, changed));
  const error = await launcher.launch(await discoverPlugin(folder)).then(
    () => assert.fail('it started'),
    (caught: unknown) => caught,
  );
  assert.deepEqual(workshop.processes(), [], 'no process is left');
  await launcher[Symbol.asyncDispose]();
  workshop.assertNothingLeft();
  assert.ok(error instanceof HostError, String(error));
  assert.equal(error.code, code, error.message);
  return error as HostError<Code>;
}

const withLine = (line: string) => ({ pluginSettings: { [fixtureId('prints-given-line')]: { line } } });

describe('a start that fails', () => {
  test('a plugin that exits before its handshake is reported with its exit code and last stderr lines', async () => {
    const { message } = await failure('exits-at-once', 'handshake_missing');
    assert.match(message, /\(exit code 3\)/);
    assert.match(message, /Unrecognized remote plugin message: Failed to read any lines from plugin's stdout/);
    assert.match(message, /last stderr: "bind: permission denied"/);
  });

  test('a plugin that prints nothing in its time is killed and reported with its last stderr lines', async () => {
    const { message, facts } = await failure('never-handshakes', 'handshake_timeout', { startTimeoutMs: 6_000 });
    assert.match(
      message,
      /no handshake in 6000 ms: timeout while waiting for plugin to start; last stderr: "waiting for a licence server"/,
    );
    assert.equal(facts.exit, undefined);
  });

  test('a line without its end is no line, and is quoted', async () => {
    const { message } = await failure('unterminated-line', 'handshake_timeout', { startTimeoutMs: 6_000 });
    assert.match(message, /it printed "1\|2\|unix\|\/nowhere\|grpc\|" without a line end/);
  });

  test('noise before the handshake is quoted', async () => {
    const { message } = await failure('prints-noise-first', 'handshake_invalid');
    assert.match(message, /Unrecognized remote plugin message: Server is starting \.\.\./);
    assert.match(message, /print nothing before it/);
  });

  test('a first line over 64 KiB ends the start at once', async () => {
    assert.match((await failure('endless-line', 'handshake_invalid')).message, /its first line is longer than 65536 bytes/);
  });

  test('a plugin that closes its stdout and lives on is not waited for', async () => {
    const { facts } = await failure('closes-stdout', 'handshake_missing');
    assert.deepEqual([facts.exit, facts.stderrTail], [undefined, ['stdout is closed']]);
  });

  test('a plugin whose grandchild holds its pipes is reported at its exit, and the grandchild is killed', async () => {
    assert.match((await failure('holds-pipes-and-exits', 'handshake_missing')).message, /\(exit code 4\)/);
  });

  test("a handshake that go-plugin's host would refuse is refused in its words", async () => {
    for (const [line, words] of [
      ['', /Unrecognized remote plugin message: /],
      ['1|2|unix', /Unrecognized remote plugin message: 1\|2\|unix/],
      ['2|2|unix|/x|grpc', /incompatible core API version with plugin/],
      ['x|2|unix|/x|grpc', /error parsing core protocol version/],
      ['1|1|unix|/x|grpc', /incompatible API version with plugin/],
      ['1|2|udp|/x|grpc', /unknown address type: \/x/],
      ['1|2|unix|/x|foo', /unsupported plugin protocol "foo"/],
      ['1|2|unix|/x', /unsupported plugin protocol "netrpc"/],
      ['1|2|tcp|192.0.2.1:5000|grpc', /its address 192.0.2.1 is on another machine/],
      ['1|2|tcp|plugins.example:5000|grpc', /its address plugins.example is on another machine/],
      ['\x1b[2J\x9b31mall is well', /Unrecognized remote plugin message: \\x1b\[2J\\x9b31mall is well/],
      ['x'.repeat(60_000), /^.{0,2000}$/s],
    ] as const) {
      assert.match((await failure('prints-given-line', 'handshake_invalid', withLine(line))).message, words);
    }
  });

  test('an address where nobody listens is named', async () => {
    const { message } = await failure('prints-given-line', 'dial_failed', withLine('1|2|unix|/nowhere/at/all|grpc|'));
    assert.match(message, /is not listening at \/nowhere\/at\/all/);
  });

  test('a caller that gives up ends the start', async () => {
    using workshop = openWorkshop();
    const plugin = await discoverPlugin(workshop.addPlugin('never-handshakes'));
    const launcher = await createProcessLauncher(launcherOptions(workshop));
    const controller = new AbortController();
    const launch = assert.rejects(launcher.launch(plugin, { signal: controller.signal }), /no patience/);
    await until(() => workshop.processes().length > 0);
    controller.abort(new Error('no patience'));
    await launch;
    assert.deepEqual(workshop.processes(), []);
    await launcher[Symbol.asyncDispose]();
    workshop.assertNothingLeft();
  });

  test('an executable whose interpreter is missing is reported as what the system says, with a hint', async () => {
    using workshop = openWorkshop();
    const folder = workshop.addPlugin('well-behaved');
    const { os, arch } = thisMachine();
    const file = join(folder, `gpx_${os}_${arch}`);
    writeFileSync(file, '#!/no/such/interpreter\n');
    chmodSync(file, 0o755);
    const launcher = await createProcessLauncher(launcherOptions(workshop));
    await assert.rejects(launcher.launch(await discoverPlugin(folder)), {
      code: 'spawn_failed',
      message: /ENOENT \(\/no\/such\/interpreter, which it is started by, is missing/,
    });
    await launcher[Symbol.asyncDispose]();
    workshop.assertNothingLeft();
  });

  test('an executable that was removed after its discovery is reported at the start', async () => {
    using workshop = openWorkshop();
    const folder = workshop.addPlugin('well-behaved');
    const plugin = await discoverPlugin(folder);
    rmSync(join(folder, 'gpx.js'));
    const launcher = await createProcessLauncher(launcherOptions(workshop));
    await assert.rejects(launcher.launch(plugin), { code: 'executable_missing' });
    await launcher[Symbol.asyncDispose]();
  });
});

test("every form of a handshake that go-plugin's host takes is taken", async () => {
  for (const form of [
    '1|2|unix|PATH|grpc',
    ' 1|2|unix|PATH|grpc|\r',
    '1|2|unix|PATH|grpc||true',
    '1|2|unix|PATH|grpc|short',
    '1|2|tcp|:PORT|grpc',
  ]) {
    using workshop = openWorkshop();
    const plugin = await discoverPlugin(workshop.addPlugin('prints-other-form'));
    const launcher = await createProcessLauncher(
      launcherOptions(workshop, { pluginSettings: { [fixtureId('prints-other-form')]: { form } } }),
    );
    const running = await launcher.launch(plugin);
    await running.stop();
    assert.equal((await running.gone).why, 'exit code 0', form);
    await launcher[Symbol.asyncDispose]();
    workshop.assertNothingLeft();
  }
});

describe('stopping', () => {
  async function start(fixture: string, changed: Partial<ProcessLauncherOptions> = {}) {
    const workshop = openWorkshop();
    const plugin = await discoverPlugin(workshop.addPlugin(fixture));
    const launcher = await createProcessLauncher(launcherOptions(workshop, changed));
    const running = await launcher.launch(plugin);
    return {
      workshop,
      launcher,
      running,
      async [Symbol.asyncDispose]() {
        await launcher[Symbol.asyncDispose]();
        workshop.assertNothingLeft();
        workshop[Symbol.dispose]();
      },
    };
  }

  test('a plugin that is asked to end does so by itself, with exit code 0', async () => {
    await using started = await start('well-behaved', { shutdownWaitMs: 60_000 });
    await started.running.stop();
    assert.equal((await started.running.gone).why, 'exit code 0');
    await started.running.stop();
  });

  test('a plugin that cannot be asked gets SIGTERM', async () => {
    await using started = await start('only-sigterm', { shutdownWaitMs: 100, termWaitMs: 60_000 });
    await started.running.stop();
    assert.equal((await started.running.gone).why, 'exit code 0');
  });

  test('a plugin that ignores Shutdown and SIGTERM is killed', async () => {
    await using started = await start('ignores-shutdown', { shutdownWaitMs: 100, termWaitMs: 100 });
    await started.running.stop();
    assert.equal((await started.running.gone).why, 'signal SIGKILL');
  });

  test('a plugin that is stopped by SIGSTOP is killed', async () => {
    await using started = await start('well-behaved', { shutdownWaitMs: 100, termWaitMs: 100 });
    process.kill(started.running.pid as number, 'SIGSTOP');
    await started.running.stop();
    assert.equal((await started.running.gone).why, 'signal SIGKILL');
  });

  test('grandchildren die with their plugin, in its group or in a session of their own', async () => {
    await using started = await start('leaves-grandchildren');
    assert.equal(started.workshop.processes().length, 3);
    await started.running.stop();
    await until(() => started.workshop.processes().length === 0);
  });

  test('a child that hides its origin dies with the group of its plugin', async () => {
    await using started = await start('leaves-nameless-child');
    const pidOfChild = () => Number(/^child (\d+)$/m.exec(started.running.stderrTail().join('\n'))?.[1] ?? 0);
    await until(() => pidOfChild() > 0);
    const pid = pidOfChild();
    assert.equal(isRunning(pid), true);
    process.kill(started.running.pid as number, 'SIGKILL');
    await started.running.gone;
    await until(() => !isRunning(pid));
  });

  test('memory is that of the plugin and of what it started, until it is gone', {
    skip: process.platform !== 'linux' && 'needs /proc',
  }, async () => {
    await using alone = await start('well-behaved');
    await using family = await start('leaves-grandchildren');
    await using threads = await start('spawns-from-a-thread');
    const [one, three, two] = (await Promise.all([alone, family, threads].map(({ running }) => running.usage()))).map(
      (usage) => usage?.memoryBytes,
    );
    assert.ok(one !== undefined && two !== undefined && two > one + 20 * 2 ** 20, `${one} and ${two}`);
    assert.ok(one !== undefined && three !== undefined && one > 20 * 2 ** 20 && three > one + 40 * 2 ** 20, `${one} and ${three}`);
    await alone.running.stop();
    assert.equal(await alone.running.usage(), undefined);
  });

  test('a killed plugin is noticed although a grandchild holds its pipes', async () => {
    await using started = await start('leaves-grandchildren');
    process.kill(started.running.pid as number, 'SIGKILL');
    await started.running.ended;
    assert.match((await started.running.gone).why, /^signal SIGKILL: somebody killed it/);
    await until(() => started.workshop.processes().length === 0);
  });

  test('a plugin that drops its connection is ended, as nobody can call it any more', async () => {
    await using started = await start('closes-its-socket');
    process.kill(started.running.pid as number, 'SIGUSR2');
    await started.running.ended;
    assert.equal((await started.running.gone).why, 'connection lost');
  });

  test('closing the launcher kills what still runs', async () => {
    await using started = await start('ignores-shutdown', { shutdownWaitMs: 2_000 });
    await started.launcher[Symbol.asyncDispose]();
    await started.running.ended;
  });
});

test('log lines of a plugin go to the logger under its name, and the last ones are kept', async () => {
  using workshop = openWorkshop();
  const logger = recordingLogger();
  const launcher = await createProcessLauncher(launcherOptions(workshop, { logger }));
  const running = await launcher.launch(await discoverPlugin(workshop.addPlugin('well-behaved')));
  await running.stop();
  const { stderrTail } = await running.gone;
  await launcher[Symbol.asyncDispose]();
  assert.deepEqual(logger.lines, [{ level: 'info', message: 'serving', fields: { port: 1, logger: 'plugin.wellbehaved-datasource' } }]);
  assert.deepEqual(stderrTail, ['serving {"port":1}']);
});
