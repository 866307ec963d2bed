import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, readlink, realpath, stat } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { dirname, join } from 'node:path';
import test from 'node:test';
import {
  GoStartError,
  goPlugin,
  HANDSHAKE_ENV,
  openWorkshop,
  ourPlugin,
  type PluginProgram,
  startBare,
  startGoProbe,
} from '../probes/index.ts';
import { needsGo } from '../support/go.ts';
import { conformanceFolder } from '../support/paths.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { tryTimes } from './case.ts';

// What a plugin does before its host can call it; the genuine plugin does the same, so it runs every test as well.
const go = await needsGo();
const PLUGINS: readonly (readonly [name: string, program: () => Promise<PluginProgram>, isOurs: boolean])[] = [
  ['the genuine plugin', goPlugin, false],
  ['our plugin', async () => ourPlugin(), true],
];
const LINE = /^1\|2\|unix\|(\/[^|]+)\|grpc\|\n$/;

for (const [name, program, isOurs] of PLUGINS) {
  const check = (rest: string, run: (plugin: PluginProgram) => Promise<void>) =>
    test(`${name} ${rest}`, isOurs ? {} : go, async () => run(await program()));

  check('exits with 1 and says on stderr alone that the cookie is missing or wrong [handshake/plugin-needs-cookie]', async (plugin) => {
    for (const env of [{}, { ...HANDSHAKE_ENV, grafana_plugin_type: 'panel' }]) {
      await using start = startBare(plugin, env);
      assert.equal(await start.exited(), 1);
      assert.equal(start.stdout(), '');
      assert.match(start.stderr(), /plugin/i);
    }
  });

  check(
    'prints one line of six fields, ended by LF, and nothing else [handshake/plugin-prints-line-first] [handshake/plugin-line-form]',
    async (plugin) => {
      await using start = startBare(plugin, HANDSHAKE_ENV);
      assert.match(await start.firstLine(), LINE);
    },
  );

  check('needs neither PATH nor HOME [handshake/plugin-needs-no-environment]', async (plugin) => {
    await using start = startBare(plugin, HANDSHAKE_ENV);
    assert.match(await start.firstLine(), LINE);
  });

  check(
    'answers version 2 whatever the list says [handshake/plugin-answers-version-2] [handshake/plugin-skips-bad-versions]',
    async (plugin) => {
      const { PLUGIN_PROTOCOL_VERSIONS: _, ...unset } = HANDSHAKE_ENV;
      for (const env of [unset, { ...unset, PLUGIN_PROTOCOL_VERSIONS: '1,3' }, { ...unset, PLUGIN_PROTOCOL_VERSIONS: 'abc,2' }]) {
        await using start = startBare(plugin, env);
        assert.match(await start.firstLine(), LINE);
      }
    },
  );

  check(
    'accepts connections from the moment the line is there, over plain HTTP/2 [handshake/plugin-accepts-at-line] [tls/plugin-plain-by-default]',
    async (plugin) => {
      for (let i = 0; i < 5; i++) {
        await using start = startBare(plugin, HANDSHAKE_ENV);
        const bytes = await exchange(socketOf(await start.firstLine()));
        // A frame of type SETTINGS on stream 0 comes first (RFC 9113 §3.4).
        assert.deepEqual([bytes[3], bytes.readUInt32BE(5)], [4, 0]);
      }
    },
  );

  check(
    'takes empty SETTINGS, and another connection after the first has ended [transport/plugin-takes-bare-settings] [transport/plugin-takes-connections]',
    async (plugin) => {
      await using start = startBare(plugin, HANDSHAKE_ENV);
      const path = socketOf(await start.firstLine());
      for (let i = 0; i < 3; i++) assert.equal((await exchange(path))[3], 4);
      const all = await Promise.all([exchange(path), exchange(path), exchange(path)]);
      assert.deepEqual(
        all.map((bytes) => bytes[3]),
        [4, 4, 4],
      );
    },
  );

  check('makes its socket in PLUGIN_UNIX_SOCKET_DIR [handshake/plugin-uses-socket-folder]', async (plugin) => {
    await using folder = await temporaryFolder();
    await using start = startBare(plugin, { ...HANDSHAKE_ENV, PLUGIN_UNIX_SOCKET_DIR: folder.path });
    const path = socketOf(await start.firstLine());
    assert.equal(dirname(path), folder.path);
    assert.ok((await stat(path)).isSocket());
  });

  check('gives its socket a new name each time, without its pid [handshake/plugin-socket-name-is-fresh]', async (plugin) => {
    await using first = startBare(plugin, HANDSHAKE_ENV);
    await using second = startBare(plugin, HANDSHAKE_ENV);
    const [one, two] = [socketOf(await first.firstLine()), socketOf(await second.firstLine())];
    assert.notEqual(one, two);
    assert.ok(!one.includes(String(first.pid)) && !two.includes(String(second.pid)), `${one} ${two}`);
  });
}

for (const [name, program, isOurs] of PLUGINS)
  test(
    `${name} gives its socket to the group that its host names, for that group alone [handshake/plugin-sets-socket-group]`,
    isOurs ? {} : go,
    async () => {
      const { number, text } = await anotherGroup();
      for (const group of [String(number), text]) {
        await using start = startBare(await program(), { ...HANDSHAKE_ENV, PLUGIN_UNIX_SOCKET_GROUP: group });
        const { gid, mode } = await stat(socketOf(await start.firstLine()));
        assert.deepEqual([gid, mode & 0o777], [number, 0o660], group);
      }
    },
  );

test('our plugin, where the platform is said to be Windows, listens on 127.0.0.1 at a port of the range, or says that all are taken [handshake/plugin-listens-on-windows]', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as { port: number };
  const range = { ...HANDSHAKE_ENV, ...WINDOWS_ENV, PLUGIN_MIN_PORT: String(port), PLUGIN_MAX_PORT: String(port) };
  await using refused = startBare(ourPlugin(), range);
  assert.equal(await refused.exited(), 1);
  assert.match(refused.stderr(), /couldn't bind plugin TCP listener/);
  taken.close();
  await once(taken, 'close');
  await using start = startBare(ourPlugin(), range);
  assert.equal(await start.firstLine(), `1|2|tcp|127.0.0.1:${port}|grpc|\n`);
});

test(
  'the genuine host calls our plugin over TCP as well, in plaintext and over mutual TLS [handshake/plugin-listens-on-windows] [tls/plugin-answers-certificate]',
  go,
  async () => {
    const callAndStop = async (autoMtls: boolean) => {
      await using probe = await startGoProbe(ourPlugin(), { autoMtls, env: WINDOWS_ENV });
      const [host, port] = probe.address.split(':');
      assert.ok(host === '127.0.0.1' && Number(port) >= 10_000 && Number(port) <= 25_000, probe.address);
      assert.equal((await probe.run({ op: 'health' })).status, 'OK');
      const { exitCode, forced } = await probe.run({ op: 'kill' });
      assert.deepEqual([exitCode, forced], [0, false]);
    };
    for (const autoMtls of [false, true]) await tryTimes(5, () => callAndStop(autoMtls));
  },
);

test('our plugin says so when it cannot give its socket away, and prints no handshake', async () => {
  await using start = startBare(ourPlugin(), { ...HANDSHAKE_ENV, PLUGIN_UNIX_SOCKET_GROUP: 'no-such-group' });
  assert.equal(await start.exited(), 1);
  assert.equal(start.stdout(), '');
  assert.match(start.stderr(), /PLUGIN_UNIX_SOCKET_GROUP/);
});

test(
  'the script that Grafana starts in our docs leaves no shell behind: the process that the genuine host kills is the plugin itself, alone with its pipes [handshake/plugin-launcher-leaves-no-shell]',
  go,
  // The genuine host kills after two seconds, whatever the machine does meanwhile.
  () =>
    tryTimes(5, async () => {
      await using workshop = await openWorkshop();
      const { command, args } = ourPlugin();
      const { program } = await workshop.add(`exec '${command}' ${args.map((word) => `'${word}'`).join(' ')}`);
      await using probe = await startGoProbe(program);
      assert.equal(await readlink(`/proc/${probe.pluginPid}/exe`), await realpath(command));
      const children = await readFile(`/proc/${probe.pluginPid}/task/${probe.pluginPid}/children`, 'utf8');
      assert.equal(children, '');
      await probe.run({ op: 'query', cancelAfterMs: 50, queries: [{ refId: 'A', queryType: 'slow', model: { delayMs: 60_000 } }] });
      const { forced, exitCode } = await probe.run({ op: 'kill' });
      // With another holder of the pipes the genuine host would wait for that one as well.
      assert.deepEqual([forced, exitCode], [false, 0]);
      assert.equal(existsSync(`/proc/${probe.pluginPid}`), false);
    }),
);

test(
  'our plugin has no seventh field, also when the host could multiplex, and the genuine host then refuses it clearly [handshake/plugin-omits-mux-field]',
  go,
  async () => {
    await using start = startBare(ourPlugin(), { ...HANDSHAKE_ENV, PLUGIN_MULTIPLEX_GRPC: 'true' });
    assert.match(await start.firstLine(), LINE);
    await assert.rejects(
      startGoProbe(ourPlugin(), { mux: true }),
      (error: Error) => error instanceof GoStartError && /multiplexing/.test(error.message),
    );
  },
);

test(
  'the genuine host starts our plugin when it passes nothing of its own environment [handshake/plugin-needs-no-environment]',
  go,
  async () => {
    await using probe = await startGoProbe(ourPlugin(), { skipHostEnv: true });
    assert.equal((await probe.run({ op: 'health' })).status, 'OK');
  },
);

test('our plugin ends by itself when its host is killed, and takes its socket along [lifecycle/plugin-follows-host]', go, async () => {
  const probe = await startGoProbe(ourPlugin());
  const stat = () => existsSync(`/proc/${probe.pluginPid}`);
  assert.ok(stat());
  process.kill(probe.hostPid, 'SIGKILL');
  await probe[Symbol.asyncDispose]();
  const deadline = Date.now() + 100_000;
  while (stat() && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(stat(), false);
  assert.equal(existsSync(probe.address), false);
});

/** A group that this user may give files to, other than the one that files get by themselves where there is one. */
async function anotherGroup(): Promise<{ readonly number: number; readonly text: string }> {
  const groups = (await readFile('/etc/group', 'utf8')).split('\n').map((line) => line.split(':'));
  const own = process.getgid?.();
  const allowed = (number: number) => process.getuid?.() === 0 || process.getgroups?.().includes(number);
  const named = groups
    .map(([text = '', , number]) => ({ text, number: Number(number) }))
    .filter(({ text, number }) => text && allowed(number));
  const found = named.find(({ number }) => number !== own) ?? named[0];
  assert.ok(found, 'this user is in no group that /etc/group knows');
  return found;
}

/** Makes our plugin believe that it runs on Windows; by the environment, because an executable takes no options for its Node. */
const WINDOWS_ENV = { NODE_OPTIONS: `--require=${join(conformanceFolder, 'fixtures', 'as-windows.mjs')}` };

function socketOf(line: string): string {
  const path = LINE.exec(line)?.[1];
  assert.ok(path, `no handshake: ${JSON.stringify(line)}`);
  return path;
}

/** Connects, sends HTTP/2's preface with empty SETTINGS, and returns the first bytes that come back. */
async function exchange(path: string): Promise<Buffer> {
  const socket = connect(path);
  try {
    await once(socket, 'connect');
    socket.write(Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0])]));
    const [bytes] = (await once(socket, 'data')) as [Buffer];
    return bytes;
  } finally {
    socket.destroy();
  }
}
