import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { encodeArrow, float64, frame, frameToJson } from '@backplane/frames';
import { collectChunks, createHost, type DataQuery, followStream, HostError, type PluginHandle } from '@backplane/host';
import { createPluginListenAddress } from '@backplane/protocol/goplugin';
import { createServer } from '@backplane/protocol/grpc';
import { data, resource, stream } from '@backplane/protocol/pluginv2';
import { HOST_CONTEXT, openWorkshop } from '../probes/index.ts';
import { fillPluginsFolder, needsGo } from '../support/go.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { eventually } from './case.ts';

// What our host makes of a plugin's answers and of its end. The plugin is genuine, or a server that answers what none would.
const go = await needsGo();

const query = (queryType: string, model: object = {}): DataQuery => ({
  refId: 'A',
  queryType,
  maxDataPoints: 9_007_199_254_740_993n,
  intervalMs: 1000,
  timeRange: { fromMs: 0, toMs: 1000 },
  json: JSON.stringify({ refId: 'A', queryType, ...model }),
});
const ask = (plugin: PluginHandle, queryType: string, model: object = {}) =>
  plugin.queryData({ context: HOST_CONTEXT, headers: {}, queries: [query(queryType, model)] });
const call = (plugin: PluginHandle, path: string) =>
  plugin.callResource({ context: HOST_CONTEXT, path, method: 'GET', url: path, headers: {}, body: new Uint8Array() });
const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'no error',
    (error) => (error instanceof HostError ? error.code : String(error)),
  );

test(
  'our host sends all that Go reads without asking: no call makes the genuine plugin panic [calls/host-sends-sub-messages] [calls/host-sends-exact-integers]',
  go,
  async () => {
    await using opened = await openGenuine();
    const { plugin } = opened;
    assert.equal((await plugin.checkHealth({ context: HOST_CONTEXT, headers: {} })).status, 'OK');
    const { responses } = await ask(plugin, 'echo');
    assert.match(String(responses.get('A')?.frames[0]?.fields[0]?.get(0)), /"maxDataPoints":9007199254740993\b/);
    assert.match(new TextDecoder().decode(await plugin.collectMetrics({})), /conformance_queries_total/);
    assert.equal((await call(plugin, 'status/204')).status, 204);
    const stream = { context: HOST_CONTEXT, path: 'ticks/1', data: new Uint8Array(), headers: {} };
    assert.equal((await plugin.subscribeStream(stream)).status, 'OK');
    assert.equal((await Array.fromAsync(plugin.runStream(stream))).length, 1);
  },
);

test(
  'our host maps the ways in which a query fails to its own errors, and keeps whose fault it was [calls/host-maps-query-errors]',
  go,
  async () => {
    await using opened = await openGenuine();
    const { plugin } = opened;
    const codes = await Promise.all([12, 8, 2].map((code) => codeOf(ask(plugin, 'fail-status', { code, message: 'asked to' }))));
    assert.deepEqual(codes, ['method_not_implemented', 'resource_exhausted', 'request_failed']);
    const error = await ask(plugin, 'fail-downstream', { message: 'down' }).catch((caught) => caught);
    assert.ok(error instanceof HostError);
    assert.equal((error.facts as { errorSource?: string }).errorSource, 'downstream');
  },
);

test(
  'our host says that health and metrics are not there for a plugin that only answers queries [calls/host-health-not-implemented] [calls/host-metrics-not-implemented]',
  go,
  async () => {
    await using opened = await openGenuine('acme-ref-min-datasource');
    const health = await opened.plugin.checkHealth({ context: HOST_CONTEXT, headers: {} });
    assert.deepEqual([health.status, health.message], ['UNKNOWN', 'Health check not implemented']);
    assert.equal((await opened.plugin.collectMetrics({})).length, 0);
  },
);

test(
  'our host passes each part of a resource on as it comes, status and headers with the first [calls/host-streams-resources]',
  go,
  async () => {
    await using opened = await openGenuine();
    const response = await opened.plugin.callResource({
      context: HOST_CONTEXT,
      path: 'chunks/3',
      method: 'GET',
      url: 'chunks/3?delayMs=150',
      headers: {},
      body: new Uint8Array(),
    });
    assert.deepEqual([response.status, response.headers['Content-Type']], [200, ['text/plain']]);
    const times: number[] = [];
    for await (const _ of response.body) times.push(performance.now());
    assert.ok(times.length === 3 && times[2]! - times[0]! >= 200, `parts at ${times}`);
  },
);

test('our host decodes each reply by the format that it names, fills refIds, mends statuses, and needs no helper service [calls/host-decodes-by-reply] [calls/host-fills-ref-id] [calls/host-mends-status] [calls/host-empty-resource] [helpers/host-tolerates-missing-helpers]', async () => {
  const table = frame('table', { value: float64([1.5]) });
  await using server = createServer({});
  server.unary(data.queryData, () => ({
    responses: {
      arrow: { frames: [encodeArrow(table)], status: 200, format: 0 },
      json: { frames: [Buffer.from(frameToJson(table))], status: 200, format: 1 },
      zero: { frames: [encodeArrow(table)], format: 0 },
      strange: { error: 'odd', status: 42, format: 0 },
    },
  }));
  server.serverStream(resource.callResource, async function* () {});
  await using opened = await openServed(server);
  const { responses } = await opened.plugin.queryData({ context: HOST_CONTEXT, headers: {}, queries: [query('')] });
  for (const refId of ['arrow', 'json', 'zero']) {
    const [first] = responses.get(refId)!.frames;
    assert.deepEqual([first?.refId, first?.fields[0]?.get(0)], [refId, 1.5]);
  }
  assert.deepEqual(
    ['arrow', 'json', 'zero', 'strange'].map((refId) => responses.get(refId)?.status),
    [200, 200, 500, 500],
  );
  assert.equal(await codeOf(call(opened.plugin, 'nothing')), 'resource_unanswered');
});

test(
  'our host starts a crashed plugin again at once; calls wait for it instead of failing [lifecycle/host-restarts] [lifecycle/host-unavailable-between]',
  go,
  async (t) => {
    await using opened = await openGenuine();
    const { plugin } = opened;
    const pid = pidOf(plugin);
    process.kill(pid!, 'SIGKILL');
    const began = performance.now();
    await eventually(
      async () => plugin.phase.kind === 'ready' && pidOf(plugin) !== pid,
      (isBack) => isBack || !existsSync(`/proc/${pid}`),
    );
    assert.equal((await plugin.checkHealth({ context: HOST_CONTEXT, headers: {} })).status, 'OK');
    t.diagnostic(`the next call was answered after ${(performance.now() - began).toFixed(0)} ms`);
    assert.notEqual(pidOf(plugin), pid);
  },
);

test(
  'a plugin killed under load: every call ends with an answer or a typed error, the next is answered, nothing remains [transport/host-maps-lost-connection] [lifecycle/host-restarts]',
  go,
  async (t) => {
    await using opened = await openGenuine();
    const { plugin } = opened;
    const pid = pidOf(plugin)!;
    const calls = Array.from({ length: 200 }, (_, i) =>
      codeOf(ask(plugin, i % 2 === 0 ? 'slow' : 'table', { delayMs: 60_000, rows: 1000, cols: 5 })),
    );
    await codeOf(ask(plugin, 'table', { rows: 1, cols: 1 }));
    process.kill(pid, 'SIGKILL');
    const began = performance.now();
    const ends = new Set(await Promise.all(calls));
    for (const end of ends) assert.ok(['no error', 'connection_lost'].includes(end), end);
    assert.ok(ends.has('connection_lost'));
    await ask(plugin, 'table', { rows: 1, cols: 1 });
    t.diagnostic(`the next call was answered after ${(performance.now() - began).toFixed(0)} ms`);
    const last = pidOf(plugin)!;
    await opened[Symbol.asyncDispose]();
    assert.deepEqual([existsSync(`/proc/${pid}`), existsSync(`/proc/${last}`)], [false, false]);
  },
);

test('our host does not wait for ever for a plugin that ignores every way to stop, and stops several at a time [helpers/host-limits-shutdown] [helpers/host-kills-after-two-seconds] [lifecycle/host-stops-in-parallel]', async () => {
  await using server = createServer({});
  await using served = await listenAlone(server);
  await using workshop = await openWorkshop();
  const script = `trap '' TERM INT HUP; printf '%s\\n' '1|2|unix|${served.path}|grpc|'; while :; do sleep 60; done`;
  const plugins = await Promise.all([workshop.launch(script), workshop.launch(script), workshop.launch(script)]);
  const pids = plugins.map(pidOf);
  const began = performance.now();
  const disposing = workshop.host[Symbol.asyncDispose]();
  await new Promise(setImmediate);
  assert.deepEqual(
    plugins.map(({ phase }) => phase.kind),
    ['draining', 'draining', 'draining'],
  );
  await disposing;
  const ms = performance.now() - began;
  assert.ok(ms >= 1900, `${ms} ms`);
  assert.deepEqual(
    pids.map((pid) => existsSync(`/proc/${pid}`)),
    [false, false, false],
  );
});

test('our host sees the end of a plugin whose grandchild still holds its pipes [lifecycle/host-sees-exit-behind-pipes]', async () => {
  await using server = createServer({});
  await using served = await listenAlone(server);
  await using workshop = await openWorkshop();
  const script = `sleep 300 & printf '%s\\n' '1|2|unix|${served.path}|grpc|'; sleep 3; exit 3`;
  const plugin = await workshop.launch(script);
  const first = pidOf(plugin);
  await eventually(
    async () => pidOf(plugin),
    (pid) => pid !== first,
  );
});

test(
  'our host joins the chunks of a frame, starts new ones, passes errors on, and asks a plugin without chunks at once [calls/host-chunked-merges] [calls/host-chunked-falls-back]',
  go,
  async () => {
    await using opened = await openGenuine();
    const { plugin } = opened;
    const chunked = (...queries: DataQuery[]) => plugin.queryChunkedData({ context: HOST_CONTEXT, headers: {}, queries });
    const parts = { chunks: 3, frames: 2, rows: 4, kinds: ['int64', 'string'] };
    const failing = { ...query('error', { message: 'no', status: 418 }), refId: 'B' };
    const { responses } = await collectChunks(chunked(query('table', parts), failing));
    const frames = responses.get('A')?.frames.map((one) => [one.name, one.refId, one.fields[0]?.toArray().length, one.fields[1]?.get(11)]);
    assert.deepEqual(frames, [
      ['table 0', 'A', 12, 'row 11 <1>'],
      ['table 1', 'A', 12, 'row 11 <1>'],
    ]);
    assert.deepEqual([responses.get('B')?.error, responses.get('B')?.status], ['no', 418]);
    const seen: string[] = [];
    const broken = async () => {
      for await (const { frameId } of chunked(query('fail', { ...parts, message: 'broke' }))) seen.push(frameId);
    };
    await assert.rejects(broken, (error: Error) => error instanceof HostError && /broke/.test(error.message));
    assert.deepEqual(seen, ['0', '1']);

    await using older = await openGenuine('acme-ref-min-datasource');
    const request = { context: HOST_CONTEXT, headers: {}, queries: [query('')] };
    const [whole, joined] = [await older.plugin.queryData(request), await collectChunks(older.plugin.queryChunkedData(request))];
    const summary = ({ responses }: typeof whole) =>
      [...responses].map(([refId, { frames, status }]) => [refId, status, frames.map((one) => frameToJson(one))]);
    assert.ok(whole.responses.size > 0);
    assert.deepEqual(summary(joined), summary(whole));
  },
);

test(
  'our host runs a stream again after an error and a packet that is no JSON, and not after its end [calls/host-runs-streams]',
  go,
  async () => {
    await using opened = await openGenuine();
    const request = (path: string) => ({ context: HOST_CONTEXT, path, data: new Uint8Array(), headers: {} });
    const ended = await Array.fromAsync(followStream(opened.plugin, request('ticks/2')), String);
    assert.deepEqual(ended, ['{"n":0}', '{"n":1}']);
    const failures: string[] = [];
    const packets: string[] = [];
    for await (const packet of followStream(opened.plugin, request('fails/2'), { onError: (error) => failures.push(String(error)) })) {
      packets.push(String(packet));
      if (packets.length === 5) break;
    }
    assert.deepEqual(
      packets,
      [0, 1, 0, 1, 0].map((n) => `{"n":${n}}`),
    );
    assert.ok(failures.length === 2 && failures.every((text) => /stream broke/.test(text)), failures.join('\n'));

    // What no plugin on the Go SDK sends.
    await using server = createServer({});
    let runs = 0;
    server.serverStream(stream.runStream, async function* () {
      yield { data: Buffer.from(runs++ === 0 ? 'not JSON' : '{"fine":true}') };
    });
    await using served = await openServed(server);
    const told: string[] = [];
    const mended = await Array.fromAsync(
      followStream(served.plugin, request('x'), { onError: (error) => told.push(String(error)) }),
      String,
    );
    assert.deepEqual([mended, runs], [['{"fine":true}'], 2]);
    assert.match(told[0] ?? '', /JSON/);
  },
);

test('our host tells a plugin the trace that a call belongs to [calls/host-injects-trace]', go, async () => {
  await using opened = await openGenuine();
  const { responses } = await ask(opened.plugin, 'echo');
  const received = JSON.parse(String(responses.get('A')?.frames[0]?.fields[0]?.get(0)));
  assert.equal(received.traceparent, 1);
});

const pidOf = (plugin: PluginHandle): number | undefined => (plugin.phase.kind === 'ready' ? plugin.phase.pid : undefined);

async function openGenuine(id: 'conformance-datasource' | 'acme-ref-min-datasource' = 'conformance-datasource') {
  const folder = await temporaryFolder();
  await fillPluginsFolder(folder.path, [id]);
  const host = await createHost({ runRoot: join(folder.path, 'run') });
  const plugin = await host.launch(join(folder.path, id));
  let isClosed = false;
  return {
    plugin,
    async [Symbol.asyncDispose]() {
      if (isClosed) return;
      isClosed = true;
      await host[Symbol.asyncDispose]();
      const left = await readdir(join(folder.path, 'run'), { recursive: true, withFileTypes: true });
      const sockets = left.filter((entry) => entry.isSocket()).map((entry) => entry.name);
      await folder[Symbol.asyncDispose]();
      assert.deepEqual(sockets, []);
    },
  };
}

type Server = ReturnType<typeof createServer>;

/** A server of this process behind a script that prints its address. */
async function openServed(server: Server) {
  const served = await listenAlone(server);
  const workshop = await openWorkshop({ shutdownWaitMs: 100, termWaitMs: 100 });
  const plugin = await workshop.launch(`printf '%s\\n' '1|2|unix|${served.path}|grpc|'\nexec sleep 600`);
  return {
    plugin,
    async [Symbol.asyncDispose]() {
      await workshop[Symbol.asyncDispose]();
      await served[Symbol.asyncDispose]();
    },
  };
}

async function listenAlone(server: Server) {
  const address = createPluginListenAddress({});
  assert.ok(address.network === 'unix');
  const listener = await server.listen(address);
  return { path: address.path, [Symbol.asyncDispose]: () => listener[Symbol.asyncDispose]() };
}
