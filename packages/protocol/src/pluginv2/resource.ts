import {
  append,
  type Get,
  type MessageCodec,
  type Mutable,
  messageCodec,
  NO_BYTES,
  type Put,
  putMessageMap,
  type StringMap,
  type Unknowns,
} from '../wire/index.ts';
import { getPluginContext, type PluginContext, putPluginContext } from './context.ts';

/** Values of one header. */
export interface StringList extends Unknowns {
  readonly values: readonly string[];
}

/** An HTTP request for a plugin's own routes. */
export interface CallResourceRequest extends Unknowns {
  readonly pluginContext?: PluginContext | undefined;
  /** What follows `/resources/`: without leading slash and without query. */
  readonly path: string;
  readonly method: string;
  /** The same path with `?query`. */
  readonly url: string;
  readonly headers: StringMap<StringList>;
  /** A view on the received message. */
  readonly body: Uint8Array;
}

/** A part of the answer. The first one carries `code` and `headers`; later ones are body only. */
export interface CallResourceResponse extends Unknowns {
  /** 100 to 999 in the first part. */
  readonly code: number;
  readonly headers: StringMap<StringList>;
  /** A view on the received message. */
  readonly body: Uint8Array;
}

/*
 * CallResourceRequest            | CallResourceResponse     | StringList
 * 1 pluginContext message        | 1 code varint            | 1 values string[]
 * 2 path  3 method  4 url string | 2 headers map of message |
 * 5 headers map of message       | 3 body bytes             |
 * 6 body bytes                   |                          |
 */

const getStringList: Get<StringList> = (reader, target = { values: [] }) => {
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) append(target.values, reader.string());
    else reader.unknown(target);
  }
  return target;
};

const putStringList: Put<StringList> = (sink, message) => {
  sink.strings(1, message.values);
  sink.unknown(message.$unknown);
};

const getCallResourceRequest: Get<CallResourceRequest> = (reader, target = emptyCallResourceRequest()) => {
  const message: Mutable<CallResourceRequest> = target;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) message.pluginContext = reader.message(getPluginContext, message.pluginContext);
    else if (field === 2) message.path = reader.string();
    else if (field === 3) message.method = reader.string();
    else if (field === 4) message.url = reader.string();
    else if (field === 5) reader.messageMapEntry(message.headers, getStringList);
    else if (field === 6) message.body = reader.bytes();
    else reader.unknown(message);
  }
  return message;
};

const putCallResourceRequest: Put<CallResourceRequest> = (sink, message) => {
  sink.message<PluginContext>(1, message.pluginContext, putPluginContext);
  sink.string(2, message.path);
  sink.string(3, message.method);
  sink.string(4, message.url);
  putMessageMap<StringList>(sink, 5, message.headers, putStringList);
  sink.bytes(6, message.body);
  sink.unknown(message.$unknown);
};

const getCallResourceResponse: Get<CallResourceResponse> = (reader, target = emptyCallResourceResponse()) => {
  const message: Mutable<CallResourceResponse> = target;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) message.code = reader.int32();
    else if (field === 2) reader.messageMapEntry(message.headers, getStringList);
    else if (field === 3) message.body = reader.bytes();
    else reader.unknown(message);
  }
  return message;
};

const putCallResourceResponse: Put<CallResourceResponse> = (sink, message) => {
  sink.int32(1, message.code);
  putMessageMap<StringList>(sink, 2, message.headers, putStringList);
  sink.bytes(3, message.body);
  sink.unknown(message.$unknown);
};

function emptyCallResourceRequest(): CallResourceRequest {
  return { pluginContext: undefined, path: '', method: '', url: '', headers: {}, body: NO_BYTES };
}

function emptyCallResourceResponse(): CallResourceResponse {
  return { code: 0, headers: {}, body: NO_BYTES };
}

/** Reads and writes `CallResourceRequest`. */
export const callResourceRequest: MessageCodec<CallResourceRequest> = messageCodec(
  'CallResourceRequest',
  getCallResourceRequest,
  putCallResourceRequest,
);
/** Reads and writes `CallResourceResponse`. */
export const callResourceResponse: MessageCodec<CallResourceResponse> = messageCodec(
  'CallResourceResponse',
  getCallResourceResponse,
  putCallResourceResponse,
);
