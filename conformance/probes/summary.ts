import { decodeArrow, decodeFrameJson, type Field, type Frame } from '@backplane/frames';
import { DataFrameFormat, type DataResponse, type QueryChunkedDataResponse } from '@backplane/protocol/pluginv2';
import type { ChunkSummary, FrameSummary, ResponseSummary } from './types.ts';

const SUMMARISED_ROWS = 16;
/** Names of kinds as Go writes them. */
const GO_KINDS: Readonly<Record<string, string>> = { time: 'time.Time', json: 'json.RawMessage' };

/** One response with its frames decoded by the format that it names. */
export function summariseResponse(response: DataResponse): ResponseSummary {
  const { status, error, errorSource } = response;
  return {
    status,
    error,
    errorSource,
    format: formatOf(response),
    frames: response.frames.map((bytes) => summariseFrame(decode(bytes, response))),
  };
}

/** One part of an answer, as hostprobe tells it. */
export function summariseChunk(chunk: QueryChunkedDataResponse): ChunkSummary {
  const { refId, frameId, status, error, errorSource } = chunk;
  const frame = chunk.frame.length === 0 ? {} : { frame: summariseFrame(decode(chunk.frame, chunk)) };
  return { refId, frameId, status, error, errorSource, format: formatOf(chunk), ...frame };
}

const formatOf = ({ format }: { readonly format: number }) => (format === DataFrameFormat.json ? 'JSON' : 'ARROW');

function decode(bytes: Uint8Array, { format }: { readonly format: number }): Frame {
  return format === DataFrameFormat.json ? decodeFrameJson(bytes) : decodeArrow(bytes);
}

/** The same summary that hostprobe makes with the Go SDK. */
export function summariseFrame(frame: Frame): FrameSummary {
  const { name, refId, length: rows, meta, fields } = frame;
  return { name, refId, rows, fields: fields.map(summariseField), ...(meta && { meta }) };
}

function summariseField(field: Field): FrameSummary['fields'][number] {
  const { name, kind, nullable, labels, config } = field;
  const values = Array.from({ length: Math.min(field.length, SUMMARISED_ROWS) }, (_, row) => summariseCell(field, row));
  const hasLabels = labels !== undefined && Object.keys(labels).length > 0;
  return { name, kind: GO_KINDS[kind] ?? kind, nullable, values, ...(hasLabels && { labels }), ...(config && { config }) };
}

function summariseCell(field: Field, row: number): unknown {
  const cell = field.get(row);
  if (typeof cell === 'bigint') return String(cell);
  if (typeof cell !== 'number' || Number.isFinite(cell)) return cell;
  return Number.isNaN(cell) ? 'NaN' : cell > 0 ? '+Inf' : '-Inf';
}
