import { HeaderTemplate, Http2Connection } from '../http2/index.ts';
import { connectSocket, formatAddress, SocketDriver } from '../socket/index.ts';
import type { CallContext } from './client-call.ts';
import { interceptDuplex, interceptServerStream, outgoingCall } from './intercept-client.ts';
import { interceptOne } from './interceptors.ts';
import { GrpcCode, GrpcStatusError } from './status.ts';
import { callDuplex, callServerStream } from './stream-call.ts';
import type { Address, Calls, Channel, ChannelEnd, ChannelOptions, Interceptor, OutgoingCall } from './types.ts';
import { callUnary } from './unary-call.ts';

const DEFAULT_CONNECT_TIMEOUT_MS = 10_000;
const DEFAULT_MAX_RECEIVE_BYTES = 2_147_483_647;
const DEFAULT_USER_AGENT = 'grpc-backplane/0.1.0';

/**
 * Connects to a gRPC server and waits until it has spoken HTTP/2.
 *
 * @param options `signal` aborts connecting; it does not concern the channel later
 * @throws GrpcStatusError `unavailable` when there is no server in time, or the signal's reason
 */
export async function connect(address: Address, options: ChannelOptions = {}): Promise<Channel> {
  const { connectTimeoutMs = DEFAULT_CONNECT_TIMEOUT_MS } = options;
  options.signal?.throwIfAborted();
  const timeout = AbortSignal.timeout(connectTimeoutMs);
  const signal = options.signal === undefined ? timeout : AbortSignal.any([options.signal, timeout]);
  const ready = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<ChannelEnd>();
  const connection = new Http2Connection('client', {
    onReady: () => ready.resolve(),
    onClosed: (error) => {
      closed.resolve({ error });
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
    return createChannel(address, connection, driver, closed.promise, options);
  } catch (cause) {
    connection.close(new Error('not connected', { cause }));
    if (options.signal?.aborted && cause === options.signal.reason) throw cause;
    const why = timeout.aborted ? `no answer in ${connectTimeoutMs} ms` : (cause as Error).message;
    throw new GrpcStatusError(GrpcCode.unavailable, `cannot connect to ${formatAddress(address)}: ${why}`, { cause });
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

function createChannel(
  address: Address,
  connection: Http2Connection,
  driver: SocketDriver,
  closed: Promise<ChannelEnd>,
  options: ChannelOptions,
): Channel {
  const ownEnd = new GrpcStatusError(GrpcCode.unavailable, 'the channel was closed');
  const close = async () => {
    connection.close(ownEnd);
    await driver.closed;
  };
  return {
    address,
    closed: closed.then(async ({ error }) => {
      await driver.closed;
      return { error: error === ownEnd ? undefined : error };
    }),
    ...createCalls(connection, options),
    async drain({ timeoutMs }) {
      const timer = setTimeout(() => connection.close(ownEnd), timeoutMs);
      connection.goAway();
      await driver.closed;
      clearTimeout(timer);
    },
    stats: () => connection.stats(),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/**
 * The three kinds of calls on a client's connection that the caller drives, with a socket or without one.
 *
 * Without interceptors there is nothing between them and the connection.
 */
export function createCalls(connection: Http2Connection, options: ChannelOptions = {}): Calls {
  const context = createContext(connection, options);
  const interceptors: readonly Interceptor<OutgoingCall>[] = options.interceptors ?? [];
  if (interceptors.length === 0) {
    return {
      unary: (method, request, options) => callUnary(context, method, request, options),
      serverStream: (method, request, options) => callServerStream(context, method, request, options),
      duplex: (method, options) => callDuplex(context, method, options),
    };
  }
  return {
    unary(method, request, options) {
      const call = outgoingCall('unary', method.path, options);
      return interceptOne(interceptors, call, () => callUnary(context, method, request, { ...options, ...call }));
    },
    serverStream(method, request, options) {
      const call = outgoingCall('serverStream', method.path, options);
      return interceptServerStream(interceptors, call, (onEnd) => callServerStream(context, method, request, { ...call, onEnd }));
    },
    duplex(method, options) {
      const call = outgoingCall('duplex', method.path, options);
      return interceptDuplex(interceptors, call, (onEnd) => callDuplex(context, method, { ...call, onEnd }));
    },
  };
}

function createContext(connection: Http2Connection, options: ChannelOptions): CallContext {
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
