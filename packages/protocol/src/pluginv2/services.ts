import type { ServerStreamMethod, UnaryMethod } from '../grpc/index.ts';
import type { Init, MessageCodec } from '../wire/index.ts';
import { admissionRequest, mutationResponse, validationResponse } from './admission.ts';
import { conversionRequest, conversionResponse } from './conversion.ts';
import { checkHealthRequest, checkHealthResponse, collectMetricsRequest, collectMetricsResponse } from './diagnostics.ts';
import { queryChunkedDataRequest, queryChunkedDataResponse, queryDataRequest, queryDataResponse } from './query.ts';
import { callResourceRequest, callResourceResponse } from './resource.ts';
import {
  publishStreamRequest,
  publishStreamResponse,
  runStreamRequest,
  streamPacket,
  subscribeStreamRequest,
  subscribeStreamResponse,
} from './stream.ts';

/** Health of one data source or app, metrics of the process. */
export const diagnostics = {
  checkHealth: unary('Diagnostics/CheckHealth', checkHealthRequest, checkHealthResponse),
  collectMetrics: unary('Diagnostics/CollectMetrics', collectMetricsRequest, collectMetricsResponse),
};

/** A plugin's own HTTP routes. */
export const resource = {
  callResource: serverStream('Resource/CallResource', callResourceRequest, callResourceResponse),
};

/** Queries. */
export const data = {
  queryData: unary('Data/QueryData', queryDataRequest, queryDataResponse),
  queryChunkedData: serverStream('Data/QueryChunkedData', queryChunkedDataRequest, queryChunkedDataResponse),
};

/** Live channels. */
export const stream = {
  subscribeStream: unary('Stream/SubscribeStream', subscribeStreamRequest, subscribeStreamResponse),
  runStream: serverStream('Stream/RunStream', runStreamRequest, streamPacket),
  publishStream: unary('Stream/PublishStream', publishStreamRequest, publishStreamResponse),
};

/** Whether objects may be stored, and in which form. */
export const admission = {
  validateAdmission: unary('AdmissionControl/ValidateAdmission', admissionRequest, validationResponse),
  mutateAdmission: unary('AdmissionControl/MutateAdmission', admissionRequest, mutationResponse),
};

/** Objects in another version. */
export const conversion = {
  convertObjects: unary('ResourceConversion/ConvertObjects', conversionRequest, conversionResponse),
};

function unary<Request, Response>(
  path: string,
  request: MessageCodec<Request>,
  response: MessageCodec<Response>,
): UnaryMethod<Request, Response, Init<Request>, Init<Response>> {
  return { kind: 'unary', path: `/pluginv2.${path}`, request, response };
}

function serverStream<Request, Response>(
  path: string,
  request: MessageCodec<Request>,
  response: MessageCodec<Response>,
): ServerStreamMethod<Request, Response, Init<Request>, Init<Response>> {
  return { kind: 'serverStream', path: `/pluginv2.${path}`, request, response };
}
