import type {
  DataChunk,
  HealthResult,
  PluginContext,
  QueryDataRequest,
  QueryDataResponse,
  ResourceRequest,
  ResourceResponse,
  StreamRequest,
  SubscribeResult,
} from './types.ts';

/** Every kind of call: what goes in and what comes out. */
export interface CallShapes {
  queryData: { request: QueryDataRequest; result: QueryDataResponse };
  queryChunkedData: { request: QueryDataRequest; result: AsyncIterable<DataChunk> };
  callResource: { request: ResourceRequest; result: ResourceResponse };
  checkHealth: { request: { readonly context: PluginContext; readonly headers: Readonly<Record<string, string>> }; result: HealthResult };
  collectMetrics: { request: { readonly context?: PluginContext | undefined }; result: Uint8Array };
  subscribeStream: { request: StreamRequest; result: SubscribeResult };
  publishStream: { request: StreamRequest; result: SubscribeResult };
  runStream: { request: StreamRequest; result: AsyncIterable<Uint8Array> };
}

/** Name of a kind of call, as Grafana's metrics and traces spell it. */
export type Endpoint = keyof CallShapes;
/** What goes into a kind of call. */
export type RequestOf<Kind extends Endpoint> = CallShapes[Kind]['request'];
/** What comes out of a kind of call; streams give it at once and their parts later. */
export type ResultOf<Kind extends Endpoint> = CallShapes[Kind]['result'];

/** All of them, in the order of PluginClient. */
export const ENDPOINTS = [
  'queryData',
  'queryChunkedData',
  'callResource',
  'checkHealth',
  'collectMetrics',
  'subscribeStream',
  'publishStream',
  'runStream',
] as const satisfies readonly Endpoint[];
