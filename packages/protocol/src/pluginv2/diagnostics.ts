import {
  type Get,
  type MessageCodec,
  type Mutable,
  messageCodec,
  NO_BYTES,
  type Put,
  putMap,
  type StringMap,
  type Unknowns,
} from '../wire/index.ts';
import { getPluginContext, type PluginContext, putPluginContext } from './context.ts';

/** Results of a health check. A host reads other numbers as unknown. */
export const HealthStatus = { unknown: 0, ok: 1, error: 2 } as const;

/** Asks whether one data source, or an app, works. */
export interface CheckHealthRequest extends Unknowns {
  readonly pluginContext?: PluginContext | undefined;
  /** Forwarded headers have the key prefix `http_`. */
  readonly headers: StringMap;
}

/** How it is. */
export interface CheckHealthResponse extends Unknowns {
  /** One of HealthStatus. */
  readonly status: number;
  readonly message: string;
  /** JSON text, possibly empty. */
  readonly jsonDetails: Uint8Array;
}

/** Asks for the metrics of the plugin process. */
export interface CollectMetricsRequest extends Unknowns {
  readonly pluginContext?: PluginContext | undefined;
}

/** Metrics in Prometheus' text exposition format. */
export interface MetricsPayload extends Unknowns {
  readonly prometheus: Uint8Array;
}

/** The metrics, or nothing. */
export interface CollectMetricsResponse extends Unknowns {
  readonly metrics?: MetricsPayload | undefined;
}

/*
 * CheckHealthRequest      | CheckHealthResponse | CollectMetricsRequest   | CollectMetricsResponse | MetricsPayload
 * 1 pluginContext message | 1 status varint     | 1 pluginContext message | 1 metrics message      | 1 prometheus bytes
 * 2 headers map           | 2 message string    |                         |                        |
 *                         | 3 jsonDetails bytes |                         |                        |
 */

const getCheckHealthRequest: Get<CheckHealthRequest> = (reader, target = { pluginContext: undefined, headers: {} }) => {
  const message: Mutable<CheckHealthRequest> = target;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) message.pluginContext = reader.message(getPluginContext, message.pluginContext);
    else if (field === 2) reader.mapEntry(message.headers);
    else reader.unknown(message);
  }
  return message;
};

const putCheckHealthRequest: Put<CheckHealthRequest> = (sink, message) => {
  sink.message<PluginContext>(1, message.pluginContext, putPluginContext);
  putMap(sink, 2, message.headers);
  sink.unknown(message.$unknown);
};

const getCheckHealthResponse: Get<CheckHealthResponse> = (reader, target = { status: 0, message: '', jsonDetails: NO_BYTES }) => {
  const message: Mutable<CheckHealthResponse> = target;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) message.status = reader.int32();
    else if (field === 2) message.message = reader.string();
    else if (field === 3) message.jsonDetails = reader.bytes();
    else reader.unknown(message);
  }
  return message;
};

const putCheckHealthResponse: Put<CheckHealthResponse> = (sink, message) => {
  sink.int32(1, message.status);
  sink.string(2, message.message);
  sink.bytes(3, message.jsonDetails);
  sink.unknown(message.$unknown);
};

const getCollectMetricsRequest: Get<CollectMetricsRequest> = (reader, target = { pluginContext: undefined }) => {
  const message: Mutable<CollectMetricsRequest> = target;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) message.pluginContext = reader.message(getPluginContext, message.pluginContext);
    else reader.unknown(message);
  }
  return message;
};

const putCollectMetricsRequest: Put<CollectMetricsRequest> = (sink, message) => {
  sink.message<PluginContext>(1, message.pluginContext, putPluginContext);
  sink.unknown(message.$unknown);
};

const getMetricsPayload: Get<MetricsPayload> = (reader, target = { prometheus: NO_BYTES }) => {
  const message: Mutable<MetricsPayload> = target;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) message.prometheus = reader.bytes();
    else reader.unknown(message);
  }
  return message;
};

const putMetricsPayload: Put<MetricsPayload> = (sink, message) => {
  sink.bytes(1, message.prometheus);
  sink.unknown(message.$unknown);
};

const getCollectMetricsResponse: Get<CollectMetricsResponse> = (reader, target = { metrics: undefined }) => {
  const message: Mutable<CollectMetricsResponse> = target;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) message.metrics = reader.message(getMetricsPayload, message.metrics);
    else reader.unknown(message);
  }
  return message;
};

const putCollectMetricsResponse: Put<CollectMetricsResponse> = (sink, message) => {
  sink.message<MetricsPayload>(1, message.metrics, putMetricsPayload);
  sink.unknown(message.$unknown);
};

/** Reads and writes `CheckHealthRequest`. */
export const checkHealthRequest: MessageCodec<CheckHealthRequest> = messageCodec(
  'CheckHealthRequest',
  getCheckHealthRequest,
  putCheckHealthRequest,
);
/** Reads and writes `CheckHealthResponse`. */
export const checkHealthResponse: MessageCodec<CheckHealthResponse> = messageCodec(
  'CheckHealthResponse',
  getCheckHealthResponse,
  putCheckHealthResponse,
);
/** Reads and writes `CollectMetricsRequest`. */
export const collectMetricsRequest: MessageCodec<CollectMetricsRequest> = messageCodec(
  'CollectMetricsRequest',
  getCollectMetricsRequest,
  putCollectMetricsRequest,
);
/** Reads and writes `CollectMetricsResponse`. */
export const collectMetricsResponse: MessageCodec<CollectMetricsResponse> = messageCodec(
  'CollectMetricsResponse',
  getCollectMetricsResponse,
  putCollectMetricsResponse,
);
