import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BufferPool } from './buffer-pool.ts';
import { big, startPair } from './fixtures/echo.ts';
import { createMessageLease, type GrpcServer } from './index.ts';

const MB = 1 << 20;
/** Answers with as many megabytes as the request has octets, all of them the request's first. */
const register = (server: GrpcServer) => server.unary(big, (request) => new Uint8Array(request.length * MB + 5).fill(request[0] ?? 0));

test('a leased message is whole, and the next one lies in the same memory', async () => {
  await using pair = await startPair(register);
  const call = async (octet: number) => {
    using lease = createMessageLease();
    const reply = await pair.channel.unary(big, Uint8Array.of(octet, octet), { lease });
    assert.equal(reply.length, 2 * MB + 5);
    assert.ok(reply.every((one) => one === octet));
    return reply.buffer.byteLength;
  };
  const sizes = [await call(1), await call(2), await call(3)];
  assert.deepEqual(sizes, Array(3).fill(sizes[0]));
});

test('a view on a message whose lease is over is cut off, and never shows another message', async () => {
  await using pair = await startPair(register);
  const lease = createMessageLease();
  const first = await pair.channel.unary(big, Uint8Array.of(1), { lease });
  lease[Symbol.dispose]();
  lease[Symbol.dispose]();
  assert.equal(first.length, 0);
  using next = createMessageLease();
  const second = await pair.channel.unary(big, Uint8Array.of(2), { lease: next });
  assert.deepEqual([first.length, first[0], second[0]], [0, undefined, 2]);
});

test('without a lease a message stays as it is, whatever comes later', async () => {
  await using pair = await startPair(register);
  const kept = await pair.channel.unary(big, Uint8Array.of(1));
  for (let i = 2; i < 5; i++) {
    using lease = createMessageLease();
    await pair.channel.unary(big, Uint8Array.of(i), { lease });
  }
  assert.ok(kept.length === MB + 5 && kept.every((one) => one === 1));
});

test('a lease of several calls at a time keeps all of their messages', async () => {
  await using pair = await startPair(register);
  using lease = createMessageLease();
  const octets = [1, 2, 3, 4];
  const replies = await Promise.all(octets.map((octet) => pair.channel.unary(big, Uint8Array.of(octet), { lease })));
  assert.ok(lease.lentBytes >= 4 * MB);
  for (const [i, reply] of replies.entries()) assert.ok(reply.every((one) => one === octets[i]));
});

test('a lease that is over before its call gives nothing back that the call still fills', async () => {
  await using pair = await startPair(register);
  const lease = createMessageLease();
  const call = pair.channel.unary(big, new Uint8Array(30).fill(7), { lease });
  await new Promise(setImmediate);
  lease[Symbol.dispose]();
  const reply = await call;
  using next = createMessageLease();
  const other = await pair.channel.unary(big, new Uint8Array(30).fill(8), { lease: next });
  assert.ok(reply.length === 30 * MB + 5 && reply.every((one) => one === 7));
  assert.ok(other.every((one) => one === 8));
});

test('a call that is cancelled inside its message leaves its lease usable', async () => {
  const sent = Promise.withResolvers<void>();
  await using pair = await startPair((server) =>
    server.unary(big, (request) => {
      if (request.length > 1) sent.resolve();
      return new Uint8Array(request.length * MB).fill(request[0]);
    }),
  );
  using lease = createMessageLease();
  const controller = new AbortController();
  const call = pair.channel.unary(big, new Uint8Array(40).fill(1), { lease, signal: controller.signal });
  await sent.promise;
  controller.abort(new Error('enough'));
  await assert.rejects(call, { message: 'enough' });
  assert.ok((await pair.channel.unary(big, Uint8Array.of(2), { lease })).every((one) => one === 2));
});

test('small messages are not leased', async () => {
  await using pair = await startPair((server) => server.unary(big, (request) => request));
  const lease = createMessageLease();
  const reply = await pair.channel.unary(big, Buffer.from('small'), { lease });
  assert.equal(lease.lentBytes, 0);
  lease[Symbol.dispose]();
  assert.equal(Buffer.from(reply).toString(), 'small');
});

test('the pool gives memory of the right size, holds a limited amount, and lets go of what nobody uses', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const pool = new BufferPool();
  const memory = pool.take(MB + 1);
  assert.ok(memory.byteLength > MB && memory.byteLength <= MB * 1.125);
  pool.give(memory);
  assert.equal(memory.byteLength, 0);
  assert.ok(pool.take(MB / 4).byteLength < MB / 2, 'much larger memory is left for those who need it');
  assert.equal(pool.take(MB).byteLength, MB + MB / 8);
  for (let i = 0; i < 100; i++) pool.give(new ArrayBuffer(2 * MB));
  assert.equal(pool.spareBytes, 64 * MB);
  t.mock.timers.tick(2000);
  assert.equal(pool.spareBytes, 64 * MB);
  t.mock.timers.tick(2000);
  assert.equal(pool.spareBytes, 0);
  await Promise.resolve();
});
