import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { GrpcCode } from '@backplane/protocol/grpc';
import { type CallResourceRequest, type CallResourceResponse, type Init, resource } from '@backplane/protocol/pluginv2';
import { currentContext } from '../call-scope.ts';
import { dataSource } from '../declare.ts';
import { DownstreamError } from '../errors.ts';
import type { ResourceHandler } from '../resources.ts';
import { type ServedPlugin, servePlugin, sourceContext } from './fixtures/served-plugin.ts';

const serveHandler = (handler: ResourceHandler) => servePlugin(dataSource({ id: 'a', resources: () => handler }));

async function call({ channel }: ServedPlugin, request: Init<CallResourceRequest>, signal?: AbortSignal) {
  const parts: CallResourceResponse[] = [];
  const full = { pluginContext: sourceContext(), method: 'GET', path: '', url: request.path ?? '', ...request };
  for await (const part of channel.serverStream(resource.callResource, full, { signal })) parts.push(part);
  const headers = Object.fromEntries(Object.entries(parts[0]?.headers ?? {}).map(([name, { values }]) => [name, [...values]]));
  return { parts, headers, code: parts[0]?.code, text: Buffer.concat(parts.map((part) => part.body)).toString() };
}

test('a handler gets a Fetch request made of path, query, headers and body', async () => {
  await using served = await serveHandler(async (request) =>
    Response.json({
      url: request.url,
      method: request.method,
      body: await request.text(),
      accept: request.headers.get('accept'),
      multi: request.headers.get('x-multi'),
    }),
  );
  const { code, headers, text, parts } = await call(served, {
    method: 'POST',
    path: 'a/b c',
    url: 'a/b%20c?x=1&y=%C3%BC&x=2',
    headers: { Accept: { values: ['text/plain'] }, 'X-Multi': { values: ['1', '2'] } },
    body: Buffer.from('grüezi'),
  });
  assert.deepEqual(JSON.parse(text), {
    url: 'http://plugin/a/b%20c?x=1&y=%C3%BC&x=2',
    method: 'POST',
    body: 'grüezi',
    accept: 'text/plain',
    multi: '1, 2',
  });
  assert.deepEqual([code, headers['content-type'], parts.length], [200, ['application/json'], 1]);
});

test('paths cannot leave the base, and requests that Fetch does not know are refused', async () => {
  await using served = await serveHandler((request) => new Response(request.url));
  assert.equal((await call(served, { path: '//evil.example/x', url: '//evil.example/x' })).text, 'http://plugin//evil.example/x');
  assert.equal((await call(served, { path: '../../etc' })).text, 'http://plugin/etc');
  assert.equal((await call(served, { method: 'GET', path: 'x', body: Buffer.from('body of a GET') })).code, 200);
  const refused = await call(served, { method: 'TRACE', path: 'x' });
  assert.equal(refused.code, 400);
  assert.match(JSON.parse(refused.text).message, /TRACE/);
});

test('a streaming body comes part by part, the first with status and headers', async () => {
  const gate = Promise.withResolvers<void>();
  await using served = await serveHandler(() => {
    const texts = ['one', 'two'];
    const body = new ReadableStream<Uint8Array>({
      async pull(controller) {
        const text = texts.shift();
        if (text === 'two') await gate.promise;
        if (text === undefined) controller.close();
        else controller.enqueue(new TextEncoder().encode(text));
      },
    });
    return new Response(body, { status: 206, headers: { 'x-a': 'b' } });
  });
  const seen: [number, string[], string][] = [];
  const request = { pluginContext: sourceContext(), method: 'GET', path: 'x', url: 'x' };
  for await (const part of served.channel.serverStream(resource.callResource, request)) {
    seen.push([part.code, Object.keys(part.headers), Buffer.from(part.body).toString()]);
    gate.resolve();
  }
  assert.deepEqual(seen, [
    [206, ['x-a'], 'one'],
    [0, [], 'two'],
  ]);
});

test('a reader that stops reading stops the producer [calls/plugin-waits-for-reader]', async () => {
  let produced = 0;
  const cancelled = Promise.withResolvers<void>();
  const part = new Uint8Array(64 * 1024);
  await using served = await serveHandler(
    () =>
      new Response(
        new ReadableStream({
          pull(controller) {
            produced++;
            controller.enqueue(part);
          },
          cancel: () => cancelled.resolve(),
        }),
      ),
  );
  const request = { pluginContext: sourceContext(), method: 'GET', path: 'x', url: 'x' };
  const stream = served.channel.serverStream(resource.callResource, request)[Symbol.asyncIterator]();
  await stream.next();
  let before = -1;
  while (before !== produced) {
    before = produced;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const produceMiB = (produced * part.length) / 1024 / 1024;
  assert.ok(produceMiB < 64, `an endless body is held back, yet ${produceMiB} MiB were produced`);
  await stream.return?.();
  await cancelled.promise;
  await served.runtime.drain();
});

test('a body whose producer hangs is cancelled with its call', async () => {
  const cancelled = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  await using served = await serveHandler(() => {
    asked.resolve();
    return new Response(new ReadableStream({ pull: () => new Promise(() => {}), cancel: () => cancelled.resolve() }));
  });
  const caller = new AbortController();
  const running = call(served, { path: 'x' }, caller.signal);
  await asked.promise;
  caller.abort(new Error('left'));
  await assert.rejects(running, /left/);
  await cancelled.promise;
  await served.runtime.drain();
});

test('what makes a body runs in the scope of its call, from the first part to the cancellation', async () => {
  const seen: (string | undefined)[] = [];
  const cancelled = Promise.withResolvers<void>();
  const note = (what: string) => seen.push(`${what} ${currentContext()?.endpoint}`);
  await using served = await serveHandler(
    () =>
      new Response(
        new ReadableStream(
          {
            async pull(controller) {
              note('pull');
              await nextTurn();
              note('later');
              controller.enqueue(new Uint8Array(1));
            },
            cancel() {
              note('cancel');
              cancelled.resolve();
            },
          },
          { highWaterMark: 0 },
        ),
      ),
  );
  const request = { pluginContext: sourceContext(), method: 'GET', path: 'x', url: 'x' };
  let parts = 0;
  for await (const _part of served.channel.serverStream(resource.callResource, request)) if (++parts === 3) break;
  await cancelled.promise;
  assert.deepEqual([...new Set(seen)], ['pull callResource', 'later callResource', 'cancel callResource']);
});

test('a body may be of text and of bytes in any form, and is refused by name when it is of anything else', async () => {
  const parts: Readonly<Record<string, unknown>> = {
    text: 'ü',
    bytes: Uint8Array.of(1, 2),
    words: Uint16Array.of(0x0201).subarray(0),
    buffer: Uint8Array.of(1, 2).buffer,
    object: { a: 1 },
  };
  await using served = await serveHandler((request) => {
    const part = parts[new URL(request.url).pathname.slice(1)];
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(part);
        controller.close();
      },
    });
    return new Response(body);
  });
  const hex = async (path: string) => Buffer.concat((await call(served, { path })).parts.map(({ body }) => body)).toString('hex');
  for (const [path, expected] of Object.entries({ text: 'c3bc', bytes: '0102', words: '0102', buffer: '0102' }))
    assert.equal(await hex(path), expected, path);
  await assert.rejects(hex('object'), /a part that is neither bytes nor text \(object\)/);
});

test('an error says to the user what it was meant to say, and nothing else', async () => {
  let error: unknown;
  await using served = await serveHandler(() => {
    throw error;
  });
  error = new TypeError("Cannot read properties of undefined (reading 'password')");
  const bug = await call(served, { path: 'x' });
  assert.deepEqual([bug.code, JSON.parse(bug.text)], [500, { message: 'the plugin failed to answer this request; its log says why' }]);
  assert.match(JSON.stringify(served.logLines), /reading 'password'/);
  error = new DownstreamError('the API said 404', { status: 404 });
  const said = await call(served, { path: 'x' });
  assert.deepEqual([said.code, JSON.parse(said.text)], [404, { message: 'the API said 404' }]);
});

test('statuses and results that HTTP does not know cannot get out', async () => {
  let result: unknown;
  await using served = await serveHandler(() => result as Response);
  for (const [given, code] of [
    [Response.error(), 500],
    [undefined, 500],
    ['text', 500],
    [{ status: 99, headers: new Headers(), body: null }, 500],
    [{ status: Number.NaN, headers: new Headers(), body: null }, 500],
    [new Response(null, { status: 204 }), 204],
  ] as const) {
    result = given;
    assert.equal((await call(served, { path: 'x' })).code, code);
  }
});

test('several cookies stay several', async () => {
  await using served = await serveHandler(() => {
    const headers = new Headers({ 'x-one': '1' });
    headers.append('set-cookie', 'a=1; Path=/');
    headers.append('set-cookie', 'b=2, c');
    return new Response('x', { headers });
  });
  assert.deepEqual((await call(served, { path: 'x' })).headers['set-cookie'], ['a=1; Path=/', 'b=2, c']);
});

test('header values beyond ASCII survive, as UTF-8 or as the author wrote them', async () => {
  await using served = await serveHandler(
    (request) => new Response('x', { headers: { 'x-echo': request.headers.get('x-name') ?? '', 'x-own': 'café' } }),
  );
  const { headers } = await call(served, { path: 'x', headers: { 'x-name': { values: ['Zürich 🚉'] } } });
  assert.deepEqual([headers['x-echo'], headers['x-own']], [['Zürich 🚉'], ['café']]);
});

test('the handler of an instance is made once', async () => {
  let made = 0;
  await using served = await servePlugin(
    dataSource({
      id: 'a',
      create: () => ({ name: 'n' }),
      resources: (instance) => {
        made++;
        return () => new Response(instance.name);
      },
    }),
  );
  for (let i = 0; i < 3; i++) assert.equal((await call(served, { path: 'x' })).text, 'n');
  assert.equal(made, 1);
});

test('a plugin without resources answers unimplemented', async () => {
  await using served = await servePlugin(dataSource({ id: 'a' }));
  await assert.rejects(call(served, { path: 'x' }), { code: GrpcCode.unimplemented });
});
