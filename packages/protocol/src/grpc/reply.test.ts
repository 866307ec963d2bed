import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { connect as connectNet, type Socket } from 'node:net';
import { test } from 'node:test';
import { Flag, FrameType, Http2Code, PREFACE, Setting } from '../http2/constants.ts';
import { frame, message, parseFrames, request, settings, uint32 } from '../http2/fixtures/scripted-peer.ts';
import { bytesCodec, freshAddress } from './fixtures/echo.ts';
import { type Codec, connect, createServer, type GrpcServer, type GrpcServerOptions, type ServerCall } from './index.ts';
import type { ServerStreamMethod, UnaryMethod } from './types.ts';

/** A reply that tells when it is disposed. */
class Lent implements Disposable {
  readonly bytes: Uint8Array;
  disposals = 0;
  readonly #news = new EventEmitter();

  constructor(length: number) {
    this.bytes = Buffer.alloc(length, 'x');
  }

  [Symbol.dispose](): void {
    this.disposals++;
    this.#news.emit('disposed');
  }

  /** Waits for the disposal, and for whatever could be a second one. */
  async disposed(): Promise<void> {
    if (this.disposals === 0) await once(this.#news, 'disposed');
    await new Promise(setImmediate);
    assert.equal(this.disposals, 1);
  }
}

const lentCodec: Codec<Uint8Array, { readonly bytes: Uint8Array }> = {
  encode: ({ bytes }) => Buffer.from(bytes),
  measure: ({ bytes }) => ({
    length: bytes.length,
    writeTo: (target, at) => target.set(bytes, at),
    toBytes: () => Buffer.from(bytes),
    toParts: () => [bytes],
  }),
  decode: (bytes) => bytes,
};
const lend: UnaryMethod<Uint8Array, Uint8Array, Uint8Array, { readonly bytes: Uint8Array }> = {
  kind: 'unary',
  path: '/test.Reply/Lend',
  request: bytesCodec,
  response: lentCodec,
};
const lendMany: ServerStreamMethod<Uint8Array, Uint8Array, Uint8Array, { readonly bytes: Uint8Array }> = {
  ...lend,
  kind: 'serverStream',
  path: '/test.Reply/LendMany',
};

const REPLY_BYTES = 1 << 20;

/** A server on a fresh address, and channels or plain sockets to it. */
async function startServer(register: (server: GrpcServer) => void, options: GrpcServerOptions = {}) {
  const server = createServer(options);
  register(server);
  const { address } = await server.listen(freshAddress());
  const sockets: Socket[] = [];
  return {
    server,
    connect: () => connect(address),
    /** A client that has asked by hand, with a stream window of `windowBytes`. */
    async ask(path: string, windowBytes: number): Promise<Socket> {
      const socket = connectNet(address.network === 'unix' ? address.path : '');
      sockets.push(socket);
      await once(socket, 'connect');
      const fields = [':method', 'POST', ':scheme', 'http', ':path', path, 'content-type', 'application/grpc', 'te', 'trailers'];
      const call = [request(1, Flag.endHeaders, fields), frame(FrameType.data, Flag.endStream, 1, message(Buffer.of(1)))];
      socket.write(Buffer.concat([PREFACE, settings([Setting.initialWindowSize, windowBytes]), windowUpdate(0, 1 << 30), ...call]));
      return socket;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await server.stop();
    },
  };
}

const windowUpdate = (streamId: number, bytes: number) => frame(FrameType.windowUpdate, 0, streamId, uint32(bytes));
const reset = frame(FrameType.rstStream, 0, 1, uint32(Http2Code.cancel));

/** Reads until the server has sent as much DATA payload. */
async function readData(socket: Socket, bytes: number): Promise<void> {
  const chunks: Buffer[] = [];
  for (;;) {
    const all = Buffer.concat(chunks);
    let end = 0;
    while (end + 9 <= all.length && end + 9 + all.readUIntBE(end, 3) <= all.length) end += 9 + all.readUIntBE(end, 3);
    const data = parseFrames(all.subarray(0, end)).filter(({ type }) => type === FrameType.data);
    if (data.reduce((sum, { payload }) => sum + payload.length, 0) >= bytes) return;
    chunks.push((await once(socket, 'data'))[0]);
  }
}

test('a reply is disposed once its last octet has been written, and not before', async () => {
  const lent = new Lent(REPLY_BYTES);
  await using peer = await startServer((server) => server.unary(lend, () => lent));
  const socket = await peer.ask(lend.path, 1000);
  await readData(socket, 1000);
  assert.equal(lent.disposals, 0);
  socket.write(windowUpdate(1, REPLY_BYTES + 4 - 1000));
  await readData(socket, REPLY_BYTES + 4 - 1000);
  assert.equal(lent.disposals, 0);
  socket.write(windowUpdate(1, 1));
  await lent.disposed();
});

test('a client of ours has the whole reply, big or small, whose memory is used again at once', async () => {
  for (const length of [0, 10, 20_000, 3 * REPLY_BYTES]) {
    await using peer = await startServer((server) =>
      server.unary(lend, () => {
        const bytes = Buffer.alloc(length, 'x');
        return { bytes, [Symbol.dispose]: () => void bytes.fill('y') };
      }),
    );
    await using channel = await peer.connect();
    const replies = await Promise.all([1, 2, 3].map(() => channel.unary(lend, Buffer.of(1))));
    for (const reply of replies) assert.ok(Buffer.alloc(length, 'x').equals(reply), `a reply of ${length}`);
  }
});

test('what the system has not taken is not disposed, until the connection is lost', async () => {
  const lent = new Lent(8 * REPLY_BYTES);
  await using peer = await startServer((server) => server.unary(lend, () => lent));
  const socket = await peer.ask(lend.path, 1 << 30);
  socket.pause();
  while (peer.server.stats().socketStalls === 0) await new Promise(setImmediate);
  assert.equal(lent.disposals, 0);
  socket.destroy();
  await lent.disposed();
});

test('a reply is disposed when its call ends inside it: by the client, with the connection, with the server', async () => {
  const ends: ((socket: Socket, server: GrpcServer) => unknown)[] = [
    (socket) => socket.write(reset),
    (socket) => socket.destroy(),
    (socket) => socket.write('this is no frame, and 9 octets at least'),
    (_, server) => server.stop(),
    (_, server) => server.drain({ timeoutMs: 1 }),
  ];
  for (const end of ends) {
    const lent = new Lent(REPLY_BYTES);
    await using peer = await startServer((server) => server.unary(lend, () => lent));
    const socket = await peer.ask(lend.path, 1000);
    await readData(socket, 1000);
    assert.equal(lent.disposals, 0);
    await end(socket, peer.server);
    await lent.disposed();
  }
});

test('a reply that comes after the end of its call is disposed at once', async () => {
  const lent = new Lent(REPLY_BYTES);
  const stopped = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<void>();
  await using peer = await startServer((server) =>
    server.unary(lend, async (_, call) => {
      call.signal.addEventListener('abort', () => stopped.resolve());
      await answer.promise;
      return lent;
    }),
  );
  const socket = await peer.ask(lend.path, 1000);
  socket.write(reset);
  await stopped.promise;
  answer.resolve();
  await lent.disposed();
});

test('a reply is disposed when it cannot be encoded, and when an interceptor throws after it', async () => {
  const lent = [new Lent(10), new Lent(10)];
  const broken = {
    ...lend,
    response: {
      ...lentCodec,
      measure: () => {
        throw new Error('not encodable');
      },
    },
  };
  await using first = await startServer((server) => server.unary(broken, () => lent[0]));
  await using firstChannel = await first.connect();
  await assert.rejects(firstChannel.unary(lend, Buffer.of(1)), { message: 'not encodable' });
  await lent[0].disposed();

  const refuse = async (_: ServerCall, next: () => Promise<void>) => {
    await next();
    throw new Error('on second thoughts');
  };
  await using second = await startServer((server) => server.unary(lend, () => lent[1]), { interceptors: [refuse] });
  await using secondChannel = await second.connect();
  await assert.rejects(secondChannel.unary(lend, Buffer.of(1)), { message: 'on second thoughts' });
  await lent[1].disposed();
});

test('each message of a stream is disposed, those too that are never sent', async () => {
  const lent = [1, 2, 3].map(() => new Lent(1000));
  const closed = Promise.withResolvers<void>();
  await using peer = await startServer((server) =>
    server.serverStream(lendMany, async function* () {
      try {
        yield* lent;
      } finally {
        closed.resolve();
      }
    }),
  );
  const socket = await peer.ask(lendMany.path, 1500);
  await readData(socket, 1500);
  await lent[0].disposed();
  await closed.promise;
  assert.deepEqual([lent[1].disposals, lent[2].disposals], [0, 0]);
  socket.write(reset);
  await lent[1].disposed();
  await lent[2].disposed();
});

test('a disposal that throws is a warning, and the connection goes on', async () => {
  const warned = once(process, 'warning');
  await using peer = await startServer((server) =>
    server.unary(lend, () => ({
      bytes: Buffer.alloc(REPLY_BYTES),
      [Symbol.dispose]() {
        throw new Error('cannot be disposed');
      },
    })),
  );
  await using channel = await peer.connect();
  for (let i = 0; i < 2; i++) assert.equal((await channel.unary(lend, Buffer.of(1))).length, REPLY_BYTES);
  assert.match(String((await warned)[0]), /cannot be disposed/);
});
