import {
  append,
  type Get,
  type MessageCodec,
  type Mutable,
  messageCodec,
  NO_BYTES,
  type Put,
  putMessages,
  type Unknowns,
} from '../wire/index.ts';
import { getPluginContext, type PluginContext, putPluginContext } from './context.ts';
import { getStatusResult, putStatusResult, type StatusResult } from './status-result.ts';

/** Names a version of a group of kinds. */
export interface GroupVersion extends Unknowns {
  readonly group: string;
  readonly version: string;
}

/** An object as it is stored. */
export interface RawObject extends Unknowns {
  /** A view on the received message. */
  readonly raw: Uint8Array;
  readonly contentType: string;
}

/** Asks for objects in another version. Genuine plugins panic when `targetVersion` is missing. */
export interface ConversionRequest extends Unknowns {
  readonly pluginContext?: PluginContext | undefined;
  readonly uid: string;
  readonly objects: readonly RawObject[];
  readonly targetVersion?: GroupVersion | undefined;
}

/** The converted objects, in the order of the request. */
export interface ConversionResponse extends Unknowns {
  readonly uid: string;
  readonly result?: StatusResult | undefined;
  readonly objects: readonly RawObject[];
}

/*
 * ConversionRequest        | ConversionResponse  | RawObject             | GroupVersion
 * 1 pluginContext message  | 1 uid string        | 1 raw bytes           | 1 group string
 * 2 uid string             | 2 result message    | 2 content_type string | 2 version string
 * 3 objects message[]      | 3 objects message[] |                       |
 * 4 target_version message |                     |                       |
 */

const getGroupVersion: Get<GroupVersion> = (reader, target = { group: '', version: '' }) => {
  const message: Mutable<GroupVersion> = target;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) message.group = reader.string();
    else if (field === 2) message.version = reader.string();
    else reader.unknown(message);
  }
  return message;
};

const putGroupVersion: Put<GroupVersion> = (sink, message) => {
  sink.string(1, message.group);
  sink.string(2, message.version);
  sink.unknown(message.$unknown);
};

const getRawObject: Get<RawObject> = (reader, target = { raw: NO_BYTES, contentType: '' }) => {
  const message: Mutable<RawObject> = target;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) message.raw = reader.bytes();
    else if (field === 2) message.contentType = reader.string();
    else reader.unknown(message);
  }
  return message;
};

const putRawObject: Put<RawObject> = (sink, message) => {
  sink.bytes(1, message.raw);
  sink.string(2, message.contentType);
  sink.unknown(message.$unknown);
};

const getConversionRequest: Get<ConversionRequest> = (reader, target = emptyConversionRequest()) => {
  const message: Mutable<ConversionRequest> = target;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) message.pluginContext = reader.message(getPluginContext, message.pluginContext);
    else if (field === 2) message.uid = reader.string();
    else if (field === 3) append(message.objects, reader.message(getRawObject));
    else if (field === 4) message.targetVersion = reader.message(getGroupVersion, message.targetVersion);
    else reader.unknown(message);
  }
  return message;
};

const putConversionRequest: Put<ConversionRequest> = (sink, message) => {
  sink.message<PluginContext>(1, message.pluginContext, putPluginContext);
  sink.string(2, message.uid);
  putMessages<RawObject>(sink, 3, message.objects, putRawObject);
  sink.message<GroupVersion>(4, message.targetVersion, putGroupVersion);
  sink.unknown(message.$unknown);
};

const getConversionResponse: Get<ConversionResponse> = (reader, target = { uid: '', result: undefined, objects: [] }) => {
  const message: Mutable<ConversionResponse> = target;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) message.uid = reader.string();
    else if (field === 2) message.result = reader.message(getStatusResult, message.result);
    else if (field === 3) append(message.objects, reader.message(getRawObject));
    else reader.unknown(message);
  }
  return message;
};

const putConversionResponse: Put<ConversionResponse> = (sink, message) => {
  sink.string(1, message.uid);
  sink.message<StatusResult>(2, message.result, putStatusResult);
  putMessages<RawObject>(sink, 3, message.objects, putRawObject);
  sink.unknown(message.$unknown);
};

function emptyConversionRequest(): ConversionRequest {
  return { pluginContext: undefined, uid: '', objects: [], targetVersion: undefined };
}

/** Reads and writes `ConversionRequest`. */
export const conversionRequest: MessageCodec<ConversionRequest> = messageCodec(
  'ConversionRequest',
  getConversionRequest,
  putConversionRequest,
);
/** Reads and writes `ConversionResponse`. */
export const conversionResponse: MessageCodec<ConversionResponse> = messageCodec(
  'ConversionResponse',
  getConversionResponse,
  putConversionResponse,
);
