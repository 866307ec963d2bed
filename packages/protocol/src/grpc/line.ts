import { HeaderTemplate, Http2Connection } from '../http2/index.ts';
import { connectSocket, formatAddress, SocketDriver } from '../socket/index.ts';
import type { CallContext } from './client-call.ts';
import { GrpcCode, GrpcStatusError } from './status.ts';
import type { Address, ChannelOptions } from './types.ts';

const DEFAULT_CONNECT_TIMEOUT_MS = 10_000;
const DEFAULT_MAX_RECEIVE_BYTES = 2_147_483_647;
const DEFAULT_USER_AGENT = 'grpc-backplane/0.1.0';

/** One connection of a channel, with what belongs to it alone. */
export interface Line {
  readonly connection: Http2Connection;
  readonly driver: SocketDriver;
  /** Header templates are encoded for the table of one connection. */
  readonly context: CallContext;
  /** Resolves when the connection is over, with its error unless it ended well. The socket may still be closing. */
  readonly ended: Promise<Error | undefined>;
}

/**
 * Connects, and waits until the server has spoken HTTP/2.
 *
 * @param onIdsLow told when the connection should be replaced, until it is
 * @throws GrpcStatusError `unavailable` when there is no server in time, or the signal's reason
 */
export async function openLine(address: Address, options: ChannelOptions, onIdsLow: () => void): Promise<Line> {
  const { connectTimeoutMs = DEFAULT_CONNECT_TIMEOUT_MS } = options;
  options.signal?.throwIfAborted();
  const timeout = AbortSignal.timeout(connectTimeoutMs);
  const signal = options.signal === undefined ? timeout : AbortSignal.any([options.signal, timeout]);
  const ready = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<Error | undefined>();
  const connection = new Http2Connection('client', {
    onReady: () => ready.resolve(),
    onIdsLow,
    onClosed: (error) => {
      ended.resolve(error);
      ready.reject(error ?? new Error('the peer ended the connection before its SETTINGS'));
    },
  });
  ready.promise.catch(() => undefined); // rejected beside a connect error too, which is told
  const onAbort = () => ready.reject(signal.reason);
  signal.addEventListener('abort', onAbort);
  try {
    const driver = await connectSocket(address, {
      signal,
      tls: options.tls,
      onBytes: (bytes, length) => connection.receive(bytes, length),
      onConnect: (socket) => new SocketDriver(socket, connection),
    });
    await ready.promise;
    return { connection, driver, context: createContext(connection, options), ended: ended.promise };
  } catch (cause) {
    connection.close(new Error('not connected', { cause }));
    if (options.signal?.aborted && cause === options.signal.reason) throw cause;
    const why = timeout.aborted ? `no answer in ${connectTimeoutMs} ms` : (cause as Error).message;
    throw new GrpcStatusError(GrpcCode.unavailable, `cannot connect to ${formatAddress(address)}: ${why}`, { cause });
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** What the calls of a connection share. */
export function createContext(connection: Http2Connection, options: ChannelOptions): CallContext {
  const userAgent = options.userAgent ?? DEFAULT_USER_AGENT;
  const scheme = options.tls === undefined ? 'http' : 'https';
  const templates = new Map<string, HeaderTemplate>();
  return {
    connection,
    maxReceiveBytes: options.maxReceiveBytes ?? DEFAULT_MAX_RECEIVE_BYTES,
    template(path) {
      let template = templates.get(path);
      if (template === undefined) {
        template = new HeaderTemplate(requestHead(path, scheme, userAgent));
        templates.set(path, template);
      }
      return template;
    },
  };
}

/** In grpc-go's order. */
function requestHead(path: string, scheme: string, userAgent: string): string[] {
  const pseudo = [':method', 'POST', ':scheme', scheme, ':path', path, ':authority', 'localhost'];
  return [...pseudo, 'content-type', 'application/grpc', 'user-agent', userAgent, 'te', 'trailers'];
}
