export { collectChunks } from './chunks.ts';
export { ENDPOINTS, type Endpoint, type RequestOf, type ResultOf } from './endpoints.ts';
export { type FollowOptions, followStream } from './follow-stream.ts';
export { createAbsentClient, createPluginClient } from './plugin-client.ts';
export { hopByHopHeaders } from './resource.ts';
export { startWhenRead } from './start-when-read.ts';
export type {
  AppSettings,
  CallOrigin,
  DataChunk,
  DataQuery,
  DataResponse,
  DataSourceSettings,
  HealthResult,
  PluginCallOptions,
  PluginClient,
  PluginContext,
  PluginUser,
  QueryDataRequest,
  QueryDataResponse,
  ResourceRequest,
  ResourceResponse,
  StreamRequest,
  SubscribeResult,
} from './types.ts';
export { goesOn, mapItems, type Outcome, whenEnded } from './when-ended.ts';
