export type { MutualTls } from '../socket/index.ts';
export { connect } from './channel.ts';
export { createServer } from './server.ts';
export { GrpcCode, GrpcStatusError, type GrpcStatusErrorOptions, grpcCodeName } from './status.ts';
export type {
  Address,
  CallOptions,
  Channel,
  ChannelEnd,
  ChannelOptions,
  Codec,
  DuplexCall,
  DuplexHandler,
  DuplexMethod,
  GrpcServer,
  GrpcServerOptions,
  Listener,
  ListenOptions,
  Metadata,
  MetadataInit,
  ServerCall,
  ServerStreamHandler,
  ServerStreamMethod,
  UnaryHandler,
  UnaryMethod,
} from './types.ts';
