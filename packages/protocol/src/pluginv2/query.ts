import {
  append,
  type Get,
  type MessageCodec,
  type Mutable,
  messageCodec,
  NO_BYTES,
  type Put,
  putMap,
  putMessageMap,
  putMessages,
  type StringMap,
  type Unknowns,
} from '../wire/index.ts';
import { getPluginContext, type PluginContext, putPluginContext } from './context.ts';

/** How frames are written: an Arrow IPC file, or frame JSON. A receiver decodes by the format of the reply. */
export const DataFrameFormat = { arrow: 0, json: 1 } as const;

/** Both ends included, epoch milliseconds. */
export interface TimeRange extends Unknowns {
  readonly fromEpochMS: bigint;
  readonly toEpochMS: bigint;
}

/** One query. Genuine plugins panic when `timeRange` is missing. */
export interface DataQuery extends Unknowns {
  readonly refId: string;
  readonly maxDataPoints: bigint;
  readonly intervalMS: bigint;
  readonly timeRange?: TimeRange | undefined;
  /** The whole query object as JSON text. */
  readonly json: Uint8Array;
  readonly queryType: string;
}

/** Asks for the frames of some queries. */
export interface QueryDataRequest extends Unknowns {
  readonly pluginContext?: PluginContext | undefined;
  /** Forwarded headers have the key prefix `http_`. */
  readonly headers: StringMap;
  readonly queries: readonly DataQuery[];
  /** One of DataFrameFormat. */
  readonly format: number;
}

/** The same request, answered frame by frame. */
export type QueryChunkedDataRequest = QueryDataRequest;

/** What one query found. */
export interface DataResponse extends Unknowns {
  /** One frame each, views on the received message. */
  readonly frames: readonly Uint8Array[];
  readonly error: string;
  readonly jsonMeta: Uint8Array;
  /** HTTP-like; a host reads numbers outside of 100 to 599 as 500. */
  readonly status: number;
  /** `plugin` or `downstream` beside an error. */
  readonly errorSource: string;
  /** One of DataFrameFormat. */
  readonly format: number;
}

/** Results by refId. A refId that is missing has no result, which is no error. */
export interface QueryDataResponse extends Unknowns {
  readonly responses: StringMap<DataResponse>;
}

/** One frame, further rows of one, or one error. */
export interface QueryChunkedDataResponse extends Unknowns {
  readonly refId: string;
  readonly frameId: string;
  /** A view on the received message. */
  readonly frame: Uint8Array;
  readonly error: string;
  readonly status: number;
  readonly errorSource: string;
  readonly format: number;
}

/*
 * QueryDataRequest       | DataQuery               | QueryDataResponse          | DataResponse        | QueryChunkedDataResponse
 * 1 pluginContext msg    | 1 refId string          | 1 responses map of message | 1 frames bytes[]    | 1 refId string
 * 2 headers map          | 2 maxDataPoints varint  |                            | 2 error string      | 2 frameId string
 * 3 queries message[]    | 3 intervalMS varint     | TimeRange                  | 3 jsonMeta bytes    | 3 frame bytes
 * 4 format varint        | 4 timeRange message     | 1 fromEpochMS varint       | 4 status varint     | 4 error string
 *                        | 5 json bytes            | 2 toEpochMS varint         | 5 errorSource str   | 5 status varint
 *                        | 6 queryType string      |                            | 6 format varint     | 6 errorSource  7 format
 */

const getTimeRange: Get<TimeRange> = (reader, target = { fromEpochMS: 0n, toEpochMS: 0n }) => {
  const message: Mutable<TimeRange> = target;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) message.fromEpochMS = reader.int64();
    else if (field === 2) message.toEpochMS = reader.int64();
    else reader.unknown(message);
  }
  return message;
};

const putTimeRange: Put<TimeRange> = (sink, message) => {
  sink.int64(1, message.fromEpochMS);
  sink.int64(2, message.toEpochMS);
  sink.unknown(message.$unknown);
};

const getDataQuery: Get<DataQuery> = (reader, target = emptyDataQuery()) => {
  const message: Mutable<DataQuery> = target;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) message.refId = reader.string();
    else if (field === 2) message.maxDataPoints = reader.int64();
    else if (field === 3) message.intervalMS = reader.int64();
    else if (field === 4) message.timeRange = reader.message(getTimeRange, message.timeRange);
    else if (field === 5) message.json = reader.bytes();
    else if (field === 6) message.queryType = reader.string();
    else reader.unknown(message);
  }
  return message;
};

const putDataQuery: Put<DataQuery> = (sink, message) => {
  sink.string(1, message.refId);
  sink.int64(2, message.maxDataPoints);
  sink.int64(3, message.intervalMS);
  sink.message<TimeRange>(4, message.timeRange, putTimeRange);
  sink.bytes(5, message.json);
  sink.string(6, message.queryType);
  sink.unknown(message.$unknown);
};

const getQueryDataRequest: Get<QueryDataRequest> = (reader, target = emptyQueryDataRequest()) => {
  const message: Mutable<QueryDataRequest> = target;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) message.pluginContext = reader.message(getPluginContext, message.pluginContext);
    else if (field === 2) reader.mapEntry(message.headers);
    else if (field === 3) append(message.queries, reader.message(getDataQuery));
    else if (field === 4) message.format = reader.int32();
    else reader.unknown(message);
  }
  return message;
};

const putQueryDataRequest: Put<QueryDataRequest> = (sink, message) => {
  sink.message<PluginContext>(1, message.pluginContext, putPluginContext);
  putMap(sink, 2, message.headers);
  putMessages<DataQuery>(sink, 3, message.queries, putDataQuery);
  sink.int32(4, message.format);
  sink.unknown(message.$unknown);
};

const getDataResponse: Get<DataResponse> = (reader, target = emptyDataResponse()) => {
  const message: Mutable<DataResponse> = target;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) append(message.frames, reader.bytes());
    else if (field === 2) message.error = reader.string();
    else if (field === 3) message.jsonMeta = reader.bytes();
    else if (field === 4) message.status = reader.int32();
    else if (field === 5) message.errorSource = reader.string();
    else if (field === 6) message.format = reader.int32();
    else reader.unknown(message);
  }
  return message;
};

const putDataResponse: Put<DataResponse> = (sink, message) => {
  sink.byteLists(1, message.frames);
  sink.string(2, message.error);
  sink.bytes(3, message.jsonMeta);
  sink.int32(4, message.status);
  sink.string(5, message.errorSource);
  sink.int32(6, message.format);
  sink.unknown(message.$unknown);
};

const getQueryDataResponse: Get<QueryDataResponse> = (reader, target = { responses: {} }) => {
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) reader.messageMapEntry(target.responses, getDataResponse);
    else reader.unknown(target);
  }
  return target;
};

const putQueryDataResponse: Put<QueryDataResponse> = (sink, message) => {
  putMessageMap<DataResponse>(sink, 1, message.responses, putDataResponse);
  sink.unknown(message.$unknown);
};

const getQueryChunkedDataResponse: Get<QueryChunkedDataResponse> = (reader, target = emptyQueryChunkedDataResponse()) => {
  const message: Mutable<QueryChunkedDataResponse> = target;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) message.refId = reader.string();
    else if (field === 2) message.frameId = reader.string();
    else if (field === 3) message.frame = reader.bytes();
    else if (field === 4) message.error = reader.string();
    else if (field === 5) message.status = reader.int32();
    else if (field === 6) message.errorSource = reader.string();
    else if (field === 7) message.format = reader.int32();
    else reader.unknown(message);
  }
  return message;
};

const putQueryChunkedDataResponse: Put<QueryChunkedDataResponse> = (sink, message) => {
  sink.string(1, message.refId);
  sink.string(2, message.frameId);
  sink.bytes(3, message.frame);
  sink.string(4, message.error);
  sink.int32(5, message.status);
  sink.string(6, message.errorSource);
  sink.int32(7, message.format);
  sink.unknown(message.$unknown);
};

function emptyDataQuery(): DataQuery {
  return { refId: '', maxDataPoints: 0n, intervalMS: 0n, timeRange: undefined, json: NO_BYTES, queryType: '' };
}

function emptyQueryDataRequest(): QueryDataRequest {
  return { pluginContext: undefined, headers: {}, queries: [], format: 0 };
}

function emptyDataResponse(): DataResponse {
  return { frames: [], error: '', jsonMeta: NO_BYTES, status: 0, errorSource: '', format: 0 };
}

function emptyQueryChunkedDataResponse(): QueryChunkedDataResponse {
  return { refId: '', frameId: '', frame: NO_BYTES, error: '', status: 0, errorSource: '', format: 0 };
}

/** Reads and writes `QueryDataRequest`. */
export const queryDataRequest: MessageCodec<QueryDataRequest> = messageCodec('QueryDataRequest', getQueryDataRequest, putQueryDataRequest);
/** Reads and writes `QueryDataResponse`. */
export const queryDataResponse: MessageCodec<QueryDataResponse> = messageCodec(
  'QueryDataResponse',
  getQueryDataResponse,
  putQueryDataResponse,
);
/** Reads and writes `QueryChunkedDataRequest`. */
export const queryChunkedDataRequest: MessageCodec<QueryChunkedDataRequest> = messageCodec(
  'QueryChunkedDataRequest',
  getQueryDataRequest,
  putQueryDataRequest,
);
/** Reads and writes `QueryChunkedDataResponse`. */
export const queryChunkedDataResponse: MessageCodec<QueryChunkedDataResponse> = messageCodec(
  'QueryChunkedDataResponse',
  getQueryChunkedDataResponse,
  putQueryChunkedDataResponse,
);
