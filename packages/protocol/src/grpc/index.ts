export type { AuthorityTls, ClientTls, MutualTls } from '../socket/index.ts';
export { connect, createCalls } from './channel.ts';
export { createMessageLease } from './message-lease.ts';
export { createServer } from './server.ts';
export { GrpcCode, GrpcStatusError, type GrpcStatusErrorOptions, grpcCodeName } from './status.ts';
export type {
  Address,
  CallOptions,
  Calls,
  Channel,
  ChannelEnd,
  ChannelOptions,
  Codec,
  ConnectionStats,
  DrainOptions,
  DuplexCall,
  DuplexHandler,
  DuplexMethod,
  GrpcServer,
  GrpcServerOptions,
  Interceptor,
  ListenAddress,
  Listener,
  ListenOptions,
  LocalServer,
  MessageLease,
  Metadata,
  MetadataInit,
  OutgoingCall,
  Reply,
  ServerCall,
  ServerStats,
  ServerStreamHandler,
  ServerStreamMethod,
  UnaryCallOptions,
  UnaryHandler,
  UnaryMethod,
} from './types.ts';
