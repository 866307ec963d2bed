import { describeError } from '../classify-error.ts';
import { PluginError } from '../errors.ts';
import type { QueryRoute } from '../plugin.ts';
import { type JsonObject, validate } from '../schema.ts';
import type { Query, TimeRange } from './types.ts';

/** One query as it came. */
export interface RawQuery {
  readonly refId: string;
  readonly queryType: string;
  readonly maxDataPoints: number;
  readonly intervalMs: number;
  readonly timeRange: TimeRange;
  /** The whole query object as JSON text in bytes; may be empty. */
  readonly json: Uint8Array;
}

const decoder = new TextDecoder();

/**
 * Parses a query's JSON, once, and validates the plugin's part of it.
 *
 * @throws PluginError status 400 that names the fields that are wrong
 */
export async function parseQuery(raw: RawQuery, route: QueryRoute): Promise<Query<never>> {
  const text = decoder.decode(raw.json);
  const model = pluginPart(parseObject(text));
  const checked = route.schema === undefined ? undefined : validate(route.schema, model);
  const result = checked instanceof Promise ? await checked : checked;
  if (result?.ok === false) throw new PluginError(`invalid query: ${result.problem}`, { status: 400 });
  return {
    refId: raw.refId,
    queryType: raw.queryType,
    model: (result === undefined ? model : result.value) as never,
    timeRange: raw.timeRange,
    interval: { ms: raw.intervalMs },
    maxDataPoints: raw.maxDataPoints,
    raw: text,
  };
}

function parseObject(text: string): JsonObject {
  if (text === '') return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new PluginError(`invalid query: it is not JSON (${describeError(error)})`, { status: 400 });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new PluginError('invalid query: it is not a JSON object', { status: 400 });
  return value as JsonObject;
}

/** Leaves out what Grafana adds to every query, so that strict schemas name only the plugin's own fields. */
function pluginPart(query: JsonObject): JsonObject {
  const { refId, datasource, datasourceId, queryType, maxDataPoints, intervalMs, timeRange, hide, key, resultAssertions, ...own } = query;
  return own;
}
