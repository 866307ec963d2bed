import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import test from 'node:test';
import { type HostOptions, isHostError } from '@backplane/host';
import { GoStartError, goPlugin, HANDSHAKE_ENV, HOST_CONTEXT, openWorkshop, startBare, startGoProbe } from '../probes/index.ts';
import { needsGo } from '../support/go.ts';
import { eventually } from './case.ts';

// How our host starts plugins that a genuine plugin is not; the genuine host is given the same scripts.
const go = await needsGo();
const WAIT = 'exec sleep 600';

interface Refusal {
  readonly name: string;
  readonly script: string;
  /** Long where the plugin is given up before. */
  readonly startTimeoutMs?: number;
  readonly code: string;
  /** What our message must say. */
  readonly says: RegExp;
  /** What go-plugin says. */
  readonly genuine: RegExp;
}

const line = (text: string) => `printf '%s\\n' '${text}'\n${WAIT}`;
const REFUSALS: readonly Refusal[] = [
  {
    name: 'a first line of fewer than four fields is quoted, also when a handshake follows [handshake/host-refuses-other-first-line]',
    script: `echo 'warning: a banner'\n${line('1|2|unix|/nowhere|grpc|')}`,
    code: 'handshake_invalid',
    says: /warning: a banner/,
    genuine: /Unrecognized remote plugin message: warning: a banner/,
  },
  {
    name: 'a plugin that ends without a line is reported at once [handshake/host-reports-silent-exit]',
    script: 'echo "cannot go on" >&2; exit 3',
    code: 'handshake_missing',
    says: /cannot go on/,
    genuine: /Failed to read any lines/,
  },
  {
    name: 'a plugin that prints nothing is given up in time [handshake/host-limits-start]',
    script: WAIT,
    startTimeoutMs: 3000,
    code: 'handshake_timeout',
    says: /3000 ms/,
    genuine: /timeout while waiting for plugin to start/,
  },
  {
    name: 'text without a line end is no line [handshake/host-needs-whole-line]',
    script: `printf '1|2|unix|/nowhere|grpc|'\n${WAIT}`,
    startTimeoutMs: 3000,
    code: 'handshake_timeout',
    says: /1\|2\|unix/,
    genuine: /timeout while waiting for plugin to start/,
  },
  ...(
    [
      ['a core version of 2', '2|2|unix|/nowhere|grpc|', 'incompatible core API version'],
      ['a core version that is no number', 'x|2|unix|/nowhere|grpc|', 'error parsing core protocol version'],
      ['an app version that was not offered', '1|1|unix|/nowhere|grpc|', 'incompatible API version'],
      ['an app version that is no number', '1|zz|unix|/nowhere|grpc|', 'Error parsing protocol version'],
    ] as const
  ).map(([what, text, genuine]) => ({
    name: `${what} is refused [handshake/host-refuses-versions]`,
    script: line(text),
    code: 'handshake_invalid',
    says: new RegExp(genuine),
    genuine: new RegExp(genuine),
  })),
  ...(
    [
      ['another network', '1|2|udp|/nowhere|grpc|', 'unknown address type'],
      ['another protocol', '1|2|unix|/nowhere|foo|', 'unsupported plugin protocol "foo"'],
      ['a missing protocol', '1|2|unix|/nowhere', 'unsupported plugin protocol "netrpc"'],
    ] as const
  ).map(([what, text, genuine]) => ({
    name: `${what} is refused [handshake/host-refuses-transports]`,
    script: line(text),
    code: 'handshake_invalid',
    says: new RegExp(genuine),
    genuine: new RegExp(genuine),
  })),
];

for (const { name, script, startTimeoutMs = 60_000, code, says, genuine } of REFUSALS) {
  test(`our host: ${name} [handshake/host-kills-after-failure]`, async () => {
    await using workshop = await openWorkshop({ startTimeoutMs });
    const plugin = await workshop.add(`echo $$ > "$OUT/pid"\n${script}`);
    await assert.rejects(workshop.host.launch(plugin.folder), (error: Error) => {
      assert.ok(isHostError(error) && error.code === code, `${isHostError(error) ? error.code : ''} ${error.message}`);
      assert.match(error.message, says);
      return true;
    });
    const pid = (await plugin.written('pid'))?.trim();
    assert.ok(pid && !existsSync(`/proc/${pid}`), `process ${pid} is still there`);
  });

  test(`the genuine host: ${name}`, go, async () => {
    await using workshop = await openWorkshop();
    const { program } = await workshop.add(script);
    await assert.rejects(
      startGoProbe(program, { startTimeoutMs }),
      (error: Error) => error instanceof GoStartError && genuine.test(error.message),
    );
  });
}

test('our host reports a missing executable at once [handshake/host-reports-missing-executable]', async () => {
  await using workshop = await openWorkshop();
  const plugin = await workshop.add(undefined);
  await assert.rejects(workshop.host.launch(plugin.folder), (error) => isHostError(error) && error.code === 'executable_missing');
});

/** Handshakes that name the address of a genuine plugin which runs already. */
const ACCEPTED: readonly (readonly [name: string, line: (path: string, port: number) => string])[] = [
  ['five fields [handshake/host-reads-five-fields]', (path) => `1|2|unix|${path}|grpc`],
  ['six fields [handshake/host-reads-six-fields]', (path) => `1|2|unix|${path}|grpc|`],
  ['seven fields [handshake/host-reads-seven-fields]', (path) => `1|2|unix|${path}|grpc||true`],
  ['CR and blanks around the line [handshake/host-trims-line]', (path) => `  1|2|unix|${path}|grpc| \r`],
  ['a short sixth field [handshake/host-ignores-short-certificate]', (path) => `1|2|unix|${path}|grpc|abc`],
  ['a tcp address without host [handshake/host-dials-any-interface]', (_, port) => `1|2|tcp|:${port}|grpc|`],
];

for (const [name, format] of ACCEPTED)
  test(`our host accepts ${name}`, go, async () => {
    await using genuine = await startRunningPlugin();
    await using workshop = await openWorkshop({ shutdownWaitMs: 100, termWaitMs: 100 });
    const plugin = await workshop.launch(line(format(genuine.path, genuine.port)));
    assert.equal((await plugin.checkHealth({ context: HOST_CONTEXT, headers: {} })).status, 'OK');
  });

test('our host reads on after the handshake, so that a plugin which prints is not held up [handshake/host-drains-stdout]', go, async () => {
  await using genuine = await startRunningPlugin();
  await using workshop = await openWorkshop({ shutdownWaitMs: 100, termWaitMs: 100 });
  const text = 'x'.repeat(1023);
  const flood = `i=0; while [ $i -lt 2000 ]; do echo ${text}; i=$((i+1)); done; echo done > "$OUT/flood"; ${WAIT}`;
  const plugin = await workshop.add(`printf '%s\\n' '1|2|unix|${genuine.path}|grpc|'\n${flood}`);
  const handle = await workshop.host.launch(plugin.folder);
  assert.equal((await handle.checkHealth({ context: HOST_CONTEXT, headers: {} })).status, 'OK');
  await eventually(
    () => plugin.written('flood'),
    (written) => written !== undefined,
  );
});

test('our host sets cookie, version and ports, and a socket folder of its own, which go-plugin leaves out [handshake/host-sets-cookie] [handshake/host-offers-version-2] [handshake/host-sets-port-range] [handshake/host-sets-no-other-variables]', async () => {
  const { env } = await startedWith();
  assert.equal(env.grafana_plugin_type, 'datasource');
  assert.equal(env.PLUGIN_PROTOCOL_VERSIONS, '2');
  assert.deepEqual([env.PLUGIN_MIN_PORT, env.PLUGIN_MAX_PORT], ['10000', '25000']);
  assert.deepEqual([env.PLUGIN_CLIENT_CERT, env.PLUGIN_MULTIPLEX_GRPC, env.PLUGIN_UNIX_SOCKET_GROUP], [undefined, undefined, undefined]);
  assert.ok(env.PLUGIN_UNIX_SOCKET_DIR);
});

test('our host passes no arguments and its own working folder [handshake/host-passes-no-arguments] [handshake/host-keeps-working-folder]', async () => {
  const { argumentCount, folder } = await startedWith();
  assert.deepEqual([argumentCount, folder], ['0', process.cwd()]);
});

test('our host keeps its environment back, and lets it win where a plugin is given all of it [handshake/host-can-skip-environment] [handshake/host-environment-wins]', async (t) => {
  process.env.GF_VERSION = '1.2.3';
  process.env.CONFORMANCE_SECRET = 'host';
  t.after(() => {
    delete process.env.GF_VERSION;
    delete process.env.CONFORMANCE_SECRET;
  });
  const { env: kept } = await startedWith();
  assert.deepEqual([kept.GF_VERSION, kept.CONFORMANCE_SECRET, kept.HOME], ['12.4.0', undefined, undefined]);
  const { env: given } = await startedWith((id) => ({ forwardHostEnv: [id] }));
  assert.deepEqual([given.GF_VERSION, given.CONFORMANCE_SECRET, given.HOME], ['1.2.3', 'host', process.env.HOME]);
});

/** What a plugin sees when it starts. */
async function startedWith(options: (id: string) => HostOptions = () => ({})) {
  await using shelf = await openWorkshop();
  const plugin = await shelf.add('export -p > "$OUT/env"; echo $# > "$OUT/arguments"; pwd > "$OUT/folder"');
  await using workshop = await openWorkshop(options(plugin.id));
  await assert.rejects(workshop.host.launch(plugin.folder), (error) => isHostError(error) && error.code === 'handshake_missing');
  const text = (await plugin.written('env')) ?? '';
  const env = Object.fromEntries([...text.matchAll(/^export (\w+)='(.*)'$/gm)].map(([, name, value]) => [name, value])) as Record<
    string,
    string | undefined
  >;
  return { env, argumentCount: (await plugin.written('arguments'))?.trim(), folder: (await plugin.written('folder'))?.trim() };
}

/** A genuine plugin that runs by itself, at a socket and, through a relay, at a port. */
async function startRunningPlugin(): Promise<AsyncDisposable & { readonly path: string; readonly port: number }> {
  const start = startBare(await goPlugin(), HANDSHAKE_ENV);
  const path = (await start.firstLine()).split('|')[3]!;
  const relay = createServer((socket) => {
    const onward = connect(path);
    const end = () => {
      for (const one of [socket, onward]) one.destroy();
    };
    socket.on('error', end).on('close', end).pipe(onward);
    onward.on('error', end).on('close', end).pipe(socket);
  });
  relay.listen(0, '127.0.0.1');
  await new Promise((resolve) => relay.once('listening', resolve));
  const { port } = relay.address() as { port: number };
  return {
    path,
    port,
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => relay.close(resolve));
      await start[Symbol.asyncDispose]();
    },
  };
}
