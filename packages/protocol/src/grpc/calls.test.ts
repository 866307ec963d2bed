import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { chat, count, echo, startPair } from './fixtures/echo.ts';

test('a unary call gives the response of its handler', async () => {
  await using pair = await startPair((server) => server.unary(echo, (request) => `you said ${request}`));
  assert.equal(await pair.channel.unary(echo, 'hello'), 'you said hello');
  assert.equal(await pair.channel.unary(echo, ''), 'you said ');
});

test('a handler may answer later', async () => {
  await using pair = await startPair((server) => server.unary(echo, async (request) => request.toUpperCase()));
  const replies = await Promise.all(['a', 'b', 'c'].map((text) => pair.channel.unary(echo, text)));
  assert.deepEqual(replies, ['A', 'B', 'C']);
});

test('a server stream gives every message in order, then ends', async () => {
  await using pair = await startPair((server) =>
    server.serverStream(count, async function* (request) {
      for (let i = 0; i < Number(request); i++) yield String(i);
    }),
  );
  const received: string[] = [];
  for await (const message of pair.channel.serverStream(count, '5000')) received.push(message);
  assert.deepEqual(
    received,
    Array.from({ length: 5000 }, (_, i) => String(i)),
  );
});

test('a duplex call carries messages each way until both sides end', async () => {
  await using pair = await startPair((server) =>
    server.duplex(chat, async function* (requests) {
      for await (const request of requests) yield `re: ${request}`;
      yield 'bye';
    }),
  );
  const call = pair.channel.duplex(chat);
  const replies = call[Symbol.asyncIterator]();
  for (const text of ['one', 'two']) {
    await call.send(text);
    assert.deepEqual(await replies.next(), { done: false, value: `re: ${text}` });
  }
  call.closeSend();
  assert.deepEqual(await replies.next(), { done: false, value: 'bye' });
  assert.deepEqual(await replies.next(), { done: true, value: undefined });
});

test('calls work over TCP, and port 0 picks a free one', async () => {
  await using pair = await startPair((server) => server.unary(echo, (request) => request), {
    address: { network: 'tcp', host: '127.0.0.1', port: 0 },
  });
  assert.equal(pair.address.network === 'tcp' && pair.address.port > 0, true);
  assert.equal(await pair.channel.unary(echo, 'over TCP'), 'over TCP');
});

test('stopping a server removes its socket file', async () => {
  const pair = await startPair(() => undefined);
  const path = pair.address.network === 'unix' ? pair.address.path : '';
  assert.equal(existsSync(path), true);
  await pair[Symbol.asyncDispose]();
  assert.equal(existsSync(path), false);
});
