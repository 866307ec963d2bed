import { append, type Get, type MessageCodec, type Mutable, messageCodec, NO_BYTES, type Put, type Unknowns } from '../wire/index.ts';
import { getPluginContext, type PluginContext, putPluginContext } from './context.ts';
import { getStatusResult, putStatusResult, type StatusResult } from './status-result.ts';

/** What is about to happen to the object. */
export const AdmissionOperation = { create: 0, update: 1, delete: 2 } as const;

/** Names a kind of object. */
export interface GroupVersionKind extends Unknowns {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** Asks whether an object may be stored. Genuine plugins panic when `kind` is missing. */
export interface AdmissionRequest extends Unknowns {
  readonly pluginContext?: PluginContext | undefined;
  /** One of AdmissionOperation. */
  readonly operation: number;
  readonly kind?: GroupVersionKind | undefined;
  readonly objectBytes: Uint8Array;
  readonly oldObjectBytes: Uint8Array;
}

/** Yes or no. */
export interface ValidationResponse extends Unknowns {
  readonly allowed: boolean;
  readonly result?: StatusResult | undefined;
  readonly warnings: readonly string[];
}

/** Yes or no, and the object to store instead. */
export interface MutationResponse extends ValidationResponse {
  readonly objectBytes: Uint8Array;
}

/*
 * AdmissionRequest         | ValidationResponse  | MutationResponse: the same and | GroupVersionKind
 * 1 pluginContext message  | 1 allowed varint    | 4 object_bytes bytes           | 1 group string
 * 2 operation varint       | 2 result message    |                                | 2 version string
 * 3 kind message           | 3 warnings string[] |                                | 3 kind string
 * 4 object_bytes  5 old_object_bytes, bytes
 */

const getGroupVersionKind: Get<GroupVersionKind> = (reader, target = { group: '', version: '', kind: '' }) => {
  const message: Mutable<GroupVersionKind> = target;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) message.group = reader.string();
    else if (field === 2) message.version = reader.string();
    else if (field === 3) message.kind = reader.string();
    else reader.unknown(message);
  }
  return message;
};

const putGroupVersionKind: Put<GroupVersionKind> = (sink, message) => {
  sink.string(1, message.group);
  sink.string(2, message.version);
  sink.string(3, message.kind);
  sink.unknown(message.$unknown);
};

const getAdmissionRequest: Get<AdmissionRequest> = (reader, target = emptyAdmissionRequest()) => {
  const message: Mutable<AdmissionRequest> = target;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) message.pluginContext = reader.message(getPluginContext, message.pluginContext);
    else if (field === 2) message.operation = reader.int32();
    else if (field === 3) message.kind = reader.message(getGroupVersionKind, message.kind);
    else if (field === 4) message.objectBytes = reader.bytes();
    else if (field === 5) message.oldObjectBytes = reader.bytes();
    else reader.unknown(message);
  }
  return message;
};

const putAdmissionRequest: Put<AdmissionRequest> = (sink, message) => {
  sink.message<PluginContext>(1, message.pluginContext, putPluginContext);
  sink.int32(2, message.operation);
  sink.message<GroupVersionKind>(3, message.kind, putGroupVersionKind);
  sink.bytes(4, message.objectBytes);
  sink.bytes(5, message.oldObjectBytes);
  sink.unknown(message.$unknown);
};

const getValidationResponse: Get<ValidationResponse> = (reader, target = { allowed: false, result: undefined, warnings: [] }) => {
  const message: Mutable<ValidationResponse> = target;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) message.allowed = reader.bool();
    else if (field === 2) message.result = reader.message(getStatusResult, message.result);
    else if (field === 3) append(message.warnings, reader.string());
    else reader.unknown(message);
  }
  return message;
};

const putValidationResponse: Put<ValidationResponse> = (sink, message) => {
  sink.bool(1, message.allowed);
  sink.message<StatusResult>(2, message.result, putStatusResult);
  sink.strings(3, message.warnings);
  sink.unknown(message.$unknown);
};

const getMutationResponse: Get<MutationResponse> = (reader, target = emptyMutationResponse()) => {
  const message: Mutable<MutationResponse> = target;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) message.allowed = reader.bool();
    else if (field === 2) message.result = reader.message(getStatusResult, message.result);
    else if (field === 3) append(message.warnings, reader.string());
    else if (field === 4) message.objectBytes = reader.bytes();
    else reader.unknown(message);
  }
  return message;
};

const putMutationResponse: Put<MutationResponse> = (sink, message) => {
  sink.bool(1, message.allowed);
  sink.message<StatusResult>(2, message.result, putStatusResult);
  sink.strings(3, message.warnings);
  sink.bytes(4, message.objectBytes);
  sink.unknown(message.$unknown);
};

function emptyAdmissionRequest(): AdmissionRequest {
  return { pluginContext: undefined, operation: 0, kind: undefined, objectBytes: NO_BYTES, oldObjectBytes: NO_BYTES };
}

function emptyMutationResponse(): MutationResponse {
  return { allowed: false, result: undefined, warnings: [], objectBytes: NO_BYTES };
}

/** Reads and writes `AdmissionRequest`. */
export const admissionRequest: MessageCodec<AdmissionRequest> = messageCodec('AdmissionRequest', getAdmissionRequest, putAdmissionRequest);
/** Reads and writes `ValidationResponse`. */
export const validationResponse: MessageCodec<ValidationResponse> = messageCodec(
  'ValidationResponse',
  getValidationResponse,
  putValidationResponse,
);
/** Reads and writes `MutationResponse`. */
export const mutationResponse: MessageCodec<MutationResponse> = messageCodec('MutationResponse', getMutationResponse, putMutationResponse);
