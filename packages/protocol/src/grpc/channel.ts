import { addStats, emptyStats, type Http2Connection } from '../http2/index.ts';
import type { CallContext } from './client-call.ts';
import { interceptDuplex, interceptServerStream, outgoingCall } from './intercept-client.ts';
import { interceptOne } from './interceptors.ts';
import { createContext, type Line, openLine } from './line.ts';
import { GrpcCode, GrpcStatusError } from './status.ts';
import { callDuplex, callServerStream } from './stream-call.ts';
import type { Address, Calls, Channel, ChannelEnd, ChannelOptions, ConnectionStats, DrainOptions } from './types.ts';
import { callUnary } from './unary-call.ts';

/**
 * Connects to a gRPC server and waits until it has spoken HTTP/2.
 *
 * @param options `signal` aborts connecting; it does not concern the channel later
 * @throws GrpcStatusError `unavailable` when there is no server in time, or the signal's reason
 */
export async function connect(address: Address, options: ChannelOptions = {}): Promise<Channel> {
  let channel: LineChannel | undefined;
  const open = (lineOptions: ChannelOptions) => openLine(address, lineOptions, () => void channel?.renew());
  const line = await open(options);
  channel = new LineChannel(address, line, { ...options, open: () => open({ ...options, signal: undefined }) });
  return channel;
}

interface LineChannelOptions extends ChannelOptions {
  /** Connects once more. */
  readonly open: () => Promise<Line>;
}

/**
 * A channel and its line. When the ids of that line run low, after a thousand million calls, a new one takes the next
 * calls, and the old one ends with its last.
 */
export class LineChannel implements Channel {
  readonly address: Address;
  readonly closed: Promise<ChannelEnd>;
  readonly unary: Channel['unary'];
  readonly serverStream: Channel['serverStream'];
  readonly duplex: Channel['duplex'];
  readonly #open: () => Promise<Line>;
  #line: Line;
  readonly #lines = new Set<Line>();
  /** Counters of the lines that are gone. */
  readonly #past = emptyStats();
  readonly #ended = Promise.withResolvers<Error | undefined>();
  readonly #ownEnd = new GrpcStatusError(GrpcCode.unavailable, 'the channel was closed');
  #renewing = false;
  #closing = false;

  constructor(address: Address, line: Line, { open, ...options }: LineChannelOptions) {
    this.address = address;
    this.#open = open;
    this.#line = line;
    this.#watch(line);
    ({ unary: this.unary, serverStream: this.serverStream, duplex: this.duplex } = callsOn(() => this.#line.context, options));
    this.closed = this.#ended.promise.then(async (error) => {
      await this.#allClosed();
      return { error: error === this.#ownEnd ? undefined : error };
    });
  }

  /** Puts a new line in the place of the one whose ids run low. Without success the old one goes on. */
  async renew(): Promise<void> {
    if (this.#renewing || this.#closing) return;
    this.#renewing = true;
    const line = await this.#open().catch(() => undefined);
    this.#renewing = false;
    if (line === undefined) return;
    const old = this.#line;
    this.#watch(line);
    if (this.#closing) {
      line.connection.close(this.#ownEnd);
      return;
    }
    this.#line = line;
    old.connection.goAway();
  }

  async drain({ timeoutMs }: DrainOptions): Promise<void> {
    this.#closing = true;
    const timer = setTimeout(() => void this.close(), timeoutMs);
    for (const { connection } of this.#lines) connection.goAway();
    await this.#allClosed();
    clearTimeout(timer);
  }

  stats(): ConnectionStats {
    const total = { ...this.#past };
    for (const { connection } of this.#lines) addStats(total, connection.stats());
    return total;
  }

  async close(): Promise<void> {
    this.#closing = true;
    for (const { connection } of this.#lines) connection.close(this.#ownEnd);
    await this.#allClosed();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #watch(line: Line): void {
    this.#lines.add(line);
    void line.ended.then((error) => {
      if (line !== this.#line) return;
      // What older lines still carry belongs to the same server.
      for (const { connection } of this.#lines) connection.close(error ?? this.#ownEnd);
      this.#ended.resolve(error);
    });
    void line.driver.closed.then(() => {
      this.#lines.delete(line);
      addStats(this.#past, line.connection.stats());
    });
  }

  async #allClosed(): Promise<void> {
    await Promise.all([...this.#lines].map(({ driver }) => driver.closed));
  }
}

/** The three kinds of calls on a client's connection that the caller drives, with a socket or without one. */
export function createCalls(connection: Http2Connection, options: ChannelOptions = {}): Calls {
  const context = createContext(connection, options);
  return callsOn(() => context, options);
}

/** Calls on the connection of the moment. Without interceptors there is nothing between. */
function callsOn(context: () => CallContext, { interceptors = [] }: ChannelOptions): Calls {
  if (interceptors.length === 0) {
    return {
      unary: (method, request, options) => callUnary(context(), method, request, options),
      serverStream: (method, request, options) => callServerStream(context(), method, request, options),
      duplex: (method, options) => callDuplex(context(), method, options),
    };
  }
  return {
    unary(method, request, options) {
      const call = outgoingCall('unary', method.path, options);
      return interceptOne(interceptors, call, () => callUnary(context(), method, request, { ...options, ...call }));
    },
    serverStream(method, request, options) {
      const call = outgoingCall('serverStream', method.path, options);
      return interceptServerStream(interceptors, call, (onEnd) => callServerStream(context(), method, request, { ...call, onEnd }));
    },
    duplex(method, options) {
      const call = outgoingCall('duplex', method.path, options);
      return interceptDuplex(interceptors, call, (onEnd) => callDuplex(context(), method, { ...call, onEnd }));
    },
  };
}
