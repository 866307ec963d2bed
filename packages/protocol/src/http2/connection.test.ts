import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Http2Code, LARGEST_STREAM_ID, PREFACE } from './constants.ts';
import {
  Bench,
  BlockReader,
  block,
  Flag,
  FrameType,
  frame,
  message,
  parseFrames,
  REQUEST,
  request,
  Setting,
  settings,
  uint32,
} from './fixtures/scripted-peer.ts';
import { HeaderTemplate } from './header-template.ts';

const HEAD = [':status', '200', 'content-type', 'application/grpc'];
const OK_TRAILERS = ['grpc-status', '0'];
const kinds = (bench: Bench) => bench.output().map(({ type, flags, streamId }) => [type, flags, streamId]);

test('a client starts with the preface, its settings and a large connection window', () => {
  const { start } = new Bench('client');
  assert.deepEqual(start.subarray(0, PREFACE.length), PREFACE);
  const [first, second] = parseFrames(start.subarray(PREFACE.length));
  assert.deepEqual([first.type, first.flags, first.streamId], [FrameType.settings, 0, 0]);
  assert.deepEqual(readSettings(first.payload), {
    [Setting.enablePush]: 0,
    [Setting.initialWindowSize]: 4 << 20,
    [Setting.maxFrameSize]: 256 << 10,
    [Setting.maxHeaderListSize]: 1 << 20,
  });
  assert.deepEqual([second.type, second.streamId, second.payload.readUInt32BE()], [FrameType.windowUpdate, 0, (64 << 20) - 65535]);
});

test('the settings of the peer are acknowledged at once', () => {
  const bench = new Bench('server');
  bench.receive(PREFACE, settings([Setting.maxConcurrentStreams, 7]));
  assert.deepEqual(bench.log, [['ready']]);
  assert.deepEqual(kinds(bench), [[FrameType.settings, Flag.ack, 0]]);
  assert.equal(bench.connection.peerMaxStreams, 7);
});

test('a request and its response pass as events', () => {
  const bench = Bench.server();
  bench.receive(request(1), frame(FrameType.data, Flag.endStream, 1, message(Buffer.from('hi'))));
  assert.deepEqual(bench.log, [
    ['headers', 1, REQUEST, false],
    ['data', 1, '\0\0\0\0\x02hi'],
    ['end', 1],
  ]);
  const [stream] = bench.streams;
  bench.connection.sendHead(stream, new HeaderTemplate(HEAD), undefined, false);
  bench.connection.sendMessage(stream, Buffer.from('hey'), { template: new HeaderTemplate(OK_TRAILERS), extra: undefined });
  const frames = bench.output();
  assert.deepEqual(
    frames.map(({ type, flags }) => [type, flags]),
    [
      [FrameType.headers, Flag.endHeaders],
      [FrameType.data, 0],
      [FrameType.headers, Flag.endHeaders | Flag.endStream],
    ],
  );
  const reader = new BlockReader();
  assert.deepEqual(reader.read(frames[0].payload), HEAD);
  assert.deepEqual(frames[1].payload, message(Buffer.from('hey')));
  assert.deepEqual(reader.read(frames[2].payload), OK_TRAILERS);
  assert.equal(bench.connection.streams.size, 0);
});

test('a header block of a template is cached, and stays right when the table changes in between', () => {
  const bench = Bench.client();
  const reader = new BlockReader();
  const template = new HeaderTemplate(REQUEST);
  const other = new HeaderTemplate(['x-other', 'value']);
  const sizes: number[] = [];
  for (const [chosen, fields] of [
    [template, REQUEST],
    [template, REQUEST],
    [template, REQUEST],
    [other, other.fields],
    [template, REQUEST],
  ] as const) {
    bench.connection.open(bench.open([]), chosen, undefined);
    const [, { payload }] = bench.output();
    assert.deepEqual(reader.read(payload), fields);
    sizes.push(payload.length);
  }
  assert.equal(sizes[2], REQUEST.length / 2);
});

test('a small table of the peer is announced and kept to', () => {
  const bench = Bench.client({}, [Setting.headerTableSize, 64]);
  const reader = new BlockReader();
  for (let i = 0; i < 3; i++) {
    bench.open();
    assert.deepEqual(reader.read(bench.output()[0].payload), REQUEST);
  }
});

test('a block that is larger than a frame goes on in CONTINUATION frames, with nothing between', () => {
  const bench = Bench.client();
  const fields = [...REQUEST, 'x-big', 'y'.repeat(40_000)];
  bench.open(fields);
  const frames = bench.output();
  assert.deepEqual(
    frames.map(({ type, flags }) => [type, flags]),
    [
      [FrameType.headers, 0],
      [FrameType.continuation, 0],
      [FrameType.continuation, Flag.endHeaders],
    ],
  );
  assert.deepEqual(new BlockReader().read(Buffer.concat(frames.map(({ payload }) => payload))), fields);
});

test('a PING is acknowledged with its payload', () => {
  const bench = Bench.server();
  bench.receive(frame(FrameType.ping, 0, 0, Buffer.from('02041010090e0707', 'hex')));
  const [pong] = bench.output();
  assert.deepEqual([pong.type, pong.flags, pong.payload.toString('hex')], [FrameType.ping, Flag.ack, '02041010090e0707']);
  bench.receive(frame(FrameType.ping, Flag.ack, 0, Buffer.alloc(8)));
  assert.deepEqual(bench.output(), []);
});

test('unknown frames, priorities, padding and informational heads are taken and ignored', () => {
  const server = Bench.server();
  server.receive(
    frame(0xfa, 0xff, 77, Buffer.alloc(30)),
    frame(FrameType.priority, 0, 5, Buffer.concat([uint32(3), Buffer.of(1)])),
    frame(
      FrameType.headers,
      Flag.endHeaders | Flag.padded | Flag.priority,
      1,
      Buffer.concat([Buffer.of(3), uint32(0), Buffer.of(9), block(REQUEST), Buffer.alloc(3)]),
    ),
    frame(FrameType.data, Flag.padded | Flag.endStream, 1, Buffer.concat([Buffer.of(2), Buffer.from('abc'), Buffer.alloc(2)])),
  );
  assert.deepEqual(server.log, [
    ['headers', 1, REQUEST, false],
    ['data', 1, 'abc'],
    ['end', 1],
  ]);
  const client = Bench.client();
  client.open();
  client.receive(
    frame(FrameType.headers, Flag.endHeaders, 1, block([':status', '103'])),
    frame(FrameType.headers, Flag.endHeaders, 1, block([':status', '200'])),
  );
  assert.deepEqual(client.log, [['headers', 1, [':status', '200'], false]]);
});

test('a response that ends before the request does ends the stream with RST_STREAM NO_ERROR', () => {
  const bench = Bench.client();
  bench.open();
  bench.output();
  bench.receive(frame(FrameType.headers, Flag.endHeaders | Flag.endStream, 1, block([...HEAD, ...OK_TRAILERS])));
  assert.deepEqual(bench.log, [['headers', 1, [...HEAD, ...OK_TRAILERS], true]]);
  const [reset] = bench.output();
  assert.deepEqual([reset.type, reset.payload.readUInt32BE()], [FrameType.rstStream, Http2Code.noError]);
});

test('GOAWAY ends the streams that the server has not seen, lets the others finish, and takes no new ones', () => {
  const bench = Bench.client();
  bench.open();
  bench.open();
  bench.output();
  bench.receive(frame(FrameType.goaway, 0, 0, Buffer.concat([uint32(1), uint32(0), Buffer.from('bye')])));
  assert.deepEqual(bench.log, [
    ['goaway', 0],
    ['abort', 3, 'refused', 0],
  ]);
  bench.log.length = 0;
  bench.open();
  assert.deepEqual(bench.log, [['abort', 0, 'refused', 0]]);
  bench.receive(frame(FrameType.headers, Flag.endHeaders | Flag.endStream, 1, block([...HEAD, ...OK_TRAILERS])));
  assert.deepEqual(bench.log.slice(1), [
    ['closed', undefined],
    ['headers', 1, [...HEAD, ...OK_TRAILERS], true],
  ]);
  assert.equal(bench.ended, 'gracefully');
});

test('GOAWAY with an error tells it, with what the peer said about it', () => {
  const bench = Bench.client();
  bench.open();
  bench.receive(
    frame(FrameType.goaway, 0, 0, Buffer.concat([uint32(0), uint32(Http2Code.enhanceYourCalm), Buffer.from('too_many_pings')])),
  );
  assert.deepEqual(bench.log, [
    ['goaway', Http2Code.enhanceYourCalm],
    ['closed', 'the peer ended the connection: ENHANCE_YOUR_CALM "too_many_pings"'],
    ['abort', 1, 'refused', Http2Code.enhanceYourCalm],
  ]);
});

test('a client that goes away may finish and even open streams', () => {
  const bench = Bench.server();
  bench.receive(request(1), frame(FrameType.goaway, 0, 0, Buffer.concat([uint32(0), uint32(0)])), request(3));
  assert.deepEqual(bench.log, [
    ['headers', 1, REQUEST, false],
    ['goaway', 0],
    ['headers', 3, REQUEST, false],
  ]);
  assert.equal(bench.ended, undefined);
});

test('streams above the limit of the peer wait, in order, and one that was reset is skipped', () => {
  const bench = Bench.client({}, [Setting.maxConcurrentStreams, 1]);
  const [first, second, third] = [bench.open(), bench.open(), bench.open()];
  bench.connection.sendMessage(third, Buffer.from('late'), 'data');
  assert.deepEqual(kinds(bench), [[FrameType.headers, Flag.endHeaders, 1]]);
  bench.connection.reset(second, Http2Code.cancel);
  bench.connection.reset(first, Http2Code.cancel);
  assert.deepEqual(kinds(bench), [
    [FrameType.rstStream, 0, 1],
    [FrameType.headers, Flag.endHeaders, 3],
    [FrameType.data, Flag.endStream, 3],
  ]);
  assert.equal(third.id, 3);
});

const goaway = (lastId: number) => frame(FrameType.goaway, 0, 0, Buffer.concat([uint32(lastId), uint32(0)]));

test('any number of streams may wait for a server that goes away: each is told', () => {
  for (const answer of [goaway(1), goaway(0)]) {
    const bench = Bench.client({}, [Setting.maxConcurrentStreams, 1]);
    for (let i = 0; i < 20_000; i++) bench.open();
    bench.receive(answer, frame(FrameType.rstStream, 0, 1, uint32(Http2Code.cancel)));
    assert.equal(bench.log.filter(([event]) => event === 'abort').length, 20_000);
    assert.equal(bench.log.filter(([event]) => event === 'closed').length, 1);
    assert.equal(bench.ended, 'gracefully');
  }
});

test('streams that wait when the ids are used up are told', () => {
  const bench = Bench.client({}, [Setting.maxConcurrentStreams, 1]);
  bench.connection.nextStreamId = 0x7fffffff;
  const [first] = [bench.open(), bench.open(), bench.open()];
  bench.connection.reset(first, Http2Code.cancel);
  assert.deepEqual(bench.log, [
    ['abort', 0, 'refused', 0],
    ['abort', 0, 'refused', 0],
  ]);
});

test('a client whose stream ids are used up opens no more', () => {
  const bench = Bench.client();
  bench.connection.nextStreamId = 0x7fffffff;
  bench.open();
  assert.equal(bench.output()[0].streamId, 0x7fffffff);
  bench.open();
  assert.deepEqual(bench.log, [['abort', 0, 'refused', 0]]);
});

test('late frames of a stream that we reset are no fault, and keep the table and the window in step', () => {
  const bench = Bench.server();
  bench.receive(request(1));
  bench.connection.reset(bench.streams[0], Http2Code.cancel);
  bench.output();
  const before = bench.connection.receiveWindow;
  bench.receive(frame(FrameType.data, 0, 1, Buffer.alloc(1000)), frame(FrameType.data, Flag.endStream, 1, Buffer.alloc(10)));
  assert.equal(before - bench.connection.receiveWindow, 1010);
  assert.deepEqual(bench.output(), []);
  bench.receive(request(3));
  assert.deepEqual(bench.log.at(-1), ['headers', 3, REQUEST, false]);
});

test('a connection that is lost aborts its streams once', () => {
  const bench = Bench.client({}, [Setting.maxConcurrentStreams, 1]);
  bench.open();
  bench.open();
  bench.connection.disconnected(new Error('read ECONNRESET'));
  bench.connection.disconnected(undefined);
  assert.deepEqual(bench.log, [
    ['abort', 1, 'connection', 'read ECONNRESET'],
    ['abort', 0, 'connection', 'read ECONNRESET'],
    ['closed', 'read ECONNRESET'],
  ]);
  assert.equal(bench.ended, 'hard');
});

test('a server that goes away takes what was on its way, then tells the last stream seen, and ends when the open ones have', () => {
  const bench = Bench.server();
  const endRequest = Flag.endHeaders | Flag.endStream;
  bench.receive(request(1, endRequest));
  bench.connection.goAway();
  bench.connection.goAway();
  const [first, ping, ...more] = bench.output();
  assert.deepEqual([first.type, first.payload.readUInt32BE(0)], [FrameType.goaway, LARGEST_STREAM_ID]);
  assert.deepEqual([ping.type, ping.flags, more.length], [FrameType.ping, 0, 0]);
  bench.receive(request(3, endRequest), frame(FrameType.ping, Flag.ack, 0, ping.payload), request(5, endRequest));
  const [last, ...none] = bench.output();
  assert.deepEqual([last.type, last.payload.readUInt32BE(0), none.length], [FrameType.goaway, 3, 0]);
  assert.equal(bench.streams.length, 2, 'stream 5 came after the word');
  for (const stream of bench.streams) {
    assert.equal(bench.ended, undefined);
    bench.connection.sendHead(stream, new HeaderTemplate([...HEAD, ...OK_TRAILERS]), undefined, true);
  }
  assert.equal(bench.ended, 'gracefully');
});

test('a client that goes away finishes its streams, those that wait as well, and opens no more', () => {
  const bench = Bench.client({}, [Setting.maxConcurrentStreams, 1]);
  for (const stream of [bench.open(), bench.open()]) bench.connection.end(stream, 'data');
  bench.connection.goAway();
  bench.open();
  assert.deepEqual(bench.log, [['abort', 0, 'refused', Http2Code.noError]]);
  const end = (id: number) => frame(FrameType.headers, Flag.endHeaders | Flag.endStream, id, block([...HEAD, ...OK_TRAILERS]));
  bench.receive(end(1));
  assert.equal(bench.ended, undefined);
  bench.receive(end(3));
  assert.equal(bench.ended, 'gracefully');
});

test('a server that stops gracefully, as grpc-go does, has its PING answered and its calls finished', () => {
  const bench = Bench.client();
  bench.connection.end(bench.open(), 'data');
  bench.output();
  const goaway = (lastId: number) => frame(FrameType.goaway, 0, 0, Buffer.concat([uint32(lastId), uint32(Http2Code.noError)]));
  bench.receive(goaway(LARGEST_STREAM_ID), frame(FrameType.ping, 0, 0, Buffer.from('\x01\x06\x01\x08\x00\x03\x03\x09')));
  assert.deepEqual(
    bench.output().map(({ type, flags }) => [type, flags]),
    [[FrameType.ping, Flag.ack]],
  );
  bench.receive(goaway(1), frame(FrameType.headers, Flag.endHeaders | Flag.endStream, 1, block([...HEAD, ...OK_TRAILERS])));
  assert.deepEqual(bench.log, [
    ['goaway', Http2Code.noError],
    ['goaway', Http2Code.noError],
    ['closed', undefined],
    ['headers', 1, [...HEAD, ...OK_TRAILERS], true],
  ]);
  assert.equal(bench.ended, 'gracefully');
});

test('a connection counts what passes', () => {
  const bench = Bench.server();
  bench.receive(request(1, Flag.endHeaders | Flag.endStream), request(3), frame(FrameType.rstStream, 0, 3, uint32(Http2Code.cancel)));
  const [stream] = bench.streams;
  bench.connection.sendHead(stream, new HeaderTemplate(HEAD), undefined, false);
  bench.connection.sendMessage(stream, Buffer.alloc(100));
  bench.connection.sendMessage(stream, Buffer.alloc(100_000));
  const before = bench.connection.stats();
  assert.deepEqual([before.streamsOpened, before.openStreams, before.resetsReceived, before.messagesSent], [2, 1, 1, 2]);
  assert.equal(before.queuedBytes, 100_005);
  const sent = bench.outputBytes().length;
  const after = bench.connection.stats();
  assert.equal(after.bytesSent - before.bytesSent, sent);
  assert.deepEqual([after.windowStalls, after.queuedBytes], [1, 100_005 + 105 - 65535]);
  bench.connection.reset(stream, Http2Code.cancel);
  const { resetsSent, queuedBytes, openStreams } = bench.connection.stats();
  assert.deepEqual([resetsSent, queuedBytes, openStreams], [1, 0, 0]);
});

function readSettings(payload: Buffer): Record<number, number> {
  const entries: [number, number][] = [];
  for (let at = 0; at < payload.length; at += 6) entries.push([payload.readUInt16BE(at), payload.readUInt32BE(at + 2)]);
  return Object.fromEntries(entries);
}
