import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { classifyError, stackOf } from './classify-error.ts';
import { DownstreamError, PluginError } from './errors.ts';

const withCode = (code: string) => Object.assign(new Error(`failed with ${code}`), { code });

test('what an error says of itself wins', () => {
  assert.deepEqual(classifyError(new PluginError('no such table', { status: 404 })), {
    status: 404,
    source: 'plugin',
    message: 'no such table',
  });
  assert.deepEqual(classifyError(new DownstreamError('API said 429', { status: 429 })), {
    status: 429,
    source: 'downstream',
    message: 'API said 429',
  });
  assert.equal(classifyError(new PluginError('x')).status, 500);
  assert.equal(classifyError(new DownstreamError('x')).status, 502);
  assert.equal(classifyError(new DownstreamError('x', { cause: withCode('ETIMEDOUT') })).status, 504);
  assert.equal(classifyError(new PluginError('x', { cause: withCode('ECONNREFUSED') })).source, 'plugin');
  assert.equal(classifyError(new PluginError('x', { status: 200 })).status, 500, 'an error is no success');
});

test('network, TLS and timeout errors are the service, anything else is the plugin', () => {
  const expected: [unknown, number, string][] = [
    [withCode('ECONNREFUSED'), 502, 'downstream'],
    [withCode('ENOTFOUND'), 502, 'downstream'],
    [withCode('CERT_HAS_EXPIRED'), 502, 'downstream'],
    [withCode('UND_ERR_HEADERS_TIMEOUT'), 504, 'downstream'],
    [new TypeError('fetch failed', { cause: withCode('ECONNRESET') }), 502, 'downstream'],
    [new AggregateError([withCode('ETIMEDOUT'), withCode('ECONNREFUSED')]), 504, 'downstream'],
    [AbortSignal.timeout(0).reason ?? new DOMException('late', 'TimeoutError'), 504, 'downstream'],
    [new DOMException('stopped', 'AbortError'), 499, 'downstream'],
    [withCode('EACCES'), 401, 'plugin'],
    [new TypeError('x is not a function'), 500, 'plugin'],
    ['text', 500, 'plugin'],
    [undefined, 500, 'plugin'],
  ];
  for (const [error, status, source] of expected) {
    const facts = classifyError(error);
    assert.deepEqual([facts.status, facts.source], [status, source], String(error));
  }
});

test('the text names the causes once', () => {
  const refused = new Error('connect ECONNREFUSED 127.0.0.1:1');
  assert.equal(classifyError(new TypeError('fetch failed', { cause: refused })).message, `fetch failed: ${refused.message}`);
  assert.equal(
    classifyError(new Error(`could not ask: ${refused.message}`, { cause: refused })).message,
    `could not ask: ${refused.message}`,
  );
  assert.equal(classifyError(new AggregateError([refused])).message, refused.message);
  assert.equal(classifyError({ message: 'plain object' }).message, 'plain object');
  assert.equal(classifyError(Object.create(null)).message, 'a value that cannot be shown was thrown');
  const loop = new Error('loop');
  loop.cause = loop;
  assert.equal(classifyError(loop).message, 'loop');
});

test('a fetch that nobody answers is downstream with the address in its text', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  const error = await fetch(`http://127.0.0.1:${port}/`).catch((reason: unknown) => reason);
  const facts = classifyError(error);
  assert.deepEqual([facts.status, facts.source], [502, 'downstream']);
  assert.match(facts.message, new RegExp(`127.0.0.1:${port}`));
});

test('whatever is thrown has facts: getters, proxies and names of objects that are no codes cannot break the answer', () => {
  const trap = () => assert.fail('trapped');
  const hostile: readonly unknown[] = [
    Object.defineProperty({}, 'message', { get: trap }),
    Object.defineProperty(new Error('x'), 'errors', { get: trap }),
    new Proxy({}, { get: trap, has: trap, getPrototypeOf: trap }),
    Object.assign(new Error('x'), { code: 'constructor' }),
    Object.create(null),
    Symbol('x'),
    undefined,
  ];
  for (const thrown of hostile) {
    const { status, source, message } = classifyError(thrown);
    assert.deepEqual([status, source, typeof message, message === ''], [500, 'plugin', 'string', false]);
    stackOf(thrown);
  }
});
