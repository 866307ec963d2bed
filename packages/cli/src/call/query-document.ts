import type { DataQuery } from '@backplane/host';
import { UsageError } from '../terminal/index.ts';
import { isObject, isRawNumber } from './parse-json.ts';
import { parseTime } from './time.ts';

/** What the command line adds to a query document. */
export interface QueryRange {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly nowMs: number;
}

/**
 * Reads queries from one query object, an array of them, or a document as `POST /api/ds/query` takes it
 * (`{queries, from, to}`). Missing parts get the values that Grafana's server would fill in.
 *
 * @throws UsageError naming the query that is wrong
 */
export function toQueries(document: unknown, range: QueryRange): DataQuery[] {
  const wrapped = isObject(document) && Array.isArray(document.queries) ? document : undefined;
  const list: readonly unknown[] = wrapped !== undefined ? (wrapped.queries as unknown[]) : Array.isArray(document) ? document : [document];
  if (list.length === 0) throw new UsageError('the query document has no queries');
  const from = range.from ?? timeText(wrapped?.from) ?? 'now-1h';
  const to = range.to ?? timeText(wrapped?.to) ?? 'now';
  const fallback = { fromMs: parseTime(from, '--from', range.nowMs), toMs: parseTime(to, '--to', range.nowMs) };
  const queries = list.map((query, index) => toQuery(query, index, fallback, range.nowMs));
  const twice = queries.find(({ refId }, index) => queries.findIndex((other) => other.refId === refId) !== index);
  if (twice !== undefined) throw new UsageError(`refId ${twice.refId} stands for two queries; every query needs its own`);
  return queries;
}

function toQuery(value: unknown, index: number, fallback: DataQuery['timeRange'], nowMs: number): DataQuery {
  if (!isObject(value)) throw new UsageError(`query ${index + 1} is no JSON object`);
  const refId = value.refId ?? letters(index);
  if (typeof refId !== 'string') throw new UsageError(`refId of query ${index + 1} is no text`);
  const own = isObject(value.timeRange) ? value.timeRange : {};
  return {
    refId,
    queryType: typeof value.queryType === 'string' ? value.queryType : '',
    maxDataPoints: wholeNumber(value.maxDataPoints, `maxDataPoints of query ${refId}`) ?? 100,
    intervalMs: wholeNumber(value.intervalMs, `intervalMs of query ${refId}`) ?? 1000,
    timeRange: {
      fromMs: timeOf(own.from, `timeRange.from of query ${refId}`, nowMs) ?? fallback.fromMs,
      toMs: timeOf(own.to, `timeRange.to of query ${refId}`, nowMs) ?? fallback.toMs,
    },
    json: JSON.stringify(value),
  };
}

function timeText(value: unknown): string | undefined {
  if (isRawNumber(value)) return JSON.stringify(value);
  return typeof value === 'string' ? value : typeof value === 'number' ? `${value}` : undefined;
}

function timeOf(value: unknown, what: string, nowMs: number): number | undefined {
  const text = timeText(value);
  return text === undefined ? undefined : parseTime(text, what, nowMs);
}

/** Numbers beyond 2^53 stay exact. */
function wholeNumber(value: unknown, what: string): number | bigint | undefined {
  if (value === undefined) return undefined;
  const text = timeText(value) ?? '';
  if (!/^-?\d+$/.test(text)) throw new UsageError(`${what} is no whole number`);
  return Number.isSafeInteger(Number(text)) ? Number(text) : BigInt(text);
}

/** A, B … Z, AA … as Grafana's editor names queries. */
function letters(index: number): string {
  const last = String.fromCharCode(65 + (index % 26));
  return index < 26 ? last : letters(Math.floor(index / 26) - 1) + last;
}
