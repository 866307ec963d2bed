import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chat, count, echo, startPair, textCodec } from './fixtures/echo.ts';
import { GrpcStatusError, type OutgoingCall } from './index.ts';

test('a handler may answer with a plain iterable, which goes no faster than its reader', async () => {
  let [made, closed] = [0, false];
  await using pair = await startPair((server) => {
    server.serverStream(count, function* () {
      try {
        for (;;) yield String(made++).padEnd(1000);
      } finally {
        closed = true;
      }
    });
    server.unary(echo, (text) => text);
  });
  let read = 0;
  for await (const text of pair.channel.serverStream(count, '')) {
    assert.equal(Number(text), read++);
    if (read === 20_000) break;
    if (read % 1000 === 0) assert.equal(await pair.channel.unary(echo, 'beside'), 'beside');
  }
  assert.equal(await pair.channel.unary(echo, 'after'), 'after');
  assert.equal(closed, true);
  assert.ok(made < 40_000, `${made} were made`);
});

test('what a plain iterable throws is the status of its call', async () => {
  await using pair = await startPair((server) =>
    server.serverStream(count, function* () {
      yield 'one';
      throw new Error('no two');
    }),
  );
  const messages = pair.channel.serverStream(count, '')[Symbol.asyncIterator]();
  assert.equal((await messages.next()).value, 'one');
  await assert.rejects(messages.next(), { message: 'no two' });
});

test('batches hold the same messages in order, many of them together', async () => {
  await using pair = await startPair((server) =>
    server.serverStream(count, function* () {
      for (let i = 0; i < 20_000; i++) yield String(i);
    }),
  );
  const batches = await Array.fromAsync(pair.channel.serverStream(count, '').batches());
  assert.deepEqual(
    batches.flat(),
    Array.from({ length: 20_000 }, (_, i) => String(i)),
  );
  assert.ok(batches.length < 2000, `${batches.length} batches`);
  assert.ok(batches.every(({ length }) => length > 0 && length <= 1000));
});

test('batches end with the error of their call, after what came before it', async () => {
  await using pair = await startPair((server) =>
    server.serverStream(count, function* () {
      yield 'one';
      throw new GrpcStatusError(9, 'no two');
    }),
  );
  const read: string[] = [];
  const reading = (async () => {
    for await (const batch of pair.channel.serverStream(count, '').batches()) read.push(...batch);
  })();
  await assert.rejects(reading, { message: 'no two' });
  assert.deepEqual(read, ['one']);
});

test('a message that cannot be read ends the batches after those before it, and cancels the call', async () => {
  const stopped = Promise.withResolvers<void>();
  await using pair = await startPair((server) =>
    server.serverStream(count, async function* (_, call) {
      call.signal.addEventListener('abort', () => stopped.resolve());
      yield* ['one', 'two', 'bad', 'three'];
      await stopped.promise;
    }),
  );
  const response = {
    ...textCodec,
    decode(bytes: Uint8Array) {
      const text = textCodec.decode(bytes);
      if (text === 'bad') throw new Error('not this one');
      return text;
    },
  };
  const read: string[] = [];
  const reading = (async () => {
    for await (const batch of pair.channel.serverStream({ ...count, response }, '').batches()) read.push(...batch);
  })();
  await assert.rejects(reading, /failed to unmarshal the received message: not this one/);
  assert.deepEqual(read, ['one', 'two']);
  await stopped.promise;
});

test('a codec that reads from memory that is used again gives batches with the same messages, and the same end', async () => {
  const sizes = Array.from({ length: 5000 }, (_, i) => (i * 37) % 3000);
  await using pair = await startPair((server) =>
    server.serverStream(count, function* () {
      for (const [i, size] of sizes.entries()) yield `${i} `.padEnd(size, 'x');
      yield 'bad';
      yield 'never';
    }),
  );
  let passing = 0;
  const check = (text: string) => {
    if (text === 'bad') throw new Error('not this one');
    return text;
  };
  const response = {
    ...textCodec,
    decode: (bytes: Uint8Array) => check(textCodec.decode(bytes)),
    decodePassing(bytes: Buffer, start: number, end: number) {
      passing++;
      return check(bytes.toString('utf8', start, end));
    },
  };
  const read: string[] = [];
  const reading = (async () => {
    for await (const batch of pair.channel.serverStream({ ...count, response }, '').batches()) {
      assert.ok(batch.length > 0 && batch.length <= 1000);
      read.push(...batch);
      if (read.length < 1000) await new Promise(setImmediate); // so that some have to lie and wait
    }
  })();
  await assert.rejects(reading, /failed to unmarshal the received message: not this one/);
  assert.deepEqual(
    read,
    sizes.map((size, i) => `${i} `.padEnd(size, 'x')),
  );
  assert.ok(passing > 0 && passing <= sizes.length + 1, `${passing} were read at once`);
});

test('leaving batches cancels the call, even while their reader waits', async () => {
  const stopped = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let calls = 0;
  await using pair = await startPair((server) =>
    server.serverStream(count, async function* (_, call) {
      const { promise, resolve } = stopped[calls++];
      call.signal.addEventListener('abort', () => resolve());
      yield 'one';
      await promise;
    }),
  );
  for await (const batch of pair.channel.serverStream(count, '').batches()) {
    assert.deepEqual(batch, ['one']);
    break;
  }
  await stopped[0].promise;
  const batches = pair.channel.serverStream(count, '').batches()[Symbol.asyncIterator]();
  await batches.next();
  const waiting = [batches.next(), batches.next()];
  await batches.return?.();
  assert.deepEqual(await Promise.all([...waiting, batches.next()]), Array(3).fill({ done: true, value: undefined }));
  await stopped[1].promise;
});

test('a duplex call has batches, with interceptors around it too', async () => {
  const paths: string[] = [];
  const note = async (call: OutgoingCall, next: () => Promise<void>) => {
    await next();
    paths.push(call.path);
  };
  for (const interceptors of [[], [note]]) {
    await using pair = await startPair(
      (server) => {
        server.duplex(chat, async function* (requests) {
          for await (const text of requests) yield `you said ${text}`;
        });
        server.serverStream(count, () => ['a', 'b']);
      },
      { channel: { interceptors } },
    );
    const call = pair.channel.duplex(chat);
    const batches = call.batches()[Symbol.asyncIterator]();
    await call.send('hello');
    assert.deepEqual(await batches.next(), { done: false, value: ['you said hello'] });
    call.closeSend();
    assert.deepEqual(await batches.next(), { done: true, value: undefined });
    assert.deepEqual((await Array.fromAsync(pair.channel.serverStream(count, '').batches())).flat(), ['a', 'b']);
  }
  assert.deepEqual(paths, [chat.path, count.path]);
});
