import type { Http2Connection, Http2Options, Http2Stats, MeasuredMessage } from '../http2/index.ts';
import type { ClientTls, MutualTls } from '../socket/index.ts';

/** What a connection has done so far: streams, resets, bytes, messages, stalls. */
export type ConnectionStats = Readonly<Http2Stats>;

/** Where a gRPC server listens. */
export type Address =
  | { readonly network: 'unix'; readonly path: string }
  | { readonly network: 'tcp'; readonly host: string; readonly port: number };

/** Where to listen: an address, or with `lastPort` the first port from `port` on that is free. */
export type ListenAddress = Address | { readonly network: 'tcp'; readonly host: string; readonly port: number; readonly lastPort: number };

/** How a message becomes bytes and back. `Init` is what may be given when sending. */
export interface Codec<Message, Init = Message> {
  encode(message: Init): Uint8Array;
  /** The first half of `encode`: what it returns is written at once, where the bytes are needed. Saves a copy, or all. */
  measure?(message: Init): MeasuredMessage;
  /** `bytes` belong to the message from here on: it may keep views on them. */
  decode(bytes: Uint8Array): Message;
  /** The same of octets `start` to `end` of memory that is used again, so that it may keep no view on them. Saves a copy. */
  decodePassing?(bytes: Buffer, start: number, end: number): Message;
}

interface MethodShape<Kind extends string, Request, Response, RequestInit, ResponseInit> {
  readonly kind: Kind;
  /** Full path with leading slash, such as `/pluginv2.Data/QueryData`. */
  readonly path: string;
  readonly request: Codec<Request, RequestInit>;
  readonly response: Codec<Response, ResponseInit>;
  /** Its calls stay open for life, as those of go-plugin's stdio and broker do, so that a drain does not wait for them. */
  readonly background?: boolean;
}

/** One request, one response. */
export type UnaryMethod<Request, Response, RequestInit = Request, ResponseInit = Response> = MethodShape<
  'unary',
  Request,
  Response,
  RequestInit,
  ResponseInit
>;
/** One request, any number of responses. */
export type ServerStreamMethod<Request, Response, RequestInit = Request, ResponseInit = Response> = MethodShape<
  'serverStream',
  Request,
  Response,
  RequestInit,
  ResponseInit
>;
/** Any number of messages each way; either side may stay open for life (go-plugin's broker does). */
export type DuplexMethod<Request, Response, RequestInit = Request, ResponseInit = Response> = MethodShape<
  'duplex',
  Request,
  Response,
  RequestInit,
  ResponseInit
>;

/** Request or response metadata: lower-case names, text values, bytes for names ending in `-bin`. */
export interface Metadata extends Iterable<readonly [name: string, value: string | Uint8Array]> {
  /** First text value of a name, or undefined. */
  get(name: string): string | undefined;
  getAll(name: string): readonly string[];
  /** First value of a `-bin` name, decoded, or undefined. */
  getBinary(name: string): Uint8Array | undefined;
}

/** Metadata to send. */
export type MetadataInit = Iterable<readonly [name: string, value: string | Uint8Array]>;

/** What every call takes. */
export interface CallOptions {
  /** Cancels the call: the peer gets RST_STREAM CANCEL and the call rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Deadline, sent as `grpc-timeout`; the call then rejects with `deadlineExceeded`. */
  readonly timeoutMs?: number | undefined;
  readonly metadata?: MetadataInit | undefined;
}

/**
 * Runs around a call, of any kind, on either side: everything before `next()` happens before the call, everything after
 * it when the call is over. `next` rejects with the error of the call; what the interceptor throws takes its place.
 *
 * It must call `next` once, or throw to refuse the call. It sees no messages.
 */
export type Interceptor<Call> = (call: Call, next: () => Promise<void>) => Promise<void>;

/** A call as interceptors of a channel see it, before it starts. */
export interface OutgoingCall {
  readonly kind: 'unary' | 'serverStream' | 'duplex';
  readonly path: string;
  readonly signal: AbortSignal | undefined;
  /** May be changed. */
  timeoutMs: number | undefined;
  /** May be added to. */
  readonly metadata: (readonly [name: string, value: string | Uint8Array])[];
}

/** How long a graceful end may take. */
export interface DrainOptions {
  /** After this the connection is dropped with the calls that are still open. */
  readonly timeoutMs: number;
}

/**
 * Memory that is lent to big responses; disposing takes it back for later calls.
 *
 * Then nobody may use the bytes of such a message any more, nor may the system still be writing them somewhere. Views on
 * them are cut off when the memory is used again: their length is 0. Small messages are not lent, and stay.
 */
export interface MessageLease extends Disposable {
  /** Bytes that are lent now. */
  readonly lentBytes: number;
}

/** What calls with one response take beside. */
export interface UnaryCallOptions extends CallOptions {
  /**
   * Lends the memory of the response, when it is big, until the lease is disposed. One lease may serve several calls.
   * Without it a message is its receiver's for good. See `createMessageLease`.
   */
  readonly lease?: MessageLease | undefined;
}

/** The responses of a call as they come. Leaving the iteration cancels the call. */
export interface ResponseStream<Response> extends AsyncIterable<Response> {
  /** The same responses, instead of one by one all that have come meanwhile: half the cost of small ones that come fast. */
  batches(): AsyncIterable<readonly Response[]>;
}

/** A running call with messages each way. */
export interface DuplexCall<RequestInit, Response> extends ResponseStream<Response> {
  /** Sends one message; resolves when the caller may send the next. */
  send(message: RequestInit): Promise<void>;
  /** Ends this side's messages; the other side goes on. */
  closeSend(): void;
  /** Ends the call with RST_STREAM CANCEL; iterating it then rejects with `cancelled`. */
  cancel(): void;
}

/** Why a channel ended. `error` is undefined after `close()` or a clean end by the peer. */
export interface ChannelEnd {
  readonly error: Error | undefined;
}

/** The three kinds of calls. */
export interface Calls {
  /** Rejects with GrpcStatusError, or with the signal's reason when that ended the call. */
  unary<Request, Response, RequestInit, ResponseInit>(
    method: UnaryMethod<Request, Response, RequestInit, ResponseInit>,
    request: RequestInit,
    options?: UnaryCallOptions,
  ): Promise<Response>;
  /** Starts at once; leaving the loop cancels the call. Reading slowly slows the peer down. */
  serverStream<Request, Response, RequestInit, ResponseInit>(
    method: ServerStreamMethod<Request, Response, RequestInit, ResponseInit>,
    request: RequestInit,
    options?: CallOptions,
  ): ResponseStream<Response>;
  duplex<Request, Response, RequestInit, ResponseInit>(
    method: DuplexMethod<Request, Response, RequestInit, ResponseInit>,
    options?: CallOptions,
  ): DuplexCall<RequestInit, Response>;
}

/**
 * A gRPC client over one connection.
 *
 * It never redials: when the connection ends, every open call rejects with `unavailable` and `closed` resolves.
 */
export interface Channel extends Calls, AsyncDisposable {
  readonly address: Address;
  /** Resolves, and never rejects, when the connection is gone. */
  readonly closed: Promise<ChannelEnd>;
  /** Takes no more calls, lets the open ones end, then closes. Resolves when the connection is gone. */
  drain(options: DrainOptions): Promise<void>;
  /** Counters of the connection, for metrics. */
  stats(): ConnectionStats;
  /** Drops the connection; open calls reject with `unavailable`. A second close is fine. */
  close(): Promise<void>;
}

/** Limits and security of a channel. */
export interface ChannelOptions {
  readonly signal?: AbortSignal | undefined;
  /** Limit for connecting, 10 000 by default. */
  readonly connectTimeoutMs?: number;
  /** Largest message taken, 2 147 483 647 by default, as Grafana's host. Larger ones end the call with `resourceExhausted`. */
  readonly maxReceiveBytes?: number;
  /** Sent as `user-agent`. */
  readonly userAgent?: string;
  /** Plaintext without it. */
  readonly tls?: ClientTls | undefined;
  /** Run around every call, the first one outermost. */
  readonly interceptors?: readonly Interceptor<OutgoingCall>[];
}

/** What a handler knows about its call. */
export interface ServerCall {
  readonly path: string;
  readonly metadata: Metadata;
  /** Aborts on cancel by the client, deadline, lost connection or server stop; not on normal completion. */
  readonly signal: AbortSignal;
  /** Epoch milliseconds of the client's deadline, or undefined. */
  readonly deadlineAtMs: number | undefined;
}

/**
 * What a handler answers with.
 *
 * Big bytes go out from where they are, so leave them unchanged. One that is disposable belongs to the call from the
 * moment it is returned or yielded, and is disposed once: when the system has its bytes, or when they will not be sent
 * any more, because the call, the connection or the server is at its end. Then its memory may be used again.
 */
export type Reply<ResponseInit> = ResponseInit | (ResponseInit & Disposable);

/** A handler throws GrpcStatusError to choose the status; any other error is `unknown` with its message. */
export type UnaryHandler<Request, ResponseInit> = (
  request: Request,
  call: ServerCall,
) => Reply<ResponseInit> | Promise<Reply<ResponseInit>>;
/**
 * The messages of a stream. Those that are at hand need no waiting: a plain iterable costs half as much per message as an
 * async one. Either is taken no faster than the caller reads.
 */
export type Replies<ResponseInit> = AsyncIterable<Reply<ResponseInit>> | Iterable<Reply<ResponseInit>>;

/** Yields one message after the other; errors as for UnaryHandler. A caller who leaves ends the iteration. */
export type ServerStreamHandler<Request, ResponseInit> = (request: Request, call: ServerCall) => Replies<ResponseInit>;
/** As ServerStreamHandler, while the messages of the caller arrive. */
export type DuplexHandler<Request, ResponseInit> = (requests: AsyncIterable<Request>, call: ServerCall) => Replies<ResponseInit>;

/** Limits of a server. */
export interface GrpcServerOptions {
  /** Largest request taken, 16 MiB by default, as the Go SDK. Larger ones end the call with `resourceExhausted`. */
  readonly maxReceiveBytes?: number;
  /** Told about what handlers throw that is no GrpcStatusError. */
  readonly onHandlerError?: (error: unknown, call: ServerCall) => void;
  /** Run around every handler, the first one outermost. Calls that have no handler are not told. */
  readonly interceptors?: readonly Interceptor<ServerCall>[];
}

/** Counters of all connections of a server together, those that are gone included. */
export interface ServerStats extends ConnectionStats {
  readonly connectionsAccepted: number;
  readonly openConnections: number;
}

/** Security of one listener. */
export interface ListenOptions {
  /** Plaintext without it. */
  readonly tls?: MutualTls | undefined;
}

/** A bound socket that accepts connections; disposing closes it and removes its socket file. */
export interface Listener extends AsyncDisposable {
  readonly address: Address;
}

/** Routes calls by path; unknown methods answer `unimplemented`. */
export interface GrpcServer extends AsyncDisposable {
  unary<Request, Response, RequestInit, ResponseInit>(
    method: UnaryMethod<Request, Response, RequestInit, ResponseInit>,
    handler: UnaryHandler<Request, ResponseInit>,
  ): void;
  serverStream<Request, Response, RequestInit, ResponseInit>(
    method: ServerStreamMethod<Request, Response, RequestInit, ResponseInit>,
    handler: ServerStreamHandler<Request, ResponseInit>,
  ): void;
  duplex<Request, Response, RequestInit, ResponseInit>(
    method: DuplexMethod<Request, Response, RequestInit, ResponseInit>,
    handler: DuplexHandler<Request, ResponseInit>,
  ): void;
  /** Resolves once the socket is bound. Several connections at a time are fine. TCP port 0 picks a free one. Throws ProtocolError `port_range_exhausted`. */
  listen(address: ListenAddress, options?: ListenOptions): Promise<Listener>;
  /**
   * Graceful stop, as Go's `Server.GracefulStop` with a limit: listeners close, clients are told by GOAWAY, open calls end.
   * It does not wait for calls of methods that are `background`.
   */
  drain(options: DrainOptions): Promise<void>;
  /** Counters, for metrics. */
  stats(): ServerStats;
  /** Hard stop, as Go's `Server.Stop`: listeners close, connections drop, handlers' signals abort. */
  stop(): Promise<void>;
}

/** A server of ours, which needs no socket. */
export interface LocalServer extends GrpcServer {
  /** The server's end of a connection that the caller drives and ends. */
  accept(options?: Partial<Http2Options>): Http2Connection;
}
