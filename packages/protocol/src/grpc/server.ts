import type { Socket } from 'node:net';
import { addStats, emptyStats, HeaderTemplate, Http2Connection, type Http2Options } from '../http2/index.ts';
import { listenSocket, SocketDriver } from '../socket/index.ts';
import { interceptDuplexHandler, interceptStreamHandler, interceptUnaryHandler } from './intercept-server.ts';
import { DuplexRunner, type RunnableMethod, ServerStreamRunner, UnaryRunner } from './runners.ts';
import { type MethodRunner, type ServerCallContext, ServerStreamCall } from './server-call.ts';
import { GrpcCode, GrpcStatusError } from './status.ts';
import type {
  DrainOptions,
  DuplexHandler,
  GrpcServer,
  GrpcServerOptions,
  ListenAddress,
  Listener,
  ListenOptions,
  LocalServer,
  ServerStats,
  ServerStreamHandler,
  UnaryHandler,
} from './types.ts';

const DEFAULT_MAX_RECEIVE_BYTES = 16 << 20;

type CreateRunner = (call: ServerStreamCall) => MethodRunner;

/** A gRPC server without methods; register them, then listen. */
export function createServer(options: GrpcServerOptions = {}): LocalServer {
  return new Server(options);
}

class Server implements LocalServer {
  readonly #options: GrpcServerOptions;
  readonly #routes = new Map<string, CreateRunner>();
  readonly #listeners = new Set<Listener>();
  readonly #connections = new Map<Http2Connection, SocketDriver>();
  /** Counters of the connections that are gone. */
  readonly #past = emptyStats();
  #connectionsAccepted = 0;
  #stopped = false;

  constructor(options: GrpcServerOptions) {
    this.#options = options;
  }

  // The router keeps methods without their types: each runner hands a handler what its own method decoded.
  unary: GrpcServer['unary'] = (method, handler) => {
    const run = interceptUnaryHandler(this.#interceptors, handler as UnaryHandler<unknown, unknown>);
    this.#register(method, (call) => new UnaryRunner(call, method as RunnableMethod, this.#options.onHandlerError, run));
  };

  serverStream: GrpcServer['serverStream'] = (method, handler) => {
    const run = interceptStreamHandler(this.#interceptors, handler as ServerStreamHandler<unknown, unknown>);
    this.#register(method, (call) => new ServerStreamRunner(call, method as RunnableMethod, this.#options.onHandlerError, run));
  };

  duplex: GrpcServer['duplex'] = (method, handler) => {
    const run = interceptDuplexHandler(this.#interceptors, handler as DuplexHandler<unknown, unknown>);
    this.#register(method, (call) => new DuplexRunner(call, method as RunnableMethod, this.#options.onHandlerError, run));
  };

  async listen(address: ListenAddress, { tls }: ListenOptions = {}): Promise<Listener> {
    if (this.#stopped) throw new GrpcStatusError(GrpcCode.failedPrecondition, 'the server has been stopped');
    const socketListener = await listenSocket(address, (socket) => this.#accept(socket), tls);
    const listener: Listener = {
      address: socketListener.address,
      [Symbol.asyncDispose]: async () => {
        this.#listeners.delete(listener);
        await socketListener[Symbol.asyncDispose]();
      },
    };
    this.#listeners.add(listener);
    if (this.#stopped) await listener[Symbol.asyncDispose]();
    return listener;
  }

  async drain({ timeoutMs }: DrainOptions): Promise<void> {
    await this.#stopListening();
    const timer = setTimeout(() => void this.stop(), timeoutMs);
    for (const connection of this.#connections.keys()) connection.goAway();
    await Promise.all([...this.#connections.values()].map(({ closed }) => closed));
    clearTimeout(timer);
  }

  stats(): ServerStats {
    const total = { ...this.#past };
    for (const connection of this.#connections.keys()) addStats(total, connection.stats());
    return { ...total, connectionsAccepted: this.#connectionsAccepted, openConnections: this.#connections.size };
  }

  async stop(): Promise<void> {
    const listeners = this.#stopListening();
    const connections = [...this.#connections].map(([connection, driver]) => {
      connection.close(new Error('the server was stopped'));
      return driver.closed;
    });
    await Promise.all([listeners, ...connections]);
  }

  async #stopListening(): Promise<void> {
    this.#stopped = true;
    await Promise.all([...this.#listeners].map((listener) => listener[Symbol.asyncDispose]()));
  }

  get #interceptors(): NonNullable<GrpcServerOptions['interceptors']> {
    return this.#options.interceptors ?? [];
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #register({ path, background = false }: { readonly path: string; readonly background?: boolean }, create: CreateRunner): void {
    if (this.#routes.has(path)) throw new GrpcStatusError(GrpcCode.alreadyExists, `method ${path} has a handler already`);
    this.#routes.set(path, (call) => {
      call.background = background;
      return create(call);
    });
  }

  accept(options: Partial<Http2Options> = {}): Http2Connection {
    const context: ServerCallContext = {
      maxReceiveBytes: this.#options.maxReceiveBytes ?? DEFAULT_MAX_RECEIVE_BYTES,
      head: new HeaderTemplate([':status', '200', 'content-type', 'application/grpc']),
      okTrailers: { template: new HeaderTemplate(['grpc-status', '0', 'grpc-message', '']), extra: undefined },
      route: (call) => this.#route(call),
    };
    const createStream = (id: number) => new ServerStreamCall(connection, id, context);
    const connection: Http2Connection = new Http2Connection('server', { createStream, onClosed: () => undefined }, options);
    return connection;
  }

  #accept(socket: Socket): void {
    const connection = this.accept();
    const driver = new SocketDriver(socket, connection);
    this.#connections.set(connection, driver);
    this.#connectionsAccepted++;
    void driver.closed.then(() => {
      this.#connections.delete(connection);
      addStats(this.#past, connection.stats());
    });
    socket.on('data', (bytes: Buffer) => connection.receive(bytes, bytes.length, true));
    if (this.#stopped) connection.close(new Error('the server was stopped'));
  }

  #route(call: ServerStreamCall): MethodRunner {
    const create = this.#routes.get(call.path);
    if (create === undefined) throw unimplemented(call.path, this.#routes.keys());
    return create(call);
  }
}

/** Texts as grpc-go's: a missing method of a known service is told apart from a missing service. */
function unimplemented(path: string, known: Iterable<string>): GrpcStatusError {
  const slash = path.lastIndexOf('/');
  if (!path.startsWith('/') || slash === 0)
    return new GrpcStatusError(GrpcCode.unimplemented, `malformed method name: ${JSON.stringify(path)}`);
  const service = path.slice(1, slash);
  for (const other of known) {
    if (!other.startsWith(`/${service}/`)) continue;
    return new GrpcStatusError(GrpcCode.unimplemented, `unknown method ${path.slice(slash + 1)} for service ${service}`);
  }
  return new GrpcStatusError(GrpcCode.unimplemented, `unknown service ${service}`);
}
