import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { discoverPlugin } from './discovery/index.ts';
import { createHost, type HostOptions, type PluginHandle, type SandboxOptions, thisMachine } from './index.ts';
import { launcherOptions } from './launchers/fixtures/launcher-options.ts';
import { fixtureId, openWorkshop, until } from './launchers/fixtures/plugin-folder.ts';
import { createProcessLauncher } from './launchers/index.ts';
import { isSameProcess, type ProcessIdentity } from './launchers/run-folder/process-table.ts';
import { needsBubblewrap } from './launchers/sandbox/fixtures/needs-bubblewrap.ts';

const sandboxed = needsBubblewrap();
/** What our fixtures import. */
const readable = [fileURLToPath(new URL('../../..', import.meta.url))];
const request = { context: { orgId: 1, config: {}, userAgent: 'Grafana/12.4.0 (linux; amd64)' }, headers: {} };

async function healthOf(plugin: PluginHandle): Promise<Record<string, unknown>> {
  return JSON.parse((await plugin.checkHealth(request)).message);
}

/** Starts a fixture in a sandbox. */
async function start(fixture: string, sandbox: SandboxOptions = {}, options: HostOptions = {}) {
  const workshop = openWorkshop();
  const host = await createHost({ runRoot: workshop.runRoot, sandbox: { readable, ...sandbox }, ...options });
  const dispose = async () => {
    await host[Symbol.asyncDispose]();
    workshop.assertNothingLeft();
    workshop[Symbol.dispose]();
  };
  try {
    return { workshop, host, plugin: await host.launch(workshop.addPlugin(fixture)), [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** The folders that every sandbox may show in its root. */
const systemFolders = new Set('bin dev etc lib lib32 lib64 nix proc run sbin tmp usr var'.split(' '));

/** Whether an entry of the root is there for neither the system nor the way to what was granted, wherever this checkout lies. */
const isUnexpected = (...granted: readonly string[]) => {
  const ways = new Set([...granted, ...readable, process.execPath].map((path) => path.split('/')[1]));
  return (entry: string) => !systemFolders.has(entry) && !ways.has(entry);
};

const pidOf = ({ phase }: PluginHandle) => (phase.kind === 'ready' ? phase.pid : undefined);

describe('a plugin in a sandbox', () => {
  test('reads, reaches and writes only what it was granted', sandboxed, async () => {
    using workshop = openWorkshop();
    const [secret, data] = [join(workshop.runRoot, '..', 'secret.txt'), join(workshop.runRoot, '..', 'data')];
    writeFileSync(secret, 'hidden');
    mkdirSync(data);
    let connections = 0;
    const listener = createServer((socket) => {
      connections++;
      socket.destroy();
    }).listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const { port } = listener.address() as { port: number };
    const folder = workshop.addPlugin('pries');
    const settings = { secret, port: String(port), folder, data };
    // The folder around the plugin is granted, and yet the plugin stays as it is.
    const options = { runRoot: workshop.runRoot, pluginSettings: { [fixtureId('pries')]: settings } };
    const sandbox = { readable, writable: [data, workshop.pluginsFolder], maxTmpBytes: 2 ** 20 };
    try {
      await using host = await createHost({ ...options, sandbox });
      const plugin = await host.launch(folder);
      const found = await healthOf(plugin);
      // It wrote into its own /tmp, and not over what a sweep goes by.
      const [record] = readdirSync(workshop.runRoot, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('1.json'));
      assert.equal(JSON.parse(readFileSync(join(workshop.runRoot, record ?? ''), 'utf8')).pid, pidOf(plugin));
      const root = String(found.listOfRoot).split(' ');
      assert.deepEqual(root.filter(isUnexpected(folder, workshop.runRoot, data)), []);
      assert.ok(Number(found.seeOthers) <= 3, `it sees ${found.seeOthers} processes`);
      delete found.listOfRoot;
      delete found.seeOthers;
      assert.deepEqual(found, {
        readSecret: 'ENOENT',
        readShadow: 'ENOENT',
        network: 'lo',
        writePlugin: 'EROFS',
        removePlugin: 'EROFS',
        writeRecord: 'done',
        writeSystem: 'EROFS',
        writeRoot: 'EROFS',
        writeDevices: 'EROFS',
        writeTmp: 'done',
        fillTmp: 'ENOSPC',
        fillShm: 'ENOSPC',
        writeSocketFolder: 'done',
        writeData: 'done',
        capabilities: '0000000000000000',
        connect: 'ECONNREFUSED',
      });
      assert.equal(connections, 0);
      assert.equal(existsSync('/tmp/pried'), false);
      assert.equal(readFileSync(join(data, 'kept'), 'utf8'), 'by the plugin');
      await using open = await createHost({ ...options, sandbox: { ...sandbox, network: true } });
      assert.equal((await healthOf(await open.launch(folder))).connect, 'done');
    } finally {
      listener.close();
    }
    workshop.assertNothingLeft();
  });

  test('is asked to end, then told by SIGTERM, then killed, as any other', sandboxed, async () => {
    for (const [fixture, why, waits] of [
      ['well-behaved', 'exit code 0', { shutdownWaitMs: 60_000 }],
      ['only-sigterm', 'exit code 0', { shutdownWaitMs: 100, termWaitMs: 60_000 }],
      ['ignores-shutdown', 'signal SIGKILL', { shutdownWaitMs: 100, termWaitMs: 100 }],
    ] as const) {
      using workshop = openWorkshop();
      const plugin = await discoverPlugin(workshop.addPlugin(fixture));
      const launcher = await createProcessLauncher(launcherOptions(workshop, { sandbox: () => ({ readable }), ...waits }));
      const running = await launcher.launch(plugin);
      await running.stop();
      assert.equal((await running.gone).why, why, fixture);
      assert.deepEqual(workshop.processes(), [], 'nothing is left of it');
      await launcher[Symbol.asyncDispose]();
      workshop.assertNothingLeft();
    }
  });

  test('that crashes is described by the signal that ended it, and comes back in a sandbox', sandboxed, async () => {
    await using started = await start('well-behaved');
    const { plugin } = started;
    const first = pidOf(plugin);
    const queries = [
      { refId: 'A', queryType: '', maxDataPoints: 1, intervalMs: 1, timeRange: { fromMs: 0, toMs: 1 }, json: '{"mode":"crash"}' },
    ];
    await assert.rejects(plugin.queryData({ ...request, queries } as never), { code: 'connection_lost' });
    await until(() => plugin.phase.kind === 'ready' && pidOf(plugin) !== first);
    const ended = plugin.history().findLast((phase) => phase.kind === 'starting');
    assert.match(ended?.kind === 'starting' ? ended.why : '', /^signal SIGSEGV/);
    assert.equal((await healthOf(plugin)).cwd, '/');
  });

  test('cannot leave grandchildren behind, in whatever session', sandboxed, async () => {
    await using started = await start('leaves-grandchildren');
    const all = started.workshop.processes();
    assert.ok(all.length >= 5, 'bubblewrap, its init, the plugin and two grandchildren');
    process.kill(pidOf(started.plugin) as number, 'SIGKILL');
    await until(() => !all.some(isSameProcess));
  });

  test('counts with what is in the sandbox when its memory is measured', sandboxed, async () => {
    await using started = await start('well-behaved');
    const usage = await started.plugin.usage();
    assert.ok(usage !== undefined && usage.memoryBytes > 20 * 2 ** 20, `${usage?.memoryBytes}`);
  });

  test('without a network cannot get its host to call an address of its choice', sandboxed, async () => {
    const launch = (line: string, sandbox = {}) =>
      start('prints-given-line', sandbox, { pluginSettings: { [fixtureId('prints-given-line')]: { line } } });
    for (const line of ['1|2|tcp|127.0.0.1:9|grpc', '1|2|unix|/var/run/docker.sock|grpc']) {
      await assert.rejects(launch(line), { code: 'handshake_invalid', message: /no socket in PLUGIN_UNIX_SOCKET_DIR/ });
      await assert.rejects(launch(line, { network: true }), { code: 'dial_failed' });
    }
    await assert.rejects(start('links-its-socket'), { code: 'handshake_invalid', message: /no socket in PLUGIN_UNIX_SOCKET_DIR/ });
  });
});

test('a host that is killed takes its plugin in a sandbox with it, before anybody sweeps', sandboxed, async () => {
  using workshop = openWorkshop();
  const program = fileURLToPath(new URL('../fixtures/host-with-sandbox.mjs', import.meta.url));
  const args = ['--conditions=backplane:source', program, workshop.addPlugin('ignores-shutdown'), workshop.runRoot, readable[0] as string];
  const host = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(host.stdout as NodeJS.ReadableStream, 'data');
  const processes: ProcessIdentity[] = JSON.parse(String(line));
  assert.ok(processes.length >= 3 && processes.every(isSameProcess));
  host.kill('SIGKILL');
  await once(host, 'exit');
  await until(() => !processes.some(isSameProcess));
  assert.equal(readdirSync(workshop.runRoot).length, 1);
  await (await createHost({ runRoot: workshop.runRoot }))[Symbol.asyncDispose]();
  workshop.assertNothingLeft();
});

describe('a sandbox that cannot be made', () => {
  /** Makes another program come first where bubblewrap is looked for. */
  async function withBubblewrap(script: string | undefined, act: () => Promise<void>): Promise<void> {
    using workshop = openWorkshop();
    const { PATH } = process.env;
    if (script !== undefined) writeFileSync(join(workshop.pluginsFolder, 'bwrap'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    process.env.PATH = script === undefined ? workshop.pluginsFolder : `${workshop.pluginsFolder}${delimiter}${PATH}`;
    try {
      await act();
    } finally {
      process.env.PATH = PATH;
    }
  }

  const linux = { skip: process.platform !== 'linux' && 'bubblewrap runs on Linux only' };

  test('for want of bubblewrap names the package, and the plugin does not run without', linux, async () => {
    await withBubblewrap(undefined, async () => {
      await assert.rejects(start('well-behaved'), {
        code: 'sandbox_unusable',
        message: /bubblewrap is not installed; install it \(apt install bubblewrap\)/,
      });
    });
  });

  test('on a system that permits no namespaces, or with an old bubblewrap, says what to do', linux, async () => {
    for (const [words, advice] of [
      [
        'No permissions to create new namespace, likely because the kernel does not allow it',
        /permits no namespaces.*unprivileged_userns_clone=1/,
      ],
      ['Creating new namespace failed: Operation not permitted', /permits no namespaces/],
      ['setting up uid map: Permission denied', /permits no namespaces.*AppArmor/],
      ['Unknown option --disable-userns', /too old for its sandbox; install 0.8 or later/],
    ] as const) {
      await withBubblewrap(`echo "bwrap: ${words}" >&2; exit 1`, async () => {
        await assert.rejects(start('well-behaved'), { code: 'handshake_missing', message: advice });
      });
    }
  });

  test('for a path that is not there or not absolute names that path', linux, async () => {
    await withBubblewrap('exit 1', async () => {
      await assert.rejects(start('well-behaved', { writable: ['/no/such/folder'] }), {
        code: 'sandbox_unusable',
        message: /path \/no\/such\/folder does not exist/,
      });
      await assert.rejects(start('well-behaved', { readable: ['data'] }), {
        code: 'sandbox_unusable',
        message: /path data is not absolute/,
      });
    });
  });

  test('because a native program is started by one that is not in it says what to add', sandboxed, async () => {
    using workshop = openWorkshop();
    const folder = workshop.addPlugin('well-behaved');
    const interpreter = join(workshop.pluginsFolder, 'sh');
    symlinkSync('/bin/sh', interpreter);
    const { os, arch } = thisMachine();
    writeFileSync(join(folder, `gpx_${os}_${arch}`), `#!${interpreter}\n`, { mode: 0o755 });
    await using host = await createHost({ runRoot: workshop.runRoot, sandbox: {} });
    await assert.rejects(host.launch(folder), {
      code: 'handshake_missing',
      message: /is not in its sandbox; add where it lies to the readable paths/,
    });
  });
});
