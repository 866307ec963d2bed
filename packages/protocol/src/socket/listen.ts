import { createServer, type Server, type Socket } from 'node:net';
import type { SocketAddress } from './address.ts';
import { createTlsServer, type MutualTls } from './tls.ts';

/** A bound socket. Disposing closes it, removes its socket file, and leaves accepted sockets to their owners. */
export interface SocketListener extends AsyncDisposable {
  /** With the port that was really taken. */
  readonly address: SocketAddress;
}

/**
 * Binds an address and gives out accepted sockets; with `tls` those whose peer has proved who it is.
 *
 * @throws what the system said, such as EADDRINUSE
 */
export async function listenSocket(address: SocketAddress, onSocket: (socket: Socket) => void, tls?: MutualTls): Promise<SocketListener> {
  const server = tls === undefined ? createServer({ noDelay: address.network === 'tcp' }, onSocket) : createTlsServer(tls, onSocket);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    const onListening = () => {
      server.off('error', reject);
      resolve();
    };
    if (address.network === 'unix') server.listen({ path: address.path }, onListening);
    else server.listen({ host: address.host, port: address.port }, onListening);
  });
  server.on('error', ignoreAcceptError);
  return { address: boundAddress(server, address), [Symbol.asyncDispose]: () => closeServer(server) };
}

/** A failed accept (no file descriptors left) concerns that one peer, which sees its connection refused. */
function ignoreAcceptError(): void {}

function boundAddress(server: Server, asked: SocketAddress): SocketAddress {
  const bound = server.address();
  if (asked.network === 'unix' || bound === null || typeof bound === 'string') return asked;
  return { network: 'tcp', host: bound.address, port: bound.port };
}

/** libuv unlinks the socket file. Waiting for 'close' would wait for accepted sockets too. */
function closeServer(server: Server): Promise<void> {
  if (server.listening) server.close();
  return Promise.resolve();
}
