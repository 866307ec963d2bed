import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Http2Code } from './constants.ts';
import { block, CLIENT_START, Flag, FrameType, frame, message, REQUEST, Setting, settings, uint32 } from './fixtures/scripted-peer.ts';
import { FrameLog } from './frame-log.ts';

function logged(role: 'client' | 'server', bytes: Buffer, pieceBytes = bytes.length): string[] {
  let text = '';
  const log = new FrameLog(role, role, (lines) => {
    text += lines;
  });
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    const piece = bytes.subarray(at, at + pieceBytes);
    log.received(piece, piece.length);
  }
  return text.trimEnd().split('\n');
}

const long = block([...REQUEST, 'x-token', 'secret', 'grpc-message', 'two words']);
const CONVERSATION = Buffer.concat([
  CLIENT_START,
  settings([Setting.initialWindowSize, 100], [9, 5]),
  frame(FrameType.settings, Flag.ack, 0),
  frame(FrameType.headers, Flag.padded | Flag.endStream, 1, Buffer.concat([Buffer.of(2), long.subarray(0, 20), Buffer.alloc(2)])),
  frame(FrameType.continuation, Flag.endHeaders, 1, long.subarray(20)),
  frame(FrameType.data, Flag.endStream, 1, message(Buffer.from('never shown'))),
  frame(FrameType.windowUpdate, 0, 0, uint32(70_000)),
  frame(FrameType.ping, Flag.ack, 0, Buffer.alloc(8)),
  frame(FrameType.rstStream, 0, 1, uint32(Http2Code.cancel)),
  frame(FrameType.goaway, 0, 0, Buffer.concat([uint32(1), uint32(99), Buffer.from('too\nmuch')])),
  frame(77, 0, 3, Buffer.alloc(10)),
]);

test('each frame is a line with what matters of it, and neither messages nor metadata are shown', () => {
  assert.deepEqual(logged('server', CONVERSATION), [
    'server < PREFACE',
    'server < SETTINGS stream=0 length=0',
    'server < SETTINGS stream=0 length=12 INITIAL_WINDOW_SIZE=100 SETTING_9=5',
    'server < SETTINGS stream=0 length=0 ACK',
    'server < HEADERS stream=1 length=23 END_STREAM PADDED',
    `server < CONTINUATION stream=1 length=${long.length - 20} END_HEADERS :method=POST :scheme=http :path=/a.B/C :authority=localhost content-type=application/grpc te=trailers x-token=(6) grpc-message="two words"`,
    'server < DATA stream=1 length=16 END_STREAM',
    'server < WINDOW_UPDATE stream=0 length=4 increment=70000',
    'server < PING stream=0 length=8 ACK',
    'server < RST_STREAM stream=1 length=4 code=CANCEL',
    'server < GOAWAY stream=0 length=16 last=1 code=unknown_error_code_99 debug="too\\nmuch"',
    'server < TYPE_77 stream=3 length=10',
  ]);
});

test('the lines are the same over any split points', () => {
  const whole = logged('server', CONVERSATION);
  for (const pieceBytes of [1, 2, 7, 8, 9, 10, 50]) assert.deepEqual(logged('server', CONVERSATION, pieceBytes), whole);
});

test('a header block that cannot be read is said to be so', () => {
  const bytes = frame(FrameType.headers, Flag.endHeaders, 1, Buffer.of(0xff));
  assert.deepEqual(logged('client', bytes), ['client < HEADERS stream=1 length=1 END_HEADERS (block ends inside an integer)']);
});
