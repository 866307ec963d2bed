import { createServer, type Server, type ServerOpts, type Socket } from 'node:net';
import { ProtocolError } from '../errors/index.ts';
import type { SocketAddress, SocketListenAddress } from './address.ts';
import { createTlsServer, type MutualTls } from './tls.ts';

/** Silence of a TCP peer after which the kernel asks whether it is there. */
export const KEEP_ALIVE_MS = 30_000;

/** A bound socket. Disposing closes it, removes its socket file, and leaves accepted sockets to their owners. */
export interface SocketListener extends AsyncDisposable {
  /** With the port that was really taken. */
  readonly address: SocketAddress;
}

/**
 * Binds an address and gives out accepted sockets; with `tls` those whose peer has proved who it is.
 *
 * @throws what the system said, such as EADDRINUSE; of a range of ports ProtocolError `port_range_exhausted`
 */
export async function listenSocket(
  address: SocketListenAddress,
  onSocket: (socket: Socket) => void,
  tls?: MutualTls,
): Promise<SocketListener> {
  if (!('lastPort' in address)) return bind(address, onSocket, tls);
  const { network, host, port: minPort, lastPort: maxPort } = address;
  for (let port = minPort; port <= maxPort; port++) {
    try {
      return await bind({ network, host, port }, onSocket, tls);
    } catch {
      // Taken or forbidden: either way the next one may do.
    }
  }
  throw new ProtocolError('port_range_exhausted', { minPort, maxPort });
}

async function bind(address: SocketAddress, onSocket: (socket: Socket) => void, tls: MutualTls | undefined): Promise<SocketListener> {
  const server = tls === undefined ? createServer(socketOptions(address), onSocket) : createTlsServer(tls, onSocket);
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

/** A TCP peer whose machine is gone is found by the kernel: HTTP/2 has only PING, which is not for us. */
function socketOptions({ network }: SocketAddress): ServerOpts {
  return network === 'unix' ? {} : { noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS };
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
