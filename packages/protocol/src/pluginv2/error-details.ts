import { isProtocolError } from '../errors/index.ts';
import {
  append,
  type Get,
  type Mutable,
  messageCodec,
  NO_BYTES,
  type Put,
  putMap,
  putMessages,
  type StringMap,
  type Unknowns,
} from '../wire/index.ts';

/** Who is to blame for a failed query: the plugin, or what it asked. */
export type ErrorSource = 'plugin' | 'downstream';

/** What travels in `grpc-status-details-bin`. */
export interface ErrorDetails {
  /** The same number as in `grpc-status`: Go replaces an error whose two codes differ. */
  readonly code: number;
  /** Go takes the message from here, not from `grpc-message`. */
  readonly message: string;
  readonly errorSource?: ErrorSource | undefined;
}

interface Status extends Unknowns {
  readonly code: number;
  readonly message: string;
  readonly details: readonly Any[];
}

interface Any extends Unknowns {
  readonly typeUrl: string;
  readonly value: Uint8Array;
}

interface ErrorInfo extends Unknowns {
  readonly metadata: StringMap;
}

/*
 * google.rpc.Status   | google.protobuf.Any  | google.rpc.ErrorInfo
 * 1 code varint       | 1 type_url string    | 1 reason string (not used here)
 * 2 message string    | 2 value bytes        | 2 domain string (not used here)
 * 3 details Any[]     |                      | 3 metadata map, key errorSource
 */

const ERROR_INFO = 'type.googleapis.com/google.rpc.ErrorInfo';

/** Bytes for the trailer `grpc-status-details-bin`. */
export function encodeErrorDetails({ code, message, errorSource }: ErrorDetails): Uint8Array {
  const details = errorSource === undefined ? [] : [{ typeUrl: ERROR_INFO, value: errorInfo.encode({ metadata: { errorSource } }) }];
  return status.encode({ code, message, details });
}

/** What the trailer `grpc-status-details-bin` says, or undefined when it cannot be read: the call's own status stands then. */
export function decodeErrorDetails(bytes: Uint8Array): ErrorDetails | undefined {
  try {
    const { code, message, details } = status.decode(bytes);
    const info = details.find(({ typeUrl }) => typeUrl === ERROR_INFO);
    const source = info && errorInfo.decode(info.value).metadata.errorSource;
    return { code, message, errorSource: source === 'plugin' || source === 'downstream' ? source : undefined };
  } catch (error) {
    if (isProtocolError(error, 'message_malformed')) return undefined;
    throw error;
  }
}

/** The error source alone; undefined without details. */
export function decodeErrorSource(bytes: Uint8Array | undefined): ErrorSource | undefined {
  return bytes && decodeErrorDetails(bytes)?.errorSource;
}

const getAny: Get<Any> = (reader, target = { typeUrl: '', value: NO_BYTES }) => {
  const message: Mutable<Any> = target;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) message.typeUrl = reader.string();
    else if (field === 2) message.value = reader.bytes();
    else reader.unknown(message);
  }
  return message;
};

const putAny: Put<Any> = (sink, message) => {
  sink.string(1, message.typeUrl);
  sink.bytes(2, message.value);
};

const getStatus: Get<Status> = (reader, target = { code: 0, message: '', details: [] }) => {
  const message: Mutable<Status> = target;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) message.code = reader.int32();
    else if (field === 2) message.message = reader.string();
    else if (field === 3) append(message.details, reader.message(getAny));
    else reader.unknown(message);
  }
  return message;
};

const putStatus: Put<Status> = (sink, message) => {
  sink.int32(1, message.code);
  sink.string(2, message.message);
  putMessages<Any>(sink, 3, message.details, putAny);
};

const getErrorInfo: Get<ErrorInfo> = (reader, target = { metadata: {} }) => {
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 3) reader.mapEntry(target.metadata);
    else reader.unknown(target);
  }
  return target;
};

const putErrorInfo: Put<ErrorInfo> = (sink, message) => putMap(sink, 3, message.metadata);

const status = messageCodec<Status>('google.rpc.Status', getStatus, putStatus);
const errorInfo = messageCodec<ErrorInfo>('google.rpc.ErrorInfo', getErrorInfo, putErrorInfo);
