import type { Socket } from 'node:net';
import { HeaderTemplate, Http2Connection, Http2Stream } from '@backplane/protocol/http2';
import { listenSocket, SocketDriver } from '@backplane/protocol/socket';

/** Longer than any window that h2spec grants first, so that flow control shows. */
const HELLO = Buffer.from('hello from a server of ours\n');
/** Few, so that h2spec can exceed it. */
const MAX_STREAMS = 100;

/** Answers every request, once it has ended, with 200 and one message. */
class HelloStream extends Http2Stream {
  readonly #connection: Http2Connection;

  constructor(connection: Http2Connection, id: number) {
    super(connection, id);
    this.#connection = connection;
  }

  override onHeaders(_fields: readonly string[] | undefined, endStream: boolean): void {
    if (endStream) this.onEnd();
  }

  override onEnd(): void {
    this.#connection.sendHead(this, new HeaderTemplate([':status', '200']), undefined, false);
    this.#connection.sendMessage(this, HELLO, 'data');
  }

  override onData(): void {}
  override onAbort(): void {}
  override onDrain(): void {}
}

/** A server on our HTTP/2 core and socket driver, without gRPC, which would refuse what h2spec asks before it looks at its frames. */
export interface HelloServer extends AsyncDisposable {
  readonly port: number;
}

/** Listens on a free port of the loopback. */
export async function startHelloServer(): Promise<HelloServer> {
  const sockets = new Set<Socket>();
  const listener = await listenSocket({ network: 'tcp', host: '127.0.0.1', port: 0 }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    serve(socket);
  });
  if (listener.address.network !== 'tcp') throw new Error('not a TCP address');
  return {
    port: listener.address.port,
    async [Symbol.asyncDispose]() {
      await listener[Symbol.asyncDispose]();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function serve(socket: Socket): void {
  const connection: Http2Connection = new Http2Connection(
    'server',
    { createStream: (id) => new HelloStream(connection, id), onClosed: () => undefined },
    { maxConcurrentStreams: MAX_STREAMS },
  );
  new SocketDriver(socket, connection);
  socket.on('data', (bytes: Buffer) => connection.receive(bytes, bytes.length, true));
}
