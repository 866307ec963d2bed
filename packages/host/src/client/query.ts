import { assertIntact, decodeArrow, decodeFrameJson, type Frame } from '@backplane/frames';
import * as pluginv2 from '@backplane/protocol/pluginv2';
import { describeError, HostError } from '../errors/index.ts';
import { type PluginIdentity, toBytes, toInt64, toProtoContext } from './context.ts';
import type { DataQuery, DataResponse, QueryDataRequest, QueryDataResponse } from './types.ts';

/** A query for the wire. Frames are wanted as Arrow, which decodes by looking at its footer. */
export function toProtoQuery(plugin: PluginIdentity, request: QueryDataRequest): pluginv2.QueryDataRequest {
  return {
    pluginContext: toProtoContext(plugin, request.context),
    headers: request.headers,
    queries: request.queries.map(toProtoDataQuery),
    format: pluginv2.DataFrameFormat.arrow,
  };
}

/** Answers by refId, each decoded by itself: what cannot be read spoils its own refId only. */
export function fromProtoQuery(pluginId: string, response: pluginv2.QueryDataResponse): QueryDataResponse {
  const entries = Object.entries(response.responses);
  return { responses: new Map(entries.map(([refId, answer]) => [refId, fromProtoAnswer(pluginId, refId, answer)])) };
}

/** The time range is always there: genuine plugins panic without it. */
function toProtoDataQuery({ refId, queryType, maxDataPoints, intervalMs, timeRange, json }: DataQuery): pluginv2.DataQuery {
  return {
    refId,
    queryType,
    maxDataPoints: toInt64(maxDataPoints),
    intervalMS: toInt64(intervalMs),
    timeRange: { fromEpochMS: toInt64(timeRange.fromMs), toEpochMS: toInt64(timeRange.toMs) },
    json: toBytes(json),
  };
}

function fromProtoAnswer(pluginId: string, refId: string, answer: pluginv2.DataResponse): DataResponse {
  const { error, status } = answer;
  try {
    const frames = answer.frames.map((bytes, frameIndex) => decodeFrame({ pluginId, refId, frameIndex, bytes, format: answer.format }));
    const sound = soundStatus(status);
    return error === '' ? { frames, status: sound } : { frames, status: sound, error, errorSource: errorSourceOf(answer) };
  } catch (cause) {
    if (!(cause instanceof HostError)) throw cause;
    return { frames: [], status: 500, error: cause.message, errorSource: 'plugin' };
  }
}

/** What is no status reads as 500, as in Grafana. */
export function soundStatus(status: number): number {
  return status >= 100 && status <= 599 ? status : 500;
}

/** Whose fault an error is, when the plugin says so. */
export function errorSourceOf({ errorSource }: { readonly errorSource: string }): 'plugin' | 'downstream' | undefined {
  return errorSource === 'plugin' || errorSource === 'downstream' ? errorSource : undefined;
}

/** A frame as it came, and where it belongs. */
export interface ReceivedFrame {
  readonly pluginId: string;
  readonly refId: string;
  readonly frameIndex: number;
  readonly bytes: Uint8Array;
  readonly format: number;
}

/**
 * Damage is found here, about 1 ns a text cell: whoever reads the frame later would take other answers down with it.
 *
 * @throws HostError `frame_undecodable`
 */
export function decodeFrame({ pluginId, refId, frameIndex, bytes, format }: ReceivedFrame): Frame {
  try {
    const frame = format === pluginv2.DataFrameFormat.json ? decodeFrameJson(bytes) : decodeArrow(bytes);
    assertIntact(frame);
    return frame.refId === '' ? frame.with({ refId }) : frame;
  } catch (cause) {
    throw new HostError('frame_undecodable', { pluginId, refId, frameIndex, detail: describeError(cause) }, { cause });
  }
}
