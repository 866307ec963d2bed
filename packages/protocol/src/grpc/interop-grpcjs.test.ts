import assert from 'node:assert/strict';
import { test } from 'node:test';
import { promisify } from 'node:util';
import {
  Client,
  credentials,
  Metadata,
  type MethodDefinition,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type ServiceError,
  type sendUnaryData,
  status,
} from '@grpc/grpc-js';
import { big, chat, count, echo, freshAddress } from './fixtures/echo.ts';
import { connect, createServer, GrpcCode, GrpcStatusError } from './index.ts';
import type { Codec } from './types.ts';

const LARGEST = 64 << 20;
const OPTIONS = { 'grpc.max_receive_message_length': LARGEST, 'grpc.max_send_message_length': LARGEST };
const write = (codec: Codec<unknown>) => (value: unknown) => Buffer.from(codec.encode(value));
const read = (codec: Codec<unknown>) => (bytes: Buffer) => codec.decode(bytes);

/** One of our methods as grpc-js wants it. */
function definition(method: { kind: string; path: string; request: unknown; response: unknown }): MethodDefinition<unknown, unknown> {
  const [request, response] = [method.request as Codec<unknown>, method.response as Codec<unknown>];
  return {
    path: method.path,
    requestStream: method.kind === 'duplex',
    responseStream: method.kind !== 'unary',
    requestSerialize: write(request),
    requestDeserialize: read(request),
    responseSerialize: write(response),
    responseDeserialize: read(response),
  };
}

async function startGrpcJsServer() {
  const address = freshAddress();
  const path = address.network === 'unix' ? address.path : '';
  const server = new Server(OPTIONS);
  let cancelled = 0;
  server.addService(
    { echo: definition(echo), big: definition(big), count: definition(count), chat: definition(chat) },
    {
      echo: (call: ServerUnaryCall<string, string>, done: sendUnaryData<string>) => {
        if (call.request !== 'fail') return done(null, `${call.request} ${call.metadata.get('x-one')} ${call.metadata.get('x-raw-bin')}`);
        done({ code: status.NOT_FOUND, details: 'nicht da: ü %', metadata: new Metadata() });
      },
      big: (call: ServerUnaryCall<Buffer, Buffer>, done: sendUnaryData<Buffer>) => done(null, call.request),
      count: (call: ServerWritableStream<string, string>) => {
        if (call.request === 'NaN') call.on('cancelled', () => cancelled++); // fires after a normal end too
        for (let i = 0; i < Number(call.request); i++) call.write(String(i));
        if (call.request !== 'NaN') call.end();
        else call.write('first');
      },
      chat: (call: ServerDuplexStream<string, string>) => {
        call.on('data', (text) => call.write(`re: ${text}`));
        call.on('end', () => call.end());
      },
    },
  );
  await promisify(server.bindAsync.bind(server))(`unix:${path}`, ServerCredentials.createInsecure());
  return { address, cancelled: () => cancelled, [Symbol.asyncDispose]: async () => server.forceShutdown() };
}

test('our client calls a grpc-js server: every kind, status, metadata, 10 MB, deadline, cancel', async () => {
  await using server = await startGrpcJsServer();
  await using channel = await connect(server.address);
  const metadata = [
    ['x-one', '1'],
    ['x-raw-bin', Buffer.from('raw')],
  ] as const;
  assert.equal(await channel.unary(echo, 'hi', { metadata, timeoutMs: 60_000 }), 'hi 1 raw');
  await assert.rejects(channel.unary(echo, 'fail'), (error: GrpcStatusError) => {
    assert.deepEqual([error.code, error.message, error.origin], [GrpcCode.notFound, 'nicht da: ü %', 'wire']);
    return true;
  });
  const sent = Buffer.alloc(10 << 20, 'abcdefg');
  assert.equal(Buffer.compare(await channel.unary(big, sent), sent), 0);
  const received: string[] = [];
  for await (const message of channel.serverStream(count, '3000')) received.push(message);
  assert.equal(received.join(), Array.from({ length: 3000 }, (_, i) => i).join());
  const call = channel.duplex(chat);
  await call.send('a');
  await call.send('b');
  call.closeSend();
  const replies: string[] = [];
  for await (const reply of call) replies.push(reply);
  assert.deepEqual(replies, ['re: a', 're: b']);
  await assert.rejects(Array.fromAsync(channel.serverStream(count, 'NaN', { timeoutMs: 60 })), { code: GrpcCode.deadlineExceeded });
  for await (const message of channel.serverStream(count, 'NaN')) if (message === 'first') break;
  await assert.rejects(channel.unary({ ...echo, path: '/test.Echo/Nope' }, ''), { code: GrpcCode.unimplemented });
  assert.equal(await channel.unary(echo, 'x'), 'x  ');
  assert.equal(server.cancelled(), 2);
});

test('a grpc-js client calls our server: every kind, status, metadata, 10 MB, deadline, cancel', async () => {
  let aborted = 0;
  const bothAborted = Promise.withResolvers<void>();
  await using server = createServer();
  server.unary(echo, (request, call) => {
    if (request === 'fail') throw new GrpcStatusError(GrpcCode.notFound, 'nicht da: ü %', { details: Uint8Array.of(1, 2) });
    return `${request} ${call.metadata.get('x-one')} ${Buffer.from(call.metadata.getBinary('x-raw-bin') ?? []).toString()}`;
  });
  server.unary(big, (request) => request);
  server.serverStream(count, async function* (request, call) {
    for (let i = 0; i < Number(request); i++) yield String(i);
    if (request !== 'NaN') return;
    call.signal.addEventListener('abort', () => {
      if (++aborted === 2) bothAborted.resolve();
    });
    yield 'first';
    await bothAborted.promise;
  });
  server.duplex(chat, async function* (requests) {
    for await (const request of requests) yield `re: ${request}`;
  });
  const { address } = await server.listen(freshAddress());
  const connectGrpcJs = (options = {}) =>
    new Client(`unix:${address.network === 'unix' ? address.path : ''}`, credentials.createInsecure(), { ...OPTIONS, ...options });
  const client = connectGrpcJs();
  const { requestSerialize, responseDeserialize } = definition(echo);
  const unary = (request: string, path = echo.path) =>
    new Promise<unknown>((resolve, reject) => {
      const metadata = new Metadata();
      metadata.set('x-one', '1');
      metadata.set('x-raw-bin', Buffer.from('raw'));
      const done = (error: ServiceError | null, reply: unknown) => (error === null ? resolve(reply) : reject(error));
      client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, metadata, { deadline: Date.now() + 60_000 }, done);
    });
  assert.equal(await unary('hi'), 'hi 1 raw');
  await assert.rejects(unary('fail'), (error: ServiceError) => {
    assert.deepEqual([error.code, error.details], [status.NOT_FOUND, 'nicht da: ü %']);
    assert.deepEqual(error.metadata.get('grpc-status-details-bin'), [Buffer.of(1, 2)]);
    return true;
  });
  await assert.rejects(unary('', '/nope.Nope/Nope'), { code: status.UNIMPLEMENTED, details: 'unknown service nope.Nope' });

  const sent = Buffer.alloc(10 << 20, 'abcdefg');
  const callBig = (request: Buffer, caller = client) =>
    new Promise<Buffer>((resolve, reject) => {
      const done = (error: ServiceError | null, reply?: Buffer) => (error === null ? resolve(reply as Buffer) : reject(error));
      caller.makeUnaryRequest(
        big.path,
        (bytes: Buffer) => bytes,
        (bytes: Buffer) => bytes,
        request,
        done,
      );
    });
  assert.equal(Buffer.compare(await callBig(sent), sent), 0);
  // On a connection of its own: `node:http2`, when a request is refused while it is being written, sometimes keeps what it is
  // to send next to itself until the peer sends something.
  const refused = connectGrpcJs({ 'grpc.use_local_subchannel_pool': 1 });
  await assert.rejects(callBig(Buffer.alloc(17_000_028), refused), {
    code: status.RESOURCE_EXHAUSTED,
    details: 'grpc: received message larger than max (17000028 vs. 16777216)',
  });
  refused.close();

  const streamDefinition = definition(count);
  const stream = (request: string, deadlineMs: number) =>
    client.makeServerStreamRequest(count.path, streamDefinition.requestSerialize, streamDefinition.responseDeserialize, request, {
      deadline: Date.now() + deadlineMs,
    });
  const received: unknown[] = [];
  for await (const message of stream('3000', 60_000)) received.push(message);
  assert.equal(received.join(), Array.from({ length: 3000 }, (_, i) => i).join());
  await assert.rejects(stream('NaN', 60).toArray(), { code: status.DEADLINE_EXCEEDED });
  const endless = stream('NaN', 60_000);
  endless.once('data', () => endless.cancel());
  await assert.rejects(endless.toArray(), { code: status.CANCELLED });

  const duplex = client.makeBidiStreamRequest(chat.path, definition(chat).requestSerialize, definition(chat).responseDeserialize);
  duplex.write('a');
  duplex.end('b');
  assert.deepEqual(await duplex.toArray(), ['re: a', 're: b']);
  await bothAborted.promise;
  assert.equal(await unary('x'), 'x 1 raw');
  client.close();
});
