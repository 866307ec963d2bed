import type { DataQuery } from '@backplane/host';
import { ServerError } from '../errors/index.ts';
import { createFieldFinder, formatJson, isJsonObject, JsonNumber, type JsonObject, type JsonValue } from '../json/index.ts';
import { parseTime } from './time-range.ts';

/** How a query names its data source. */
export type Selector = { readonly uid: string } | { readonly id: number };

export interface ParsedQuery {
  /** Undefined when the query names none. */
  readonly selector: Selector | undefined;
  readonly query: DataQuery;
}

export interface ParseRequestOptions {
  readonly nowMs: number;
  /** `X-Query-V2`: a query may have a time range of its own, which the plugin does not see in the JSON. */
  readonly hasOwnRanges: boolean;
}

const defaultPoints = 100n;
const defaultIntervalMs = 1000n;

/**
 * Reads the body of a query request, with all of Grafana's lenience.
 *
 * @throws ServerError `bad_request_data`, `query_none`, `query_time_range_invalid`
 */
export function parseQueryRequest(body: JsonValue, options: ParseRequestOptions): ParsedQuery[] {
  if (body !== null && !isJsonObject(body)) throw new ServerError('bad_request_data');
  const field = createFieldFinder(body ?? {});
  const from = toText(field('from'));
  const to = toText(field('to'));
  const queries = field('queries') ?? [];
  if (!Array.isArray(queries)) throw new ServerError('bad_request_data');
  if (queries.length === 0) throw new ServerError('query_none');
  const timeRange = toTimeRange(from, to, options.nowMs);
  return queries.map((query: JsonValue) => {
    if (query === null) throw new ServerError('bad_request_data');
    return parseQuery(query, timeRange, options);
  });
}

function parseQuery(value: JsonValue, requestRange: DataQuery['timeRange'], options: ParseRequestOptions): ParsedQuery {
  const query: JsonObject = isJsonObject(value) ? value : {};
  const ownRange = options.hasOwnRanges ? query.timeRange : undefined;
  const timeRange = ownRange === undefined ? requestRange : parseOwnRange(ownRange, options.nowMs);
  const { timeRange: _own, ...rest } = query;
  return {
    selector: toSelector(query),
    query: {
      refId: typeof query.refId === 'string' ? query.refId : 'A',
      queryType: typeof query.queryType === 'string' ? query.queryType : '',
      maxDataPoints: int64(query.maxDataPoints, defaultPoints),
      intervalMs: int64(query.intervalMs, defaultIntervalMs),
      timeRange,
      json: formatJson(options.hasOwnRanges ? rest : value),
    },
  };
}

function parseOwnRange(value: JsonValue, nowMs: number): DataQuery['timeRange'] {
  const { from, to } = isJsonObject(value) ? value : {};
  if (typeof from !== 'string' || typeof to !== 'string') throw new ServerError('query_time_range_invalid');
  return toTimeRange(from, to, nowMs);
}

function toTimeRange(from: string, to: string, nowMs: number): DataQuery['timeRange'] {
  return { fromMs: parseTime(from, { nowMs }), toMs: parseTime(to, { nowMs, roundUp: true }) };
}

/** The uid of an object, a plain text (before 8.3), or the number of old. */
function toSelector(query: JsonObject): Selector | undefined {
  const source = query.datasource;
  const uid = isJsonObject(source) ? source.uid : source;
  if (typeof uid === 'string' && uid !== '') return { uid };
  const id = int64(query.datasourceId, 0n);
  return id > 0n ? { id: Number(id) } : undefined;
}

/** Texts, fractions and what is beyond 64 bits count as not given. */
function int64(value: JsonValue | undefined, fallback: bigint): bigint {
  return (value instanceof JsonNumber ? value.toInt64() : undefined) ?? fallback;
}

function toText(value: JsonValue | undefined): string {
  const text = value ?? '';
  if (typeof text !== 'string') throw new ServerError('bad_request_data');
  return text;
}
