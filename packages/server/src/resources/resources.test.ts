import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isServerError } from '../errors/index.ts';
import { canonicalName, resourceHeaders } from './request-headers.ts';
import { toResourcePath } from './resource-path.ts';
import { clientHeaders, sniffContentType } from './response-headers.ts';

const none = (async function* () {})();
const answer = (status: number, headers: Record<string, string[]>) => clientHeaders({ status, headers, body: none });

test('paths are decoded for the plugin and encoded again as Go does', () => {
  const cases: [string, string, string][] = [
    ['/raw/a%20b', 'raw/a b', 'raw/a%20b'],
    ['/raw/a+b', 'raw/a+b', 'raw/a+b'],
    ['/raw/100%25', 'raw/100%', 'raw/100%25'],
    ['/raw/a:b/c:d', 'raw/a:b/c:d', 'raw/a:b/c:d'],
    ['/raw/../raw/a', 'raw/../raw/a', 'raw/../raw/a'],
    ['/raw/a/', 'raw/a', 'raw/a'],
    ['/raw/a;b=1', 'raw/a;b=1', 'raw/a;b=1'],
    ['/raw/gr%C3%B6%C3%9Fe', 'raw/größe', 'raw/gr%C3%B6%C3%9Fe'],
    ['/raw/a%23b', 'raw/a#b', 'raw/a%23b'],
    ['/raw/a%5Cb', 'raw/a\\b', 'raw/a%5Cb'],
    ['/raw/a,b;c&d=e', 'raw/a,b;c&d=e', 'raw/a,b;c&d=e'],
    ['/raw%2Fx', 'raw/x', 'raw/x'],
    ['/a:b', 'a:b', './a:b'],
    ['', '', ''],
    ['/', '', ''],
  ];
  for (const [raw, path, url] of cases) assert.deepEqual(toResourcePath(raw, ''), { path, url }, raw);
  assert.equal(toResourcePath('/test', 'test=true&a=b').url, 'test?test=true&a=b');
});

test('a path that is no UTF-8 fails, a bad escape is a bad request', () => {
  assert.throws(
    () => toResourcePath('/raw/%ff', ''),
    (error) => isServerError(error, 'plugin_request_failed'),
  );
  assert.throws(
    () => toResourcePath('/raw/%zz', ''),
    (error) => isServerError(error, 'bad_request_path'),
  );
});

test('what belongs to this hop does not reach the plugin [security/hops]', () => {
  const rawHeaders = ['host', 'h', 'origin', 'o', 'referer', 'r', 'x-forwarded-host', 'f', 'X-ACME', '1', 'x-acme', '2'];
  const headers = resourceHeaders({ rawHeaders, headers: { referer: 'r' }, peerAddress: '127.0.0.1' });
  assert.deepEqual(headers, {
    'X-Acme': ['1', '2'],
    'X-Forwarded-For': ['127.0.0.1'],
    'X-Grafana-Referer': ['r'],
  });
});

test('a header may be called __proto__, on both ways', () => {
  const input = { rawHeaders: ['__proto__', 'sent'], headers: {}, peerAddress: '127.0.0.1' };
  assert.deepEqual(Object.entries(resourceHeaders(input))[0], ['__proto__', ['sent']]);
  const { headers } = answer(200, Object.fromEntries([['__proto__', ['answered']]]));
  assert.deepEqual(Object.entries(headers)[0], ['__proto__', ['answered']]);
});

test('the address of the client is added to those before', () => {
  const input = { rawHeaders: ['X-Forwarded-For', '10.0.0.1'], headers: {}, peerAddress: '127.0.0.1' };
  assert.deepEqual(resourceHeaders(input)['X-Forwarded-For'], ['10.0.0.1, 127.0.0.1']);
  assert.equal(canonicalName('x-grafana-id'), 'X-Grafana-Id');
});

test('an answer cannot set cookies or frame options, and is a sandbox that is not cached [security/answers] [calls/host-cleans-headers]', () => {
  const { headers } = answer(200, {
    'set-cookie': ['a=1'],
    'x-frame-options': ['allow'],
    'cache-control': ['public'],
    Expires: ['x'],
    etag: ['"e"'],
    'x-acme': ['1', '2'],
  });
  assert.deepEqual(headers, {
    Etag: ['"e"'],
    'X-Acme': ['1', '2'],
    'Content-Security-Policy': ['sandbox'],
    'Cache-Control': ['no-store'],
    'Content-Type': ['application/json'],
  });
});

test('private together with X-Grafana-Cache makes an answer cacheable', () => {
  assert.deepEqual(answer(200, { 'cache-control': ['private, max-age=60'], 'x-grafana-cache': ['y'] }).headers['Cache-Control'], [
    'private, max-age=60',
  ]);
  assert.deepEqual(answer(200, { 'cache-control': ['private, public'], 'x-grafana-cache': ['y'] }).headers['Cache-Control'], ['no-store']);
});

test('a content type that is missing becomes JSON, not for 204; an empty one is sniffed [calls/host-cleans-headers] [A12]', () => {
  assert.equal(answer(200, {}).headers['Content-Type']?.[0], 'application/json');
  assert.equal(answer(204, {}).headers['Content-Type'], undefined);
  assert.equal(answer(304, { 'content-type': ['text/plain'] }).headers['Content-Type'], undefined);
  assert.deepEqual(answer(200, { 'CONTENT-type': ['text/css', 'text/html'] }).headers['Content-Type'], ['text/css']);
  assert.equal(answer(200, { 'content-type': [] }).contentType, 'sniff');
  assert.equal(sniffContentType(Buffer.from('{"a":1}')), 'text/plain; charset=utf-8');
  assert.equal(sniffContentType(Buffer.from(' <html>')), 'text/html; charset=utf-8');
  assert.equal(sniffContentType(Buffer.of(0, 1, 2)), 'application/octet-stream');
});
