import type { DuplexMethod, ServerStreamMethod, UnaryMethod } from '../grpc/index.ts';
import {
  type Get,
  type Init,
  type Mutable,
  messageCodec,
  NO_BYTES,
  type Put,
  putMessageMap,
  type StringMap,
  type Unknowns,
} from '../wire/index.ts';

/** Nothing; both go-plugin's own Empty and Google's. */
export interface Empty extends Unknowns {}

/** What a health check asks about: `plugin`, or nothing for the whole server. */
export interface HealthCheckRequest extends Unknowns {
  readonly service: string;
}

export interface HealthCheckResponse extends Unknowns {
  /** One of ServingStatus. */
  readonly status: number;
}

export interface HealthListResponse extends Unknowns {
  readonly statuses: StringMap<HealthCheckResponse>;
}

export const ServingStatus = { unknown: 0, serving: 1, notServing: 2, serviceUnknown: 3 } as const;

/** A piece of what the plugin printed. */
export interface StdioData extends Unknowns {
  /** One of StdioChannel. */
  readonly channel: number;
  readonly data: Uint8Array;
}

export const StdioChannel = { stdout: 1, stderr: 2 } as const;

/*
 * HealthCheckRequest | HealthCheckResponse | HealthListResponse        | StdioData        | ConnInfo
 * 1 service string   | 1 status varint     | 1 statuses map of message | 1 channel varint | not looked into: Grafana's
 *                    |                     |                           | 2 data bytes     | plugins open no connections
 */

const getEmpty: Get<Empty> = (reader, target = {}) => {
  while (reader.next() !== 0) reader.unknown(target);
  return target;
};

const putEmpty: Put<Empty> = (sink, message) => sink.unknown(message.$unknown);

const getHealthCheckRequest: Get<HealthCheckRequest> = (reader, target = { service: '' }) => {
  const message: Mutable<HealthCheckRequest> = target;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) message.service = reader.string();
    else reader.unknown(message);
  }
  return message;
};

const getHealthCheckResponse: Get<HealthCheckResponse> = (reader, target = { status: 0 }) => {
  const message: Mutable<HealthCheckResponse> = target;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) message.status = reader.int32();
    else reader.unknown(message);
  }
  return message;
};

const putHealthCheckResponse: Put<HealthCheckResponse> = (sink, message) => sink.int32(1, message.status);

const getHealthListResponse: Get<HealthListResponse> = (reader, target = { statuses: {} }) => {
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) reader.messageMapEntry(target.statuses, getHealthCheckResponse);
    else reader.unknown(target);
  }
  return target;
};

const getStdioData: Get<StdioData> = (reader, target = { channel: 0, data: NO_BYTES }) => {
  const message: Mutable<StdioData> = target;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) message.channel = reader.int32();
    else if (field === 2) message.data = reader.bytes();
    else reader.unknown(message);
  }
  return message;
};

const empty = messageCodec<Empty>('Empty', getEmpty, putEmpty);
const connInfo = messageCodec<Empty>('ConnInfo', getEmpty, putEmpty);
const healthCheckRequest = messageCodec<HealthCheckRequest>('HealthCheckRequest', getHealthCheckRequest, (sink, message) =>
  sink.string(1, message.service),
);
const healthCheckResponse = messageCodec<HealthCheckResponse>('HealthCheckResponse', getHealthCheckResponse, putHealthCheckResponse);
const healthListResponse = messageCodec<HealthListResponse>('HealthListResponse', getHealthListResponse, (sink, message) =>
  putMessageMap<HealthCheckResponse>(sink, 1, message.statuses, putHealthCheckResponse),
);
const stdioData = messageCodec<StdioData>('StdioData', getStdioData, (sink, message) => {
  sink.int32(1, message.channel);
  sink.bytes(2, message.data);
});

type Unary<Request, Response> = UnaryMethod<Request, Response, Init<Request>, Init<Response>>;
type ServerStream<Request, Response> = ServerStreamMethod<Request, Response, Init<Request>, Init<Response>>;

export const healthCheck: Unary<HealthCheckRequest, HealthCheckResponse> = {
  kind: 'unary',
  path: '/grpc.health.v1.Health/Check',
  request: healthCheckRequest,
  response: healthCheckResponse,
};

export const healthWatch: ServerStream<HealthCheckRequest, HealthCheckResponse> = {
  kind: 'serverStream',
  path: '/grpc.health.v1.Health/Watch',
  background: true,
  request: healthCheckRequest,
  response: healthCheckResponse,
};

export const healthList: Unary<Empty, HealthListResponse> = {
  kind: 'unary',
  path: '/grpc.health.v1.Health/List',
  request: empty,
  response: healthListResponse,
};

export const controllerShutdown: Unary<Empty, Empty> = {
  kind: 'unary',
  path: '/plugin.GRPCController/Shutdown',
  request: empty,
  response: empty,
};

export const streamStdio: ServerStream<Empty, StdioData> = {
  kind: 'serverStream',
  path: '/plugin.GRPCStdio/StreamStdio',
  background: true,
  request: empty,
  response: stdioData,
};

export const brokerStartStream: DuplexMethod<Empty, Empty> = {
  kind: 'duplex',
  path: '/plugin.GRPCBroker/StartStream',
  background: true,
  request: connInfo,
  response: connInfo,
};
