import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BlockReader, CLIENT_START, Flag, FrameType, frame, message, parseFrames, request } from '../http2/fixtures/scripted-peer.ts';
import { type HeaderFields, Http2Connection } from '../http2/index.ts';
import { big, chat, echo } from './fixtures/echo.ts';
import { createCalls, createServer } from './index.ts';

/** All that a connection has to write for now. */
function takeAll(connection: Http2Connection): Buffer {
  const chunks = connection.takeOutput().map((chunk) => Buffer.from(chunk));
  connection.outputWritten(false);
  return Buffer.concat(chunks);
}

test('a client and a server of ours talk without a socket', async () => {
  const server = createServer();
  server.unary(echo, (text) => `you said ${text}`);
  const near = new Http2Connection('client', { onClosed: () => undefined });
  const far = server.accept();
  const reply = createCalls(near).unary(echo, 'hello');
  far.receive(takeAll(near));
  near.receive(takeAll(far));
  assert.equal(await reply, 'you said hello');
  for (const connection of [near, far]) connection.disconnected(undefined);
});

test('the handler of a duplex call is told when the request ends inside a message', async () => {
  const server = createServer();
  const told = Promise.withResolvers<unknown>();
  server.duplex(chat, async function* (requests) {
    try {
      for await (const text of requests) yield text;
    } catch (error) {
      told.resolve(error);
      throw error;
    }
  });
  const connection = server.accept();
  const fields = [':method', 'POST', ':scheme', 'http', ':path', chat.path, 'content-type', 'application/grpc', 'te', 'trailers'];
  const cutOff = message(Buffer.from('hello')).subarray(0, 7);
  connection.receive(Buffer.concat([CLIENT_START, request(1, Flag.endHeaders, fields), frame(FrameType.data, Flag.endStream, 1, cutOff)]));
  assert.match(String(await told.promise), /the request ended inside a message/);
  const last = parseFrames(takeAll(connection)).findLast(({ type }) => type === FrameType.headers);
  const status = new BlockReader().read(last?.payload ?? Buffer.alloc(0)) as HeaderFields;
  assert.equal(status[status.indexOf('grpc-status') + 1], '13');
});

test('prefixes of big messages on many streams are trusted with a limited amount of memory, and the messages still come', async () => {
  const server = createServer();
  server.unary(big, (request) => Uint8Array.of(request.length & 0xff, request.at(-1) ?? 0));
  const connection = server.accept();
  const fields = [':method', 'POST', ':scheme', 'http', ':path', big.path, 'content-type', 'application/grpc', 'te', 'trailers'];
  const ids = Array.from({ length: 1000 }, (_, index) => index * 2 + 1);
  const length = 10_000_001;
  const prefix = Buffer.of(0, length >>> 24, length >>> 16, length >>> 8, length);
  const start = (id: number) => Buffer.concat([request(id, Flag.endHeaders, fields), frame(FrameType.data, 0, id, prefix)]);
  connection.receive(Buffer.concat([CLIENT_START, ...ids.map(start)]));
  assert.ok(connection.gatheredBytes < 400 << 20, `${connection.gatheredBytes} bytes`);
  const last = 1999;
  const piece = Buffer.alloc(200_000, 7);
  for (let at = 0; at < length; at += piece.length) {
    const end = at + piece.length >= length;
    connection.receive(frame(FrameType.data, end ? Flag.endStream : 0, last, piece.subarray(0, length - at)));
    takeAll(connection);
  }
  assert.equal(connection.streams.has(last), false);
  const reset = (id: number) => frame(FrameType.rstStream, 0, id, Buffer.of(0, 0, 0, 8));
  connection.receive(Buffer.concat(ids.slice(0, 500).map(reset)));
  connection.disconnected(undefined);
  assert.equal(connection.gatheredBytes, 0);
});
