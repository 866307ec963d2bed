export { isProtocolError, ProtocolError, type ProtocolErrorCode } from '../errors/index.ts';
export type { BytesInit, Init, StringMap, UnknownField } from '../wire/index.ts';
export {
  AdmissionOperation,
  type AdmissionRequest,
  admissionRequest,
  type GroupVersionKind,
  type MutationResponse,
  mutationResponse,
  type ValidationResponse,
  validationResponse,
} from './admission.ts';
export type { AppInstanceSettings, DataSourceInstanceSettings, PluginContext, User } from './context.ts';
export {
  type ConversionRequest,
  type ConversionResponse,
  conversionRequest,
  conversionResponse,
  type GroupVersion,
  type RawObject,
} from './conversion.ts';
export {
  type CheckHealthRequest,
  type CheckHealthResponse,
  type CollectMetricsRequest,
  type CollectMetricsResponse,
  checkHealthRequest,
  checkHealthResponse,
  collectMetricsRequest,
  collectMetricsResponse,
  HealthStatus,
  type MetricsPayload,
} from './diagnostics.ts';
export { decodeErrorDetails, decodeErrorSource, type ErrorDetails, type ErrorSource, encodeErrorDetails } from './error-details.ts';
export {
  DataFrameFormat,
  type DataQuery,
  type DataResponse,
  type QueryChunkedDataRequest,
  type QueryChunkedDataResponse,
  type QueryDataRequest,
  type QueryDataResponse,
  queryChunkedDataRequest,
  queryChunkedDataResponse,
  queryDataRequest,
  queryDataResponse,
  type TimeRange,
} from './query.ts';
export {
  type CallResourceRequest,
  type CallResourceResponse,
  callResourceRequest,
  callResourceResponse,
  type StringList,
} from './resource.ts';
export { admission, conversion, data, diagnostics, resource, stream } from './services.ts';
export type { StatusResult } from './status-result.ts';
export {
  type PublishStreamRequest,
  type PublishStreamResponse,
  publishStreamRequest,
  publishStreamResponse,
  type RunStreamRequest,
  runStreamRequest,
  type StreamPacket,
  StreamStatus,
  type SubscribeStreamRequest,
  type SubscribeStreamResponse,
  streamPacket,
  subscribeStreamRequest,
  subscribeStreamResponse,
} from './stream.ts';
