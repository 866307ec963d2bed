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

/** Answers to a subscription or to a published message. */
export const StreamStatus = { ok: 0, notFound: 1, permissionDenied: 2 } as const;

/** A channel of a plugin, and what its client sent. Subscribe, publish and run all ask with this shape. */
export interface StreamRequest extends Unknowns {
  readonly pluginContext?: PluginContext | undefined;
  readonly path: string;
  /** JSON text, possibly empty; a view on the received message. */
  readonly data: Uint8Array;
  readonly headers: StringMap;
}

/** May this client join the channel? */
export type SubscribeStreamRequest = StreamRequest;
/** May this client publish what it sent? */
export type PublishStreamRequest = StreamRequest;
/** Send the packets of the channel from now on. */
export type RunStreamRequest = StreamRequest;

/** Whether a channel may be joined or written. */
export interface StreamResponse extends Unknowns {
  /** One of StreamStatus. */
  readonly status: number;
  /** JSON text: the first data for a subscriber, or what to publish; possibly empty. */
  readonly data: Uint8Array;
}

/** Whether the channel may be joined, with the first data. */
export type SubscribeStreamResponse = StreamResponse;
/** Whether the channel may be written, with what to publish. */
export type PublishStreamResponse = StreamResponse;

/** One packet of a running stream: a JSON document. */
export interface StreamPacket extends Unknowns {
  /** A view on the received message. */
  readonly data: Uint8Array;
}

/*
 * Subscribe-, Publish-, RunStreamRequest | Subscribe-, PublishStreamResponse | StreamPacket
 * 1 pluginContext message                | 1 status varint                   | 1 data bytes
 * 2 path string                          | 2 data bytes                      |
 * 3 data bytes                           |                                   |
 * 4 headers map                          |                                   |
 */

const getStreamRequest: Get<StreamRequest> = (reader, target = emptyStreamRequest()) => {
  const message: Mutable<StreamRequest> = target;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) message.pluginContext = reader.message(getPluginContext, message.pluginContext);
    else if (field === 2) message.path = reader.string();
    else if (field === 3) message.data = reader.bytes();
    else if (field === 4) reader.mapEntry(message.headers);
    else reader.unknown(message);
  }
  return message;
};

const putStreamRequest: Put<StreamRequest> = (sink, message) => {
  sink.message<PluginContext>(1, message.pluginContext, putPluginContext);
  sink.string(2, message.path);
  sink.bytes(3, message.data);
  putMap(sink, 4, message.headers);
  sink.unknown(message.$unknown);
};

const getStreamResponse: Get<StreamResponse> = (reader, target = { status: 0, data: NO_BYTES }) => {
  const message: Mutable<StreamResponse> = target;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) message.status = reader.int32();
    else if (field === 2) message.data = reader.bytes();
    else reader.unknown(message);
  }
  return message;
};

const putStreamResponse: Put<StreamResponse> = (sink, message) => {
  sink.int32(1, message.status);
  sink.bytes(2, message.data);
  sink.unknown(message.$unknown);
};

const getStreamPacket: Get<StreamPacket> = (reader, target = { data: NO_BYTES }) => {
  const message: Mutable<StreamPacket> = target;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) message.data = reader.bytes();
    else reader.unknown(message);
  }
  return message;
};

const putStreamPacket: Put<StreamPacket> = (sink, message) => {
  sink.bytes(1, message.data);
  sink.unknown(message.$unknown);
};

function emptyStreamRequest(): StreamRequest {
  return { pluginContext: undefined, path: '', data: NO_BYTES, headers: {} };
}

/** Reads and writes `SubscribeStreamRequest`. */
export const subscribeStreamRequest: MessageCodec<SubscribeStreamRequest> = messageCodec(
  'SubscribeStreamRequest',
  getStreamRequest,
  putStreamRequest,
);
/** Reads and writes `SubscribeStreamResponse`. */
export const subscribeStreamResponse: MessageCodec<SubscribeStreamResponse> = messageCodec(
  'SubscribeStreamResponse',
  getStreamResponse,
  putStreamResponse,
);
/** Reads and writes `PublishStreamRequest`. */
export const publishStreamRequest: MessageCodec<PublishStreamRequest> = messageCodec(
  'PublishStreamRequest',
  getStreamRequest,
  putStreamRequest,
);
/** Reads and writes `PublishStreamResponse`. */
export const publishStreamResponse: MessageCodec<PublishStreamResponse> = messageCodec(
  'PublishStreamResponse',
  getStreamResponse,
  putStreamResponse,
);
/** Reads and writes `RunStreamRequest`. */
export const runStreamRequest: MessageCodec<RunStreamRequest> = messageCodec('RunStreamRequest', getStreamRequest, putStreamRequest);
/** Reads and writes `StreamPacket`. */
export const streamPacket: MessageCodec<StreamPacket> = messageCodec('StreamPacket', getStreamPacket, putStreamPacket);
