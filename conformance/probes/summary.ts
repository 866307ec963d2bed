import { decodeArrow, decodeFrameJson, type Field, type Frame } from '@backplane/frames';
import { DataFrameFormat, type DataResponse } from '@backplane/protocol/pluginv2';
import type { FrameSummary, ResponseSummary } from './types.ts';

const SUMMARISED_ROWS = 16;
/** Names of kinds as Go writes them. */
const GO_KINDS: Readonly<Record<string, string>> = { time: 'time.Time', json: 'json.RawMessage' };

/** One response with its frames decoded by the format that it names. */
export function summariseResponse(response: DataResponse): ResponseSummary {
  const { status, error, errorSource } = response;
  const isJson = response.format === DataFrameFormat.json;
  const decode = (bytes: Uint8Array): Frame => (isJson ? decodeFrameJson(bytes) : decodeArrow(bytes));
  return {
    status,
    error,
    errorSource,
    format: isJson ? 'JSON' : 'ARROW',
    frames: response.frames.map((bytes) => summariseFrame(decode(bytes))),
  };
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
