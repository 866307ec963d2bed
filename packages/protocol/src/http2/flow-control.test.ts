import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Http2Code } from './constants.ts';
import { Bench, CLIENT_START, Flag, FrameType, frame, message, request, Setting, settings, uint32 } from './fixtures/scripted-peer.ts';
import { MessageParts } from './message-parts.ts';

const updates = (bench: Bench) =>
  bench
    .output()
    .filter(({ type }) => type === FrameType.windowUpdate)
    .map(({ streamId, payload }) => [streamId, payload.readUInt32BE()]);
const dataBytes = (bench: Bench) =>
  bench
    .output()
    .filter(({ type }) => type === FrameType.data)
    .reduce((sum, { payload }) => sum + payload.length, 0);

const SMALL = { streamWindowBytes: 65535, connectionWindowBytes: 131070, maxFrameBytes: 16384 };

test('a stream gets its window back half a window at a time, padding included', () => {
  const bench = Bench.server(SMALL);
  bench.receive(request(1), frame(FrameType.data, 0, 1, Buffer.alloc(16384)), frame(FrameType.data, 0, 1, Buffer.alloc(16383)));
  assert.deepEqual(updates(bench), []);
  bench.receive(frame(FrameType.data, Flag.padded, 1, Buffer.concat([Buffer.of(100), Buffer.alloc(101)])));
  assert.deepEqual(updates(bench), [[1, 16384 + 16383 + 102]]);
});

test('a paused stream gets nothing until it is resumed, and the connection gets its part all the same', () => {
  const bench = Bench.server(SMALL);
  bench.receive(request(1));
  bench.connection.pause(bench.streams[0]);
  for (let i = 0; i < 3; i++) bench.receive(frame(FrameType.data, 0, 1, Buffer.alloc(16384)));
  bench.receive(request(3), frame(FrameType.data, 0, 3, Buffer.alloc(16384)));
  assert.deepEqual(updates(bench), [[0, 4 * 16384]]);
  bench.connection.resume(bench.streams[0]);
  assert.deepEqual(updates(bench), [[1, 3 * 16384]]);
});

test('no window is granted after END_STREAM', () => {
  const bench = Bench.server(SMALL);
  bench.receive(request(1), frame(FrameType.data, 0, 1, Buffer.alloc(16384)), frame(FrameType.data, 0, 1, Buffer.alloc(16383)));
  bench.receive(frame(FrameType.data, Flag.endStream, 1, Buffer.alloc(16384)));
  assert.deepEqual(updates(bench), []);
});

test('a peer that overruns the window of a stream, or of the connection, is stopped', () => {
  const bench = Bench.server(SMALL);
  bench.receive(request(1));
  bench.connection.pause(bench.streams[0]);
  for (let i = 0; i < 4; i++) bench.receive(frame(FrameType.data, 0, 1, Buffer.alloc(16384)));
  assert.deepEqual(bench.log.at(-1), ['abort', 1, 'violation', Http2Code.flowControlError]);
  const tight = Bench.server({ ...SMALL, connectionWindowBytes: 70_000, streamWindowBytes: 1 << 20 });
  tight.receive(request(1), ...Array.from({ length: 3 }, () => frame(FrameType.data, 0, 1, Buffer.alloc(16384))));
  tight.connection.receiveWindow = 100;
  tight.receive(frame(FrameType.data, 0, 1, Buffer.alloc(101)));
  assert.match(String(tight.log.at(-1)?.[1]), /FLOW_CONTROL_ERROR/);
});

test('bytes of streams that we reset still come back to the connection', () => {
  const bench = Bench.server(SMALL);
  for (let id = 1; id < 2000; id += 2) {
    bench.receive(request(id));
    bench.connection.reset(bench.streams.at(-1)!, Http2Code.cancel);
    bench.receive(frame(FrameType.data, 0, id, Buffer.alloc(16384)));
    bench.output();
  }
  assert.equal(bench.ended, undefined);
});

test('messages go out as far as both windows allow, and on with every update', () => {
  const bench = Bench.client();
  const stream = bench.open();
  assert.equal(bench.connection.sendMessage(stream, Buffer.alloc(200_000), 'data'), true);
  assert.equal(dataBytes(bench), 65535);
  bench.receive(frame(FrameType.windowUpdate, 0, 1, uint32(200_000)));
  assert.equal(dataBytes(bench), 0);
  bench.receive(frame(FrameType.windowUpdate, 0, 0, uint32(100_000)));
  assert.equal(dataBytes(bench), 100_000);
  bench.receive(frame(FrameType.windowUpdate, 0, 0, uint32(100_000)));
  assert.equal(dataBytes(bench), 200_005 - 165_535);
});

test('a message in parts is the same on the wire as in one piece, however the windows cut it', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(70_000), { minLength: 1, maxLength: 6 }), fc.integer({ min: 2000, max: 90_000 }), (sizes, window) => {
      const parts = sizes.map((size, i) => Buffer.alloc(size, i + 1));
      const [whole, inParts] = [Buffer.concat(parts), new MessageParts(parts)].map((content) => {
        const bench = Bench.client();
        bench.connection.sendMessage(bench.open(), content, 'data');
        const written = [bench.outputBytes()];
        while (bench.connection.counters.queuedBytes > 0) {
          bench.receive(frame(FrameType.windowUpdate, 0, 1, uint32(window)), frame(FrameType.windowUpdate, 0, 0, uint32(window)));
          written.push(bench.outputBytes());
        }
        return Buffer.concat(written);
      });
      assert.equal(Buffer.compare(whole, inParts), 0);
    }),
    { numRuns: 40 },
  );
});

test('a smaller INITIAL_WINDOW_SIZE applies to open streams and may make their windows negative', () => {
  const bench = Bench.client();
  const stream = bench.open();
  bench.connection.sendMessage(stream, Buffer.alloc(100_000), 'data');
  assert.equal(dataBytes(bench), 65535);
  bench.receive(frame(FrameType.windowUpdate, 0, 0, uint32(1_000_000)), settings([Setting.initialWindowSize, 1000]));
  assert.equal(stream.sendWindow, 1000 - 65535);
  bench.receive(frame(FrameType.windowUpdate, 0, 1, uint32(64535)));
  assert.equal(dataBytes(bench), 0);
  bench.receive(frame(FrameType.windowUpdate, 0, 1, uint32(10)));
  assert.equal(dataBytes(bench), 10);
  bench.receive(settings([Setting.initialWindowSize, 1_000_000]));
  assert.equal(dataBytes(bench), 100_005 - 65535 - 10);
});

test('HEADERS go out even when DATA must wait, and streams take turns', () => {
  const bench = Bench.client();
  const [first, second] = [bench.open(), bench.open()];
  bench.output();
  bench.connection.sendMessage(first, Buffer.alloc(40_000), 'data');
  bench.connection.sendMessage(second, Buffer.alloc(40_000), 'data');
  const order = bench.output().map(({ streamId }) => streamId);
  assert.deepEqual(order, [1, 3, 1, 3]);
  bench.open();
  assert.deepEqual(
    bench.output().map(({ type, streamId }) => [type, streamId]),
    [[FrameType.headers, 5]],
  );
});

test('a sender is told to wait when much is queued, and to go on when it has gone', () => {
  const bench = Bench.client({ sendQueueBytes: 100_000 });
  const stream = bench.open();
  assert.equal(bench.connection.sendMessage(stream, Buffer.alloc(90_000)), true);
  assert.equal(bench.connection.sendMessage(stream, Buffer.alloc(90_000)), false);
  bench.output();
  assert.deepEqual(bench.log, []);
  bench.receive(frame(FrameType.windowUpdate, 0, 1, uint32(1_000_000)), frame(FrameType.windowUpdate, 0, 0, uint32(1_000_000)));
  bench.output();
  assert.deepEqual(bench.log, [['drain', 1]]);
});

test('small messages are queued while the socket is blocked, and order is kept', () => {
  const bench = Bench.client();
  const stream = bench.open();
  bench.connection.outputWritten(true);
  bench.connection.sendMessage(stream, Buffer.from('one'));
  bench.connection.outputWritten(false);
  bench.connection.sendMessage(stream, Buffer.from('two'), 'data');
  const data = bench.output().filter(({ type }) => type === FrameType.data);
  assert.deepEqual(
    data.map(({ payload, flags }) => [payload.toString(), flags]),
    [['\0\0\0\0\x03one\0\0\0\0\x03two', Flag.endStream]],
  );
});

test('small messages of one stream that go out together share frames, no larger than the peer takes', () => {
  const bench = Bench.client();
  const [first, second] = [bench.open(), bench.open()];
  bench.output();
  const send = (stream: typeof first, bytes: number) => bench.connection.sendMessage(stream, Buffer.alloc(bytes));
  for (const bytes of [1000, 1000, 10_000, 5000]) send(first, bytes);
  for (let i = 0; i < 2; i++) send(second, 10);
  send(first, 10);
  bench.connection.reset(second, 8);
  send(first, 10);
  const frames = () => bench.output().map(({ type, streamId, payload }) => [type, streamId, payload.length]);
  assert.deepEqual(frames(), [
    [FrameType.data, 1, 12_015],
    [FrameType.data, 1, 5005],
    [FrameType.data, 3, 30],
    [FrameType.data, 1, 15],
    [FrameType.rstStream, 3, 4],
    [FrameType.data, 1, 15],
  ]);
  send(first, 10);
  assert.deepEqual(frames(), [[FrameType.data, 1, 15]]);
  bench.connection.end(first, 'data');
  assert.deepEqual(frames(), [[FrameType.data, 1, 0]]);
});

test('the same bytes in pieces of any size give the same events and the same answers', () => {
  const payload = Buffer.from(Array.from({ length: 30_000 }, (_, i) => i & 0xff));
  const conversation = Buffer.concat([
    CLIENT_START,
    request(1),
    frame(FrameType.data, 0, 1, message(Buffer.from('small'))),
    frame(FrameType.ping, 0, 0, Buffer.from('12345678')),
    frame(FrameType.headers, 0, 3, request(3).subarray(9, 20)),
    frame(FrameType.continuation, Flag.endHeaders, 3, request(3).subarray(20)),
    frame(FrameType.data, Flag.padded, 3, Buffer.concat([Buffer.of(7), payload, Buffer.alloc(7)])),
    frame(0xee, 0, 0, Buffer.alloc(500)),
    settings([Setting.initialWindowSize, 70_000]),
    frame(FrameType.data, Flag.endStream, 3, payload),
    frame(FrameType.data, Flag.padded | Flag.endStream, 1, Buffer.of(0)),
    request(5, Flag.endHeaders | Flag.endStream),
    frame(FrameType.rstStream, 0, 5, uint32(8)),
    frame(FrameType.goaway, 0, 0, Buffer.concat([uint32(0), uint32(0)])),
    frame(FrameType.ping, 0, 1, Buffer.alloc(8)),
  ]);
  const replay = (sizes: readonly number[]) => {
    const bench = new Bench('server');
    for (let at = 0, i = 0; at < conversation.length; i++) {
      const size = sizes[i % sizes.length];
      bench.connection.receive(Buffer.from(conversation.subarray(at, at + size)), undefined, true);
      at += size;
    }
    return { log: bench.log, output: bench.outputBytes().toString('hex') };
  };
  const whole = replay([conversation.length]);
  assert.deepEqual(whole.log.at(-1), ['closed', 'PING on stream 1 (PROTOCOL_ERROR)']);
  for (const sizes of [[1], [2], [3], [8], [9], [10], [64], [1024], [16_384], [65_536]]) assert.deepEqual(replay(sizes), whole);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 4000 }), { minLength: 1, maxLength: 12 }), (sizes) => {
      assert.deepEqual(replay(sizes), whole);
    }),
    { numRuns: 60 },
  );
});

test('any octets after the start, whole or mutated, are survived by both roles', () => {
  const good = Buffer.concat([
    request(1),
    frame(FrameType.data, 0, 1, message(Buffer.from('x'))),
    frame(FrameType.ping, 0, 0, Buffer.alloc(8)),
  ]);
  const mutation = fc.array(fc.tuple(fc.nat(good.length - 1), fc.integer({ min: 0, max: 255 })), { maxLength: 6 });
  fc.assert(
    fc.property(mutation, fc.uint8Array({ maxLength: 60 }), (changes, tail) => {
      const bytes = Buffer.concat([good, tail]);
      for (const [at, value] of changes) bytes[at] = value;
      for (const bench of [Bench.server(), Bench.client()]) {
        if (bench.connection.role === 'client') bench.open();
        bench.connection.receive(bytes);
        bench.outputBytes();
        bench.connection.disconnected(undefined);
        assert.equal(bench.connection.streams.size, 0);
        assert.equal(bench.log.filter(([kind]) => kind === 'closed').length, 1);
      }
    }),
    { numRuns: 1500 },
  );
});
