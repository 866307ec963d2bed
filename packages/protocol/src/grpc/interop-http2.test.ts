import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectHttp2, constants, createServer as createHttp2Server, type ServerHttp2Stream } from 'node:http2';
import { connect as connectNet } from 'node:net';
import { test } from 'node:test';
import { echo, freshAddress } from './fixtures/echo.ts';
import { type Address, connect, createServer, GrpcCode, type GrpcStatusError } from './index.ts';

const GRPC_HEAD = { ':status': 200, 'content-type': 'application/grpc' };
const message = (text: string) => Buffer.concat([Buffer.of(0, 0, 0, 0, text.length), Buffer.from(text)]);

/** A server of node:http2 that answers each call as told. */
async function startServer(answer: (stream: ServerHttp2Stream) => void) {
  const address = freshAddress();
  const server = createHttp2Server();
  const sessions = new Set<{ destroy(): void }>();
  server.on('session', (session) => sessions.add(session));
  server.on('stream', (stream: ServerHttp2Stream) => {
    stream.on('error', () => undefined); // resets of the client
    stream.resume();
    answer(stream);
  });
  server.listen(address.network === 'unix' ? address.path : '');
  await once(server, 'listening');
  return {
    address,
    async [Symbol.asyncDispose]() {
      for (const session of sessions) session.destroy();
      server.close();
    },
  };
}

const connectSocket = (address: Address) => connectNet({ path: address.network === 'unix' ? address.path : '' });

const respond = (head: Record<string, string | number>, text?: string) => (stream: ServerHttp2Stream) => {
  stream.respond(head, { endStream: text === undefined });
  if (text !== undefined) stream.end(message(text));
};
const trailers = (fields: Record<string, string>, text?: string) => (stream: ServerHttp2Stream) => {
  stream.respond(GRPC_HEAD, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers(fields));
  stream.end(text === undefined ? undefined : message(text));
};
const reset = (code: number) => (stream: ServerHttp2Stream) => stream.close(code);

/** What a server does to a call, and the status that the caller sees: spec of grpc-go. */
const ENDINGS: Record<string, [answer: (stream: ServerHttp2Stream) => void, code: GrpcCode, message: string | RegExp]> = {
  'a trailers-only error': [respond({ ...GRPC_HEAD, 'grpc-status': '5', 'grpc-message': 'gone%20%C3%A9%' }), GrpcCode.notFound, 'gone é%'],
  'an error after a message': [trailers({ 'grpc-status': '9', 'grpc-message': 'no' }, 'x'), GrpcCode.failedPrecondition, 'no'],
  'trailers without a status': [trailers({ 'x-other': '1' }, 'x'), GrpcCode.unknown, /without grpc-status/],
  'a status that is no number': [trailers({ 'grpc-status': 'abc' }, 'x'), GrpcCode.unknown, /malformed grpc-status/],
  'a status of the future': [trailers({ 'grpc-status': '42', 'grpc-message': 'new' }, 'x'), GrpcCode.unknown, 'new'],
  'the end of the stream without trailers': [
    respond(GRPC_HEAD, 'x'),
    GrpcCode.internal,
    'server closed the stream without sending trailers',
  ],
  'OK without a message': [trailers({ 'grpc-status': '0' }), GrpcCode.internal, /no message/],
  'two messages for a unary call': [
    (stream) => {
      stream.respond(GRPC_HEAD, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      stream.end(Buffer.concat([message('a'), message('b')]));
    },
    GrpcCode.internal,
    /more than one message/,
  ],
  'half a message': [
    (stream) => {
      stream.respond(GRPC_HEAD, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      stream.end(Buffer.of(0, 0, 0, 0, 9, 1));
    },
    GrpcCode.internal,
    /inside a message/,
  ],
  'a compressed message without an encoding': [
    (stream) => {
      stream.respond(GRPC_HEAD);
      stream.end(Buffer.of(1, 0, 0, 0, 0));
    },
    GrpcCode.internal,
    'grpc: compressed flag set with identity or empty encoding',
  ],
  'a message in an encoding that we have not': [
    (stream) => {
      stream.respond({ ...GRPC_HEAD, 'grpc-encoding': 'gzip' });
      stream.end(Buffer.of(1, 0, 0, 0, 0));
    },
    GrpcCode.unimplemented,
    'grpc: Decompressor is not installed for grpc-encoding "gzip"',
  ],
  'a response without a content-type': [respond({ ':status': 200 }, 'x'), GrpcCode.unknown, 'malformed header: missing HTTP content-type'],
  'HTTP 404': [respond({ ':status': 404, 'content-type': 'text/html' }), GrpcCode.unimplemented, /404 \(Not Found\)/],
  'HTTP 400': [respond({ ':status': 400 }), GrpcCode.internal, /400/],
  'HTTP 401': [respond({ ':status': 401 }), GrpcCode.unauthenticated, /401/],
  'HTTP 403': [respond({ ':status': 403 }), GrpcCode.permissionDenied, /403/],
  'HTTP 429': [respond({ ':status': 429 }), GrpcCode.unavailable, /429/],
  'HTTP 502': [respond({ ':status': 502 }), GrpcCode.unavailable, /502/],
  'HTTP 503': [respond({ ':status': 503 }), GrpcCode.unavailable, /503/],
  'HTTP 504': [respond({ ':status': 504 }), GrpcCode.unavailable, /504/],
  'HTTP 500': [respond({ ':status': 500 }), GrpcCode.unknown, /500/],
  'RST_STREAM REFUSED_STREAM': [reset(constants.NGHTTP2_REFUSED_STREAM), GrpcCode.unavailable, /REFUSED_STREAM$/],
  'RST_STREAM CANCEL': [reset(constants.NGHTTP2_CANCEL), GrpcCode.cancelled, /CANCEL$/],
  'RST_STREAM ENHANCE_YOUR_CALM': [reset(constants.NGHTTP2_ENHANCE_YOUR_CALM), GrpcCode.resourceExhausted, /ENHANCE_YOUR_CALM$/],
  'RST_STREAM FLOW_CONTROL_ERROR': [reset(constants.NGHTTP2_FLOW_CONTROL_ERROR), GrpcCode.resourceExhausted, /FLOW_CONTROL_ERROR$/],
  'RST_STREAM INADEQUATE_SECURITY': [reset(constants.NGHTTP2_INADEQUATE_SECURITY), GrpcCode.permissionDenied, /INADEQUATE_SECURITY$/],
  'RST_STREAM INTERNAL_ERROR': [reset(constants.NGHTTP2_INTERNAL_ERROR), GrpcCode.internal, /INTERNAL_ERROR$/],
};

for (const [what, [answer, code, text]] of Object.entries(ENDINGS)) {
  test(`${what} ends a call as grpc-go would`, async () => {
    await using server = await startServer(answer);
    await using channel = await connect(server.address);
    await assert.rejects(channel.unary(echo, ''), (error: GrpcStatusError) => {
      assert.equal(error.code, code, `${error.code} ${error.message}`);
      if (typeof text === 'string') assert.equal(error.message, text);
      else assert.match(error.message, text);
      return true;
    });
  });
}

test('a server that goes away lets the open call finish and refuses the next', async () => {
  await using server = await startServer((stream) => {
    stream.session?.goaway(0);
    setImmediate(() => trailers({ 'grpc-status': '0' }, 'last')(stream));
  });
  const channel = await connect(server.address);
  assert.equal(await channel.unary(echo, ''), 'last');
  await assert.rejects(channel.unary(echo, ''), { code: GrpcCode.unavailable });
  assert.deepEqual(await channel.closed, { error: undefined });
});

test('a client that is no gRPC gets an HTTP status with the reason', async () => {
  await using server = createServer();
  server.unary(echo, (request) => request);
  const { address } = await server.listen(freshAddress());
  const session = connectHttp2('http://localhost', { createConnection: () => connectSocket(address) });
  const ask = async (headers: Record<string, string>) => {
    const stream = session.request({ ':method': 'POST', ':path': echo.path, ...headers });
    stream.end();
    const [head] = await once(stream, 'response');
    stream.resume();
    return [head[':status'], head['grpc-status'], head['grpc-message']];
  };
  const grpc = { 'content-type': 'application/grpc+proto', te: 'trailers' };
  assert.deepEqual(await ask({ 'content-type': 'text/plain' }), [415, '3', 'invalid gRPC request content-type "text/plain"']);
  assert.deepEqual(await ask({ ...grpc, ':method': 'PUT' }), [
    405,
    '13',
    'Received a HEADERS frame with :method "PUT" which should be POST',
  ]);
  assert.deepEqual(await ask({ ...grpc, 'grpc-timeout': '1X' }), [400, '13', 'malformed grpc-timeout: "1X"']);
  assert.deepEqual((await ask(grpc)).slice(0, 2), [200, '13']); // no message
  session.close();
});

test('a client of node:http2 gets head, message and trailers', async () => {
  await using server = createServer();
  server.unary(echo, (request) => `${request}!`);
  const { address } = await server.listen(freshAddress());
  const session = connectHttp2('http://localhost', { createConnection: () => connectSocket(address) });
  const stream = session.request({ ':method': 'POST', ':path': echo.path, 'content-type': 'application/grpc', te: 'trailers' });
  const ended = once(stream, 'trailers');
  stream.end(message('hi'));
  assert.deepEqual(Buffer.concat(await stream.toArray()), message('hi!'));
  const [fields] = await ended;
  assert.equal(fields['grpc-status'], '0');
  session.close();
});
