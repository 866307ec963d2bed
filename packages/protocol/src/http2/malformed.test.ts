import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Http2Code, http2CodeName, PREFACE } from './constants.ts';
import { Bench, block, Flag, FrameType, frame, REQUEST, request, Setting, settings, uint32 } from './fixtures/scripted-peer.ts';

const open = request(1);
const withFields = (...fields: string[]) => request(1, Flag.endHeaders | Flag.endStream, fields);

/** What a client may not send, and the code of the GOAWAY that answers it. Each follows the client's start. */
const CONNECTION_FAULTS: Record<string, [code: number, ...frames: Buffer[]]> = {
  'a frame that is larger than announced': [Http2Code.frameSizeError, frame(FrameType.settings, 0, 0, Buffer.alloc((256 << 10) + 1))],
  'DATA on stream 0': [Http2Code.protocolError, frame(FrameType.data, 0, 0)],
  'DATA on an idle stream': [Http2Code.protocolError, frame(FrameType.data, 0, 1, Buffer.alloc(1))],
  'DATA with more padding than payload': [Http2Code.protocolError, open, frame(FrameType.data, Flag.padded, 1, Buffer.of(5, 0))],
  'padded DATA without a padding length': [Http2Code.frameSizeError, open, frame(FrameType.data, Flag.padded, 1)],
  'HEADERS on stream 0': [Http2Code.protocolError, frame(FrameType.headers, Flag.endHeaders, 0, block(REQUEST))],
  'HEADERS on an even stream': [Http2Code.protocolError, frame(FrameType.headers, Flag.endHeaders, 2, block(REQUEST))],
  'HEADERS with more padding than payload': [
    Http2Code.protocolError,
    frame(FrameType.headers, Flag.endHeaders | Flag.padded, 1, Buffer.of(9, 0)),
  ],
  'HEADERS too short for a priority': [
    Http2Code.frameSizeError,
    frame(FrameType.headers, Flag.endHeaders | Flag.priority, 1, Buffer.alloc(4)),
  ],
  'HEADERS that depend on themselves': [
    Http2Code.protocolError,
    frame(FrameType.headers, Flag.endHeaders | Flag.priority, 1, Buffer.concat([uint32(1), Buffer.of(0), block(REQUEST)])),
  ],
  'a header block that breaks HPACK': [Http2Code.compressionError, frame(FrameType.headers, Flag.endHeaders, 1, Buffer.of(0x80))],
  'CONTINUATION without HEADERS': [Http2Code.protocolError, frame(FrameType.continuation, Flag.endHeaders, 1)],
  'another frame within a header block': [
    Http2Code.protocolError,
    frame(FrameType.headers, 0, 1, block(REQUEST)),
    frame(FrameType.ping, 0, 0, Buffer.alloc(8)),
  ],
  'DATA within a header block': [Http2Code.protocolError, frame(FrameType.headers, 0, 1, block(REQUEST)), frame(FrameType.data, 0, 1)],
  'CONTINUATION of another stream': [
    Http2Code.protocolError,
    frame(FrameType.headers, 0, 1, block(REQUEST)),
    frame(FrameType.continuation, Flag.endHeaders, 3),
  ],
  'PRIORITY of 4 octets': [Http2Code.frameSizeError, frame(FrameType.priority, 0, 1, Buffer.alloc(4))],
  'PRIORITY on stream 0': [Http2Code.protocolError, frame(FrameType.priority, 0, 0, Buffer.alloc(5))],
  'RST_STREAM of 3 octets': [Http2Code.frameSizeError, open, frame(FrameType.rstStream, 0, 1, Buffer.alloc(3))],
  'RST_STREAM on stream 0': [Http2Code.protocolError, frame(FrameType.rstStream, 0, 0, uint32(8))],
  'RST_STREAM on an idle stream': [Http2Code.protocolError, frame(FrameType.rstStream, 0, 7, uint32(8))],
  'SETTINGS on a stream': [Http2Code.protocolError, frame(FrameType.settings, 0, 1)],
  'SETTINGS of 5 octets': [Http2Code.frameSizeError, frame(FrameType.settings, 0, 0, Buffer.alloc(5))],
  'an acknowledgement of SETTINGS with a payload': [Http2Code.frameSizeError, frame(FrameType.settings, Flag.ack, 0, Buffer.alloc(6))],
  'ENABLE_PUSH of 2': [Http2Code.protocolError, settings([Setting.enablePush, 2])],
  'MAX_FRAME_SIZE below 16384': [Http2Code.protocolError, settings([Setting.maxFrameSize, 16383])],
  'INITIAL_WINDOW_SIZE above 2^31-1': [Http2Code.flowControlError, settings([Setting.initialWindowSize, 0x80000000])],
  PUSH_PROMISE: [Http2Code.protocolError, frame(FrameType.pushPromise, Flag.endHeaders, 1, uint32(2))],
  'PING of 7 octets': [Http2Code.frameSizeError, frame(FrameType.ping, 0, 0, Buffer.alloc(7))],
  'PING on a stream': [Http2Code.protocolError, frame(FrameType.ping, 0, 1, Buffer.alloc(8))],
  'GOAWAY of 7 octets': [Http2Code.frameSizeError, frame(FrameType.goaway, 0, 0, Buffer.alloc(7))],
  'GOAWAY on a stream': [Http2Code.protocolError, frame(FrameType.goaway, 0, 1, Buffer.alloc(8))],
  'WINDOW_UPDATE of 3 octets': [Http2Code.frameSizeError, frame(FrameType.windowUpdate, 0, 0, Buffer.alloc(3))],
  'WINDOW_UPDATE of 0 for the connection': [Http2Code.protocolError, frame(FrameType.windowUpdate, 0, 0, uint32(0))],
  'WINDOW_UPDATE on an idle stream': [Http2Code.protocolError, frame(FrameType.windowUpdate, 0, 9, uint32(1))],
  'a connection window above 2^31-1': [Http2Code.flowControlError, frame(FrameType.windowUpdate, 0, 0, uint32(0x7fffffff))],
};

for (const [what, [code, ...frames]] of Object.entries(CONNECTION_FAULTS)) {
  test(`${what} ends the connection with ${http2CodeName(code)}`, () => {
    const bench = Bench.server();
    bench.receive(...frames);
    const goaway = bench.output().at(-1);
    assert.equal(goaway?.type, FrameType.goaway);
    assert.equal(http2CodeName(goaway?.payload.readUInt32BE(4) ?? -1), http2CodeName(code));
    assert.equal(bench.ended, 'gracefully');
    bench.receive(request(99));
    assert.equal(bench.log.at(-1)?.[0], 'closed');
  });
}

/** What a client may not send on one stream, and the code of the RST_STREAM that answers it. */
const STREAM_FAULTS: Record<string, [code: number, ...frames: Buffer[]]> = {
  'DATA after END_STREAM': [
    Http2Code.streamClosed,
    request(1, Flag.endHeaders | Flag.endStream),
    frame(FrameType.data, 0, 1, Buffer.of(1)),
  ],
  'HEADERS after END_STREAM': [
    Http2Code.streamClosed,
    request(1, Flag.endHeaders | Flag.endStream),
    request(1, Flag.endHeaders | Flag.endStream),
  ],
  'trailers without END_STREAM': [Http2Code.protocolError, open, frame(FrameType.headers, Flag.endHeaders, 1, block(['x', 'y']))],
  'a pseudo-header in trailers': [
    Http2Code.protocolError,
    open,
    frame(FrameType.headers, Flag.endHeaders | Flag.endStream, 1, block([':path', '/'])),
  ],
  'WINDOW_UPDATE of 0': [Http2Code.protocolError, open, frame(FrameType.windowUpdate, 0, 1, uint32(0))],
  'a window above 2^31-1': [Http2Code.flowControlError, open, frame(FrameType.windowUpdate, 0, 1, uint32(0x7fffffff))],
  'a request without a path': [Http2Code.protocolError, withFields(':method', 'POST', ':scheme', 'http')],
  'an empty path': [Http2Code.protocolError, withFields(':method', 'POST', ':scheme', 'http', ':path', '')],
  'a pseudo-header twice': [Http2Code.protocolError, withFields(...REQUEST.slice(0, 2), ...REQUEST)],
  'a pseudo-header after a field': [Http2Code.protocolError, withFields('x', 'y', ...REQUEST)],
  'an unknown pseudo-header': [Http2Code.protocolError, withFields(':protocol', 'x', ...REQUEST)],
  'a response pseudo-header': [Http2Code.protocolError, withFields(':status', '200', ...REQUEST)],
  'an upper-case name': [Http2Code.protocolError, withFields(...REQUEST, 'X-Upper', 'y')],
  'a line break in a value': [Http2Code.protocolError, withFields(...REQUEST, 'x', 'y\r\nz')],
  'a connection field in trailers': [
    Http2Code.protocolError,
    open,
    frame(FrameType.headers, Flag.endHeaders | Flag.endStream, 1, block(['connection', 'close'])),
  ],
  'a connection field': [Http2Code.protocolError, withFields(...REQUEST, 'connection', 'close')],
  'te that is not trailers': [Http2Code.protocolError, withFields(...REQUEST.slice(0, -2), 'te', 'gzip')],
  'a content-length without a body': [Http2Code.protocolError, withFields(...REQUEST, 'content-length', '5')],
  'a body that is longer than its content-length': [
    Http2Code.protocolError,
    request(1, Flag.endHeaders, [...REQUEST, 'content-length', '1']),
    frame(FrameType.data, 0, 1, Buffer.alloc(2)),
  ],
};

for (const [what, [code, ...frames]] of Object.entries(STREAM_FAULTS)) {
  test(`${what} ends that stream alone with ${http2CodeName(code)}`, () => {
    const bench = Bench.server();
    bench.receive(...frames);
    const reset = bench.output().find(({ type }) => type === FrameType.rstStream);
    assert.equal(http2CodeName(reset?.payload.readUInt32BE() ?? -1), http2CodeName(code));
    bench.receive(request(3));
    assert.deepEqual(bench.log.at(-1), ['headers', 3, REQUEST, false]);
  });
}

test('a wrong preface or a first frame that is not SETTINGS ends the connection', () => {
  for (const bytes of [Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'), Buffer.concat([PREFACE, request(1)])]) {
    const bench = new Bench('server');
    bench.receive(bytes);
    assert.equal(bench.output().at(-1)?.payload.readUInt32BE(4), Http2Code.protocolError);
  }
});

test('a server may not push, use even ids, or answer what was not asked', () => {
  for (const bytes of [
    frame(FrameType.pushPromise, Flag.endHeaders, 1, uint32(2)),
    frame(FrameType.data, 0, 2, Buffer.alloc(1)),
    frame(FrameType.headers, Flag.endHeaders, 5, block([':status', '200'])),
  ]) {
    const bench = Bench.client();
    bench.open();
    bench.receive(bytes);
    assert.equal(bench.output().at(-1)?.payload.readUInt32BE(4), Http2Code.protocolError);
  }
});

test('a CONTINUATION flood is cut off by its bytes and by its count', () => {
  for (const [payload, most] of [
    [Buffer.alloc(10_000), 200],
    [Buffer.alloc(0), 2000],
  ] as const) {
    const bench = Bench.server();
    bench.receive(frame(FrameType.headers, 0, 1, block(REQUEST)));
    let frames = 0;
    while (bench.ended === undefined && frames < most) {
      bench.receive(frame(FrameType.continuation, 0, 1, payload));
      frames++;
    }
    assert.equal(bench.output().at(-1)?.payload.readUInt32BE(4), Http2Code.enhanceYourCalm);
  }
});

test('a peer that floods with PING or SETTINGS and does not read is cut off', () => {
  for (const flood of [frame(FrameType.ping, 0, 0, Buffer.alloc(8)), settings([Setting.maxConcurrentStreams, 5])]) {
    const bench = Bench.server();
    const block = Buffer.concat(Array.from({ length: 1000 }, () => flood));
    for (let i = 0; i < 1000 && bench.ended === undefined; i++) bench.connection.receive(block);
    assert.equal(bench.ended, 'gracefully');
    assert.match(String(bench.log.at(-1)?.[1]), /ENHANCE_YOUR_CALM/);
  }
});

test('a peer that resets streams as fast as it opens them is cut off, and one that takes its time is not', () => {
  let nowMs = 0;
  const bench = Bench.server({ maxResetBurst: 100, resetRefillMs: 1, nowMs: () => nowMs });
  let id = 1;
  const rapidReset = () => {
    bench.receive(request(id), frame(FrameType.rstStream, 0, id, uint32(Http2Code.cancel)));
    bench.output();
    id += 2;
  };
  for (let i = 0; i < 1000; i++) {
    nowMs += 2;
    rapidReset();
  }
  assert.equal(bench.ended, undefined);
  for (let i = 0; i < 200 && bench.ended === undefined; i++) rapidReset();
  assert.match(String(bench.log.at(-1)?.[1]), /ENHANCE_YOUR_CALM/);
  assert.equal(bench.connection.streams.size, 0);
});

test('streams above our limit are refused', () => {
  const bench = Bench.server({ maxConcurrentStreams: 2 });
  bench.receive(request(1), request(3), request(5));
  const [reset] = bench.output();
  assert.deepEqual([reset.type, reset.streamId, reset.payload.readUInt32BE()], [FrameType.rstStream, 5, Http2Code.refusedStream]);
});

test('a header list above our limit is refused on its stream alone', () => {
  const bench = Bench.server({ maxHeaderListBytes: 1000 });
  bench.receive(request(1, Flag.endHeaders, [...REQUEST, 'x', 'y'.repeat(800)]), request(3));
  assert.deepEqual(bench.log, [['headers', 3, REQUEST, false]]);
  assert.equal(bench.output()[0].payload.readUInt32BE(), Http2Code.enhanceYourCalm);
});
