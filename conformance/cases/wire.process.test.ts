import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectSocket } from 'node:net';
import test from 'node:test';
import { decodeArrow } from '@backplane/frames';
import type { PluginHandle } from '@backplane/host';
import { connect } from '@backplane/protocol/grpc';
import { data, resource } from '@backplane/protocol/pluginv2';
import {
  goPlugin,
  HANDSHAKE_ENV,
  HOST_CONTEXT,
  openWorkshop,
  ourPlugin,
  type PluginProgram,
  startBare,
  startGoProbe,
} from '../probes/index.ts';
import { goProgram, needsGo } from '../support/go.ts';
import { openSniffer, type SniffedFrame, type Sniffer } from '../support/sniffer.ts';
import { eventually } from './case.ts';

// What is on the wire between a host and a plugin, frame by frame, read by a relay that neither of them knows of.
const go = await needsGo();
const STDIO = '/plugin.GRPCStdio/StreamStdio';
const BROKER = '/plugin.GRPCBroker/StartStream';
const HEALTH = '/pluginv2.Diagnostics/CheckHealth';
const RESOURCE = '/pluginv2.Resource/CallResource';
/** Looks in a row that find a producer where it was. */
const STILL = 10;

const PLUGINS: readonly (readonly [name: string, program: () => Promise<PluginProgram>])[] = [
  ['the genuine plugin', goPlugin],
  ['our plugin', async () => ourPlugin()],
];

for (const [name, program] of PLUGINS) {
  test(
    `${name} holds the streams for output and broker open and says nothing on them while calls go on [helpers/plugin-stdio-waits] [helpers/plugin-broker-waits]`,
    go,
    async () => {
      await using line = await openLine(await program());
      await using probe = await startGoProbe(await line.program());
      for (let call = 0; call < 3; call++) assert.equal((await probe.run({ op: 'health' })).status, 'OK');
      for (const path of [STDIO, BROKER]) {
        const frames = await line.sniffer.call(path);
        assert.deepEqual(
          frames.filter(({ from, type }) => from === 'plugin' && type !== 'WINDOW_UPDATE'),
          [],
        );
      }
      assertSound(line.sniffer);
    },
  );

  test(`${name} stops producing once its reader stops reading [calls/plugin-waits-for-reader]`, go, async () => {
    await using start = startBare(await program(), HANDSHAKE_ENV);
    await using channel = await connect({ network: 'unix', path: socketOf(await start.firstLine()) }, {});
    const pluginContext = { orgId: 1n, dataSourceInstanceSettings: { uid: 'u', lastUpdatedMS: 1n } };
    const asked = { pluginContext, method: 'GET', path: 'endless', url: 'endless' };
    const parts = channel.serverStream(resource.callResource, asked)[Symbol.asyncIterator]();
    await parts.next();
    const queries = [{ refId: 'A', queryType: 'counters', json: Buffer.from('{}'), timeRange: {} }];
    const kibibytes = async () => {
      const { responses } = await channel.unary(data.queryData, { pluginContext, queries });
      return Number(decodeArrow(responses.A!.frames[0]!).field('written')?.get(0));
    };
    const seen: number[] = [];
    await eventually(
      async () => seen.push(await kibibytes()),
      () => seen.length >= STILL && new Set(seen.slice(-STILL)).size === 1,
    );
    assert.ok(seen.at(-1)! < 64 * 1024, `${seen.at(-1)} KiB were produced for a reader that has left them unread`);
    await parts.return?.();
  });

  test(`${name} ignores a connection that its host announces on the broker stream [helpers/plugin-broker-waits]`, go, async () => {
    await using start = startBare(await program(), HANDSHAKE_ENV);
    await using channel = await connect({ network: 'unix', path: socketOf(await start.firstLine()) });
    const raw = { encode: (message: Uint8Array) => message, decode: (message: Uint8Array) => message };
    const broker = channel.duplex({ kind: 'duplex', path: BROKER, request: raw, response: raw });
    // ConnInfo { service_id: 7, network: "tcp", address: "127.0.0.1:1" }
    await broker.send(Buffer.concat([Buffer.from([8, 7, 18, 3]), Buffer.from('tcp'), Buffer.from([26, 11]), Buffer.from('127.0.0.1:1')]));
    const answered = broker[Symbol.asyncIterator]().next();
    const call = channel.unary({ kind: 'unary', path: HEALTH, request: raw, response: raw }, Buffer.from([10, 0]));
    assert.notEqual(await Promise.race([call, answered.catch(() => 'ended')]), 'ended');
    broker.cancel();
    await answered.catch(() => undefined);
  });
}

test(
  'our host opens both streams at once, ends its half of the first alone, and keeps them until it stops the plugin [helpers/host-holds-broker-open] [helpers/host-reads-stdio]',
  go,
  async () => {
    await using line = await openLine(await goPlugin());
    await using opened = await line.launch();
    for (let call = 0; call < 3; call++) await checkHealth(opened.plugin);
    const [stdio, broker] = [await line.sniffer.call(STDIO), await line.sniffer.call(BROKER)];
    const byHost = (frames: readonly SniffedFrame[]) =>
      frames.filter(({ from }) => from === 'host').map(({ type, endStream = false }) => `${type}${endStream ? ' END_STREAM' : ''}`);
    assert.deepEqual(byHost(stdio), ['HEADERS', 'DATA END_STREAM']);
    assert.deepEqual(byHost(broker), ['HEADERS']);
    const firstCall = (await line.sniffer.call(HEALTH))[0]!;
    assert.ok(stdio[0]!.stream < firstCall.stream && broker[0]!.stream < firstCall.stream);
    assertSound(line.sniffer);
  },
);

test(
  'our host sends the request headers that the genuine host sends, and no compression [transport/host-request-headers] [transport/host-does-not-compress]',
  go,
  async () => {
    await using line = await openLine(await goPlugin());
    await using genuine = await startGoProbe(await line.program());
    await genuine.run({ op: 'health' });
    const genuineHeaders = headersOf(await line.sniffer.call(HEALTH));
    await using ours = await openLine(await goPlugin());
    await using opened = await ours.launch();
    await checkHealth(opened.plugin);
    for await (const _ of (await callResource(opened.plugin, 'status/204', new Uint8Array(100_000))).body);
    for (const path of [HEALTH, RESOURCE, STDIO, BROKER]) {
      const frames = await ours.sniffer.call(path);
      const headers = headersOf(frames);
      assert.deepEqual(
        [':method', ':scheme', ':path', 'content-type', 'te'].map((name) => headers.get(name)),
        ['POST', 'http', path, 'application/grpc', 'trailers'],
      );
      assert.ok(headers.get(':authority'));
      assert.match(headers.get('user-agent') ?? '', /^grpc-/);
      for (const name of ['grpc-encoding', 'grpc-accept-encoding', 'connection']) assert.equal(headers.get(name), undefined, name);
      // A message begins with a byte that is 1 when it is compressed.
      const data = frames.find(({ from, type }) => from === 'host' && type === 'DATA');
      if (data !== undefined) assert.equal(Buffer.from(data.start!, 'base64')[0], 0);
    }
    // Grafana links no compressor; the probe does, and says so.
    const sent = headersOf(ours.sniffer.frames()).set('grpc-accept-encoding', '');
    const missing = [...genuineHeaders.keys()].filter((name) => !sent.has(name));
    assert.deepEqual(missing, [], 'the genuine host sends more');
    assertSound(ours.sniffer);
  },
);

test(
  'our host acknowledges every PING by which a genuine plugin measures the line, with its own bytes [transport/host-acknowledges-pings]',
  go,
  async () => {
    await using line = await openLine(await goPlugin());
    await using opened = await line.launch();
    let bytes = 0;
    for await (const part of (await callResource(opened.plugin, 'bytes/10000000', new Uint8Array(1_000_000))).body) bytes += part.length;
    assert.equal(bytes, 10_000_000);
    const asked = await line.sniffer.find(({ from, type, ack }) => from === 'plugin' && type === 'PING' && ack !== true);
    await line.sniffer.find(({ from, type, ack, start }) => from === 'host' && type === 'PING' && ack === true && start === asked.start);
    assertSound(line.sniffer);
  },
);

test(
  'our host sends no PING of its own, however long it idles: a server that allows one an hour, and itself pings every second, keeps the connection [transport/host-pings-rarely] [transport/host-acknowledges-pings]',
  go,
  async () => {
    const strict = { command: await goProgram('strict-datasource'), args: [] };
    await using line = await openLine(strict);
    await using opened = await line.launch();
    await checkHealth(opened.plugin);
    const { sniffer } = line;
    const asked = () => sniffer.frames().filter(({ from, type, ack }) => from === 'plugin' && type === 'PING' && ack !== true);
    await sniffer.find(() => asked().length >= 4);
    const answered = () => sniffer.frames().filter(({ from, type, ack }) => from === 'host' && type === 'PING' && ack === true);
    await sniffer.find(() => answered().length >= 4);
    await checkHealth(opened.plugin);
    const own = sniffer.frames().filter(({ from, type, ack }) => from === 'host' && type === 'PING' && ack !== true);
    assert.deepEqual(own, []);
    assert.equal(new Set(sniffer.frames().map(({ connection }) => connection)).size, 1);
    assertSound(sniffer);

    // The same server does close the connection of a client that pings: what it did not do above means something.
    await using start = startBare(strict, HANDSHAKE_ENV);
    await using other = await openSniffer(socketOf(await start.firstLine()));
    const socket = connectSocket(other.path);
    socket.on('error', () => undefined); // the server may be faster than the last PING
    await once(socket, 'connect');
    const ping = Buffer.from([0, 0, 8, 6, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8]);
    socket.write(
      Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]), ping, ping, ping, ping]),
    );
    assert.equal((await other.find(({ from, type }) => from === 'plugin' && type === 'GOAWAY')).code, 'ENHANCE_YOUR_CALM');
    socket.destroy();
  },
);

/** A plugin behind a relay, for either host. */
async function openLine(program: PluginProgram) {
  const start = startBare(program, HANDSHAKE_ENV);
  const sniffer = await openSniffer(socketOf(await start.firstLine()));
  const script = `printf '%s\\n' '1|2|unix|${sniffer.path}|grpc|'\nexec sleep 600`;
  const workshop = await openWorkshop({ shutdownWaitMs: 100, termWaitMs: 100 });
  return {
    sniffer,
    /** For the genuine host. */
    program: async () => (await workshop.add(script)).program,
    /** By our host. */
    async launch() {
      const plugin = await workshop.launch(script);
      return { plugin, [Symbol.asyncDispose]: () => plugin[Symbol.asyncDispose]() };
    },
    async [Symbol.asyncDispose]() {
      await workshop[Symbol.asyncDispose]();
      await sniffer[Symbol.asyncDispose]();
      await start[Symbol.asyncDispose]();
    },
  };
}

function socketOf(line: string): string {
  const path = line.split('|')[3];
  assert.ok(path, line);
  return path;
}

async function checkHealth(plugin: PluginHandle): Promise<void> {
  assert.equal((await plugin.checkHealth({ context: HOST_CONTEXT, headers: {} })).status, 'OK');
}

function callResource(plugin: PluginHandle, path: string, body: Uint8Array) {
  return plugin.callResource({ context: HOST_CONTEXT, path, method: 'POST', url: path, headers: {}, body });
}

function headersOf(frames: readonly SniffedFrame[]): Map<string, string> {
  return new Map(frames.filter(({ from, type }) => from === 'host' && type === 'HEADERS').flatMap(({ headers = [] }) => headers));
}

/** The relay could read all of it, and nobody gave up. */
function assertSound(sniffer: Sniffer): void {
  const wrong = sniffer.frames().filter(({ problem, type }) => problem !== undefined || type === 'GOAWAY');
  assert.deepEqual(wrong, []);
}
