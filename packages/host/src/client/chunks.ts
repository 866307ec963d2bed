import { concatFrames, type Frame } from '@backplane/frames';
import { type CallOptions, type Channel, GrpcCode, GrpcStatusError } from '@backplane/protocol/grpc';
import { data, type QueryChunkedDataResponse } from '@backplane/protocol/pluginv2';
import { describeError, HostError } from '../errors/index.ts';
import type { PluginIdentity } from './context.ts';
import { decodeFrame, errorSourceOf, fromProtoQuery, soundStatus, toProtoQuery } from './query.ts';
import type { DataChunk, DataResponse, QueryDataRequest, QueryDataResponse } from './types.ts';

/** The call that asks for chunks. */
export interface ChunkedCall {
  readonly plugin: PluginIdentity;
  readonly channel: Channel;
  readonly request: QueryDataRequest;
  readonly options: CallOptions;
  /** Turns what a call rejects with into what callers see. */
  readonly rethrow: (error: unknown) => never;
}

/**
 * Asks for an answer in chunks; a plugin that has none is asked with QueryData instead, and each frame of its answer is one chunk.
 *
 * Written by hand, so that a reader may leave while it waits for a chunk.
 */
export function openChunks({ plugin, channel, request, options, rethrow }: ChunkedCall): AsyncIterableIterator<DataChunk, undefined> {
  const leaving = new AbortController();
  const signal = options.signal === undefined ? leaving.signal : AbortSignal.any([options.signal, leaving.signal]);
  const message = toProtoQuery(plugin, request);
  const chunks = channel.serverStream(data.queryChunkedData, message, options)[Symbol.asyncIterator]();
  let isFirst = true;
  let replayed: Iterator<DataChunk> | undefined;
  const next = async (): Promise<IteratorResult<DataChunk, undefined>> => {
    if (replayed !== undefined) return ended(replayed.next());
    try {
      const { value, done } = await chunks.next();
      return done === true ? { done, value: undefined } : { done: false, value: fromProtoChunk(plugin.pluginId, value) };
    } catch (error) {
      if (!isFirst || !(error instanceof GrpcStatusError && error.code === GrpcCode.unimplemented)) throw error;
      const answer = await channel.unary(data.queryData, message, { ...options, signal });
      replayed = replay(fromProtoQuery(plugin.pluginId, answer));
      return ended(replayed.next());
    } finally {
      isFirst = false;
    }
  };
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    next: () => next().catch(rethrow),
    async return() {
      leaving.abort();
      await chunks.return?.();
      return { done: true, value: undefined };
    },
  };
}

/**
 * Puts the parts of an answer together, as `queryData` would have given it: rows of one `frameId` make one frame.
 *
 * An error spoils its own refId only, and takes the place of its frames; so does a chunk that does not fit the frame it goes on with.
 */
export async function collectChunks(chunks: AsyncIterable<DataChunk>): Promise<QueryDataResponse> {
  const queries = new Map<string, { frames: Map<string, Frame[]>; status: number; failure: DataChunk | undefined }>();
  for await (const chunk of chunks) {
    const query = queries.get(chunk.refId) ?? { frames: new Map(), status: chunk.status, failure: undefined };
    queries.set(chunk.refId, query);
    const parts = query.frames.get(chunk.frameId);
    if (chunk.frame === undefined) query.failure ??= chunk;
    else if (parts === undefined) query.frames.set(chunk.frameId, [chunk.frame]);
    else parts.push(chunk.frame);
  }
  return {
    responses: new Map([...queries].map(([refId, { frames, status, failure }]) => [refId, joined([...frames.values()], status, failure)])),
  };
}

function joined(frames: readonly Frame[][], status: number, failure: DataChunk | undefined): DataResponse {
  if (failure !== undefined) return { frames: [], status: failure.status, error: failure.error, errorSource: failure.errorSource };
  try {
    return { frames: frames.map(concatFrames), status };
  } catch (cause) {
    return { frames: [], status: 500, error: `chunks do not fit together: ${describeError(cause)}`, errorSource: 'plugin' };
  }
}

/** An error counts before a frame: careful plugins send an empty one along with it. */
function fromProtoChunk(pluginId: string, chunk: QueryChunkedDataResponse): DataChunk {
  const { refId, frameId, error } = chunk;
  const status = soundStatus(chunk.status);
  if (error !== '') return { refId, frameId: '', error, errorSource: errorSourceOf(chunk), status };
  try {
    return {
      refId,
      frameId,
      frame: decodeFrame({ pluginId, refId, frameIndex: Number(frameId) || 0, bytes: chunk.frame, format: chunk.format }),
      status,
    };
  } catch (cause) {
    if (!(cause instanceof HostError)) throw cause;
    return { refId, frameId: '', error: cause.message, errorSource: 'plugin', status: 500 };
  }
}

function* replay({ responses }: QueryDataResponse): Generator<DataChunk, undefined> {
  for (const [refId, { frames, error, errorSource, status }] of responses) {
    for (const [index, frame] of frames.entries()) yield { refId, frameId: String(index), frame, status };
    if (error !== undefined) yield { refId, frameId: '', error, errorSource, status };
  }
  return undefined;
}

function ended(result: IteratorResult<DataChunk, unknown>): IteratorResult<DataChunk, undefined> {
  return result.done === true ? { done: true, value: undefined } : result;
}
