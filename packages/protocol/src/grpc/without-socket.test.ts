import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BlockReader, CLIENT_START, Flag, FrameType, frame, message, parseFrames, request } from '../http2/fixtures/scripted-peer.ts';
import { type HeaderFields, Http2Connection } from '../http2/index.ts';
import { chat, echo } from './fixtures/echo.ts';
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
