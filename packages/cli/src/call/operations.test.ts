import assert from 'node:assert/strict';
import { test } from 'node:test';
import { frame, frameToJson, int64 } from '@backplane/frames';
import type { PluginHandle, StreamRequest } from '@backplane/host';
import { UsageError } from '../terminal/index.ts';
import { type CallOptions, type CallScene, OPERATIONS } from './operations.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const CONTEXT = { orgId: 1, config: {}, userAgent: '' };

/** A scene around a plugin of which only the called method exists. */
function createScene(plugin: Partial<PluginHandle>, options: Partial<CallOptions> = {}) {
  const printed = { out: '', err: '' };
  const stop = new AbortController();
  const scene: CallScene = {
    context: CONTEXT,
    headers: { 'http_X-A': 'b' },
    warnings: [],
    plugin: plugin as PluginHandle,
    options: { headers: [], rows: 20, json: false, ...options },
    terminal: {
      out: (text) => {
        printed.out += text;
      },
      err: (text) => {
        printed.err += text;
      },
      columns: undefined,
      env: {},
      signal: stop.signal,
    },
    call: { signal: stop.signal },
  };
  return { scene, printed, stop };
}

async function* endless(signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  for (let n = 0; ; n++) {
    signal?.throwIfAborted();
    yield bytes(`{"n":${n}}`);
  }
}

test('run stops after as many packets as were asked for, and gives the stream back', async () => {
  let given = false;
  const plugin: Partial<PluginHandle> = {
    async *runStream(request: StreamRequest, options) {
      assert.deepEqual([request.path, new TextDecoder().decode(request.data), request.headers], ['tick', '{"a":1}', { 'http_X-A': 'b' }]);
      try {
        yield* endless(options?.signal);
      } finally {
        given = true;
      }
    },
  };
  const { scene, printed } = createScene(plugin, { path: 'tick', data: '{"a": 1}', count: 2, json: true });
  assert.equal(await OPERATIONS.run?.(scene), 0);
  assert.equal(printed.out, '{"packets":[{"n":0},{"n":1}],"end":"CANCELLED"}\n');
  assert.ok(given);
});

test('a stream that the plugin ends is OK, one that the user ends is no failure', async () => {
  const plugin: Partial<PluginHandle> = {
    async *runStream() {
      yield bytes('1');
    },
  };
  const ending = createScene(plugin, { path: 'x', json: true });
  assert.equal(await OPERATIONS.run?.(ending.scene), 0);
  assert.equal(ending.printed.out, '{"packets":[1],"end":"OK"}\n');
  const stopped = createScene({ runStream: (_request, options) => waiting(options?.signal) }, { path: 'x' });
  setImmediate(() => stopped.stop.abort());
  assert.equal(await OPERATIONS.run?.(stopped.scene), 0);
  assert.equal(stopped.printed.err, '0 packets, stopped\n');
});

async function* waiting(signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  await new Promise((resolve) => signal?.addEventListener('abort', resolve, { once: true }));
  throw signal?.reason;
}

test('a stream that fails keeps what came before, and is exit code 1', async () => {
  const plugin: Partial<PluginHandle> = {
    async *runStream() {
      yield bytes('1');
      throw new Error('the plugin died');
    },
  };
  const json = createScene(plugin, { path: 'x', json: true });
  assert.equal(await OPERATIONS.run?.(json.scene), 1);
  assert.equal(json.printed.out, '{"packets":[1],"end":"ERROR","error":"the plugin died","grpcCode":null}\n');
  const text = createScene(plugin, { path: 'x' });
  await assert.rejects(async () => OPERATIONS.run?.(text.scene), /the plugin died/);
});

test('packets that are frames are drawn, others are shown as they are', async () => {
  const packets = [
    bytes(frameToJson(frame('tick', { n: int64([7n]) }))),
    bytes('{"data":{"values":[[8]]}}'),
    bytes('a\u001b[2J'),
    new Uint8Array([0xff]),
  ];
  const plugin: Partial<PluginHandle> = {
    async *runStream() {
      yield* packets;
    },
  };
  const { scene, printed } = createScene(plugin, { path: 'x' });
  assert.equal(await OPERATIONS.run?.(scene), 0);
  assert.match(printed.out, /^tick: .*1 rows$/m);
  assert.match(printed.out, /^\{"data":\{"values":\[\[8\]\]\}\}$/m);
  assert.match(printed.out, /^a\\x1b\[2J$/m);
  assert.match(printed.out, /^1 bytes that are no text$/m);
});

test('a subscription that is refused is exit code 1', async () => {
  const plugin: Partial<PluginHandle> = { publishStream: async () => ({ status: 'PERMISSION_DENIED', data: bytes('') }) };
  const { scene, printed } = createScene(plugin, { path: 'x' });
  assert.equal(await OPERATIONS.publish?.(scene), 1);
  assert.equal(printed.out, 'PERMISSION_DENIED\n');
});

test('a resource request is what the options say', async () => {
  const seen: unknown[] = [];
  const plugin: Partial<PluginHandle> = {
    async callResource({ path, url, method, headers, body }) {
      seen.push({ path, url, method, headers, body: new TextDecoder().decode(body) });
      return { status: 204, headers: {}, body: (async function* () {})() };
    },
  };
  const get = createScene(plugin, { path: '/a/b?x=1', headers: ['X-A: 1', 'X-A:2', 'B: c: d'] });
  assert.equal(await OPERATIONS.resource?.(get.scene), 0);
  const post = createScene(plugin, { path: 'a', body: '{}' });
  await OPERATIONS.resource?.(post.scene);
  assert.deepEqual(seen, [
    { path: 'a/b', url: 'a/b?x=1', method: 'GET', headers: { 'X-A': ['1', '2'], B: ['c: d'] }, body: '' },
    { path: 'a', url: 'a', method: 'POST', headers: {}, body: '{}' },
  ]);
  await assert.rejects(async () => OPERATIONS.resource?.(createScene(plugin, { headers: ['nothing'] }).scene), UsageError);
  await assert.rejects(async () => OPERATIONS.resource?.(createScene(plugin, { body: '@/no/such/file' }).scene), UsageError);
});

test('streams need a path', async () => {
  for (const name of ['subscribe', 'publish', 'run'])
    await assert.rejects(async () => OPERATIONS[name]?.(createScene({}).scene), /needs --path/);
});
