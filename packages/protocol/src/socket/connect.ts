import { connect, type OnReadOpts, type Socket } from 'node:net';
import type { SocketAddress } from './address.ts';
import { KEEP_ALIVE_MS } from './listen.ts';
import { type ClientTls, connectTls } from './tls.ts';

/** One read takes up to this much from the kernel. */
const READ_BUFFER_BYTES = 256 << 10;

/** How to connect. */
export interface ConnectSocketOptions<Owner> {
  readonly signal: AbortSignal;
  /** Plain without it. */
  readonly tls?: ClientTls | undefined;
  /** Takes over the connected socket, with its errors, before anything else can happen to it. */
  readonly onConnect: (socket: Socket) => Owner;
  /** Takes what the peer sends. `bytes` are valid up to `length`, during the call only. */
  readonly onBytes: (bytes: Uint8Array, length: number) => void;
}

/**
 * Connects to an address, reading into one preallocated buffer: a third less CPU on big replies than 'data' events.
 *
 * @throws what the system said, or the signal's reason; the socket is then gone
 */
export function connectSocket<Owner>(address: SocketAddress, options: ConnectSocketOptions<Owner>): Promise<Owner> {
  const { signal, tls, onBytes } = options;
  const onread: OnReadOpts = {
    buffer: readBuffer(),
    callback: (length, bytes) => {
      onBytes(bytes, length);
      return true;
    },
  };
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const socket = tls === undefined ? connectPlain(address, onread) : connectTls(address, tls, onread);
    const connected = tls === undefined ? 'connect' : 'secureConnect';
    const settle = () => {
      signal.removeEventListener('abort', onAbort);
      socket.off('error', onError);
      socket.off(connected, onConnect);
    };
    const onAbort = () => {
      settle();
      socket.destroy();
      reject(signal.reason);
    };
    const onError = (error: Error) => {
      settle();
      socket.destroy();
      reject(error);
    };
    const onConnect = () => {
      settle();
      resolve(options.onConnect(socket));
    };
    signal.addEventListener('abort', onAbort);
    socket.on('error', onError);
    socket.on(connected, onConnect);
  });
}

function connectPlain(address: SocketAddress, onread: OnReadOpts): Socket {
  if (address.network === 'unix') return connect({ path: address.path, onread });
  return connect({ host: address.host, port: address.port, noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS, onread });
}

let sharedReadBuffer: Uint8Array | undefined;

/**
 * All sockets of a thread share one buffer, so that an idle connection costs none: the kernel fills it and the callback
 * empties it in one go. Windows may fill it later, so there each socket has its own.
 */
function readBuffer(): Uint8Array {
  if (process.platform === 'win32') return Buffer.allocUnsafeSlow(READ_BUFFER_BYTES);
  sharedReadBuffer ??= Buffer.allocUnsafeSlow(READ_BUFFER_BYTES);
  return sharedReadBuffer;
}
