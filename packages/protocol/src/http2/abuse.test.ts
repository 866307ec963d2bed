import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Http2Code, LARGEST_WINDOW } from './constants.ts';
import {
  Bench,
  BlockReader,
  block,
  Flag,
  FrameType,
  frame,
  message,
  REQUEST,
  RecordingStream,
  request,
  Setting,
  settings,
  uint32,
} from './fixtures/scripted-peer.ts';
import { HeaderTemplate } from './header-template.ts';

const HEAD = [':status', '200', 'content-type', 'application/grpc'];
const OK = { template: new HeaderTemplate(['grpc-status', '0']), extra: undefined };
const END_REQUEST = Flag.endHeaders | Flag.endStream;
const isCutOff = (bench: Bench) => /ENHANCE_YOUR_CALM/.test(String(bench.log.at(-1)?.[1]));

/** Sends until the connection ends, reading all that comes back; returns how often. */
function flood(bench: Bench, most: number, next: (index: number) => Uint8Array): number {
  let sent = 0;
  for (; sent < most && bench.ended === undefined; sent++) {
    bench.receive(next(sent));
    bench.output();
  }
  return sent;
}

for (const [name, bytes] of [
  ['PING', frame(FrameType.ping, 0, 0, Buffer.alloc(8))],
  ['SETTINGS', settings([Setting.maxConcurrentStreams, 5])],
  ['PRIORITY', frame(FrameType.priority, 0, 1, Buffer.alloc(5, 1))],
  ['an unknown type', frame(99, 0, 0)],
  ['empty DATA', frame(FrameType.data, 0, 1)],
  ['DATA that is all padding', frame(FrameType.data, Flag.padded, 1, Buffer.of(3, 0, 0, 0))],
  ['WINDOW_UPDATE', frame(FrameType.windowUpdate, 0, 1, uint32(1))],
] as const) {
  test(`a peer that floods with ${name} is cut off, even when it reads the answers`, () => {
    const bench = Bench.server({ maxIdleFrames: 1000, nowMs: () => 0 });
    bench.receive(request(1));
    assert.ok(flood(bench, 2000, () => bytes) < 1010);
    assert.ok(isCutOff(bench));
  });
}

test('frames that move no call on may come at their rate for ever', () => {
  let nowMs = 0;
  const bench = Bench.client({ maxIdleFrames: 100, idleFrameRefillMs: 10, nowMs: () => nowMs });
  const sent = flood(bench, 5000, () => {
    nowMs += 10;
    return frame(FrameType.ping, 0, 0, Buffer.alloc(8));
  });
  assert.equal(sent, 5000);
});

test('a peer that answers each message with a PING and two WINDOW_UPDATEs, as grpc-go does, is not cut off', () => {
  const bench = Bench.server({ maxIdleFrames: 100, nowMs: () => 0 });
  bench.receive(request(1, END_REQUEST), frame(FrameType.windowUpdate, 0, 0, uint32(1 << 30)));
  bench.connection.sendHead(bench.streams[0], new HeaderTemplate(HEAD), undefined, false);
  const answers = [frame(FrameType.ping, 0, 0, Buffer.alloc(8)), ...[0, 1].map((id) => frame(FrameType.windowUpdate, 0, id, uint32(15)))];
  const sent = flood(bench, 3000, () => {
    bench.connection.sendMessage(bench.streams[0], Buffer.alloc(10));
    return Buffer.concat(answers);
  });
  assert.equal(sent, 3000);
});

test('a peer that lets us send one octet at a time is cut off', () => {
  const bench = Bench.server({ maxIdleFrames: 1000, nowMs: () => 0 });
  bench.receive(settings([Setting.initialWindowSize, 0]), request(1, END_REQUEST));
  bench.connection.sendHead(bench.streams[0], new HeaderTemplate(HEAD), undefined, false);
  bench.connection.sendMessage(bench.streams[0], Buffer.alloc(100_000));
  assert.ok(flood(bench, 2000, () => frame(FrameType.windowUpdate, 0, 1, uint32(1))) < 1010);
  assert.ok(isCutOff(bench));
});

test('SETTINGS that change the windows of many streams over and over cost as many frames as they take work', () => {
  const bench = Bench.server({ maxIdleFrames: 1000, nowMs: () => 0 });
  bench.receive(...Array.from({ length: 1600 }, (_, i) => request(i * 2 + 1)));
  const sent = flood(bench, 100, (index) => settings([Setting.initialWindowSize, index]));
  assert.ok(sent < 11, `${sent} frames, each for 1600 streams`);
  assert.ok(isCutOff(bench));
});

test('of one SETTINGS frame the last window size counts, and one that is too large is a fault anywhere in it', () => {
  const bench = Bench.client();
  const stream = bench.open();
  bench.receive(settings([Setting.initialWindowSize, 5], [Setting.initialWindowSize, 70_000]));
  assert.equal(stream.sendWindow, 70_000);
  bench.receive(settings([Setting.initialWindowSize, LARGEST_WINDOW + 1], [Setting.initialWindowSize, 70_000]));
  assert.match(String(bench.log.at(-1)?.[1]), /FLOW_CONTROL_ERROR/);
});

test('a peer whose faults make us reset streams is cut off like one that resets them', () => {
  for (const bad of [
    (id: number) => [request(id), frame(FrameType.windowUpdate, 0, id, uint32(0))],
    (id: number) => [request(id, END_REQUEST), frame(FrameType.data, 0, id, message(Buffer.alloc(1)))],
    (id: number) => [request(id, END_REQUEST, ['x', 'no pseudo fields'])],
  ]) {
    const bench = Bench.server({ maxResetBurst: 100, nowMs: () => 0 });
    assert.ok(flood(bench, 200, (index) => Buffer.concat(bad(index * 2 + 1))) < 105);
    assert.ok(isCutOff(bench));
  }
});

test('a peer that opens streams that are closed is cut off: each costs it no more than us', () => {
  const bench = Bench.server({ maxResetBurst: 100, nowMs: () => 0 });
  bench.receive(request(100_001));
  assert.ok(flood(bench, 200, (index) => request(index * 2 + 1)) < 105);
  assert.ok(isCutOff(bench));
});

test('a server that announces its response for ever is cut off', () => {
  const bench = Bench.client({ maxIdleFrames: 1000, nowMs: () => 0 });
  const stream = bench.open();
  bench.output();
  assert.ok(flood(bench, 2000, () => request(stream.id, Flag.endHeaders, [':status', '103'])) < 1010);
  assert.ok(isCutOff(bench));
});

test('a peer may cancel as many calls as it lets end well', () => {
  const bench = Bench.server({ maxResetBurst: 10, nowMs: () => 0 });
  const cancelled = flood(bench, 1000, (index) => {
    const [good, bad] = [index * 4 + 1, index * 4 + 3];
    bench.receive(request(good, END_REQUEST));
    bench.connection.sendHead(bench.streams.at(-1)!, new HeaderTemplate(HEAD), undefined, false);
    bench.connection.sendMessage(bench.streams.at(-1)!, Buffer.alloc(10), OK);
    return Buffer.concat([request(bad), frame(FrameType.rstStream, 0, bad, uint32(Http2Code.cancel))]);
  });
  assert.equal(cancelled, 1000);
});

test('a peer that does not read its responses gets no new streams until it does', () => {
  const bench = Bench.server({ maxQueuedBytes: 1 << 20 });
  const respond = (id: number) => {
    bench.receive(request(id, END_REQUEST));
    if (bench.streams.length * 2 - 1 !== id) return;
    bench.connection.sendHead(bench.streams.at(-1)!, new HeaderTemplate(HEAD), undefined, false);
    bench.connection.sendMessage(bench.streams.at(-1)!, Buffer.alloc(600_000), OK);
  };
  for (const id of [1, 3, 5]) respond(id);
  const [refusal] = bench.output().filter(({ type }) => type === FrameType.rstStream);
  assert.deepEqual([refusal.streamId, refusal.payload.readUInt32BE()], [5, Http2Code.refusedStream]);
  assert.equal(bench.streams.length, 2);
  bench.receive(...[0, 1, 3].map((id) => frame(FrameType.windowUpdate, 0, id, uint32(2 << 20))));
  bench.output();
  bench.receive(request(7));
  assert.equal(bench.streams.at(-1)?.id, 7);
});

test('a list of more fields than anybody needs is too large, however few octets it took', () => {
  const bench = Bench.server();
  const indexed = Buffer.concat([block(REQUEST), Buffer.alloc(10_000, 0x82 + 10)]);
  bench.receive(frame(FrameType.headers, Flag.endHeaders, 1, indexed), request(3));
  assert.deepEqual(bench.log, [['headers', 3, REQUEST, false]]);
  assert.equal(bench.output()[0].payload.readUInt32BE(), Http2Code.enhanceYourCalm);
});

test('a header list that the peer does not take fails its call, and the next goes out', () => {
  const bench = Bench.client({}, [Setting.maxHeaderListSize, 500]);
  bench.open([...REQUEST, 'x', 'y'.repeat(300)]);
  bench.open();
  assert.deepEqual(bench.log, [['abort', 0, 'headersTooLarge', 615]]);
  assert.deepEqual(
    bench.output().map(({ type, streamId }) => [type, streamId]),
    [[FrameType.headers, 1]],
  );
});

test('header blocks stay readable while the peer changes the size of its table', () => {
  const bench = Bench.client();
  const templates = [0, 1, 2].map((n) => new HeaderTemplate([...REQUEST, `x-${n}`, 'v'.repeat(30 * n)]));
  const reader = new BlockReader();
  const sizes = [0, 4096, 60, 200, 100_000, 0, 80, 4096];
  for (const size of [...sizes, ...sizes]) {
    bench.receive(settings([Setting.headerTableSize, 0], [Setting.headerTableSize, size]));
    for (const template of [...templates, ...templates, ...templates]) {
      bench.connection.open(new RecordingStream(bench.connection, 0, bench.log), template, undefined);
      const blocks = bench.output().filter(({ type }) => type === FrameType.headers);
      assert.deepEqual(
        blocks.map(({ payload }) => reader.read(payload)),
        [template.fields],
      );
    }
  }
});
