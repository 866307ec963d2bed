import type { MessageLease, MutualTls } from '@backplane/protocol/grpc';
import type { Init, QueryDataRequest, QueryDataResponse, RunStreamRequest, StreamPacket } from '@backplane/protocol/pluginv2';

/** One implementation of the wire, connected. Messages are encoded and decoded by the codecs of `pluginv2` in each of them. */
export interface WireClient {
  /** `lease` lends the memory of a big answer, where the implementation can. */
  query(request: Init<QueryDataRequest>, lease: MessageLease): Promise<QueryDataResponse>;
  /** Resolves at the end of the stream. */
  runStream(request: Init<RunStreamRequest>, onPacket: (packet: StreamPacket) => void): Promise<void>;
  /** Asks the plugin to end, where the wire can say so, and ends the connection. */
  close(): Promise<void>;
}

/** What a plugin answers. */
export interface WireHandlers {
  query(request: QueryDataRequest): Init<QueryDataResponse>;
  runStream(request: RunStreamRequest): Iterable<Init<StreamPacket>>;
}

/** How a plugin listens. */
export interface ListenOptions {
  readonly tls: MutualTls | undefined;
  /** Called when the host asks for the end over the wire, where it can. */
  readonly onShutdown: () => void;
}

/** Both ends of one implementation. */
export interface WireModule {
  connect(socketPath: string, tls: MutualTls | undefined): Promise<WireClient>;
  /** Resolves when it listens. */
  listen(socketPath: string, handlers: WireHandlers, options: ListenOptions): Promise<AsyncDisposable>;
}
