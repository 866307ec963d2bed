import { createHash } from 'node:crypto';
import type { DataQuery, PluginCall } from '@backplane/host';

/** Names of headers, in small letters, that say from where something is asked and change no answer. */
const aside = new Set([
  'x-query-group-id',
  'x-panel-id',
  'x-panel-title',
  'x-panel-plugin-id',
  'x-dashboard-uid',
  'x-dashboard-title',
  'x-datasource-uid',
  'x-plugin-id',
  'x-grafana-referer',
  'x-request-id',
  'traceparent',
  'tracestate',
  'x-cache-skip',
  'content-length',
]);

/**
 * The key of a call: what is asked, of which settings, by whom, and every header that the plugin gets and that could change
 * its answer, credentials included. Two users never share one, nor do two organisations.
 */
export function cacheKey({ endpoint, pluginId, pluginVersion, request }: PluginCall<'queryData'> | PluginCall<'callResource'>): string {
  const { context } = request;
  const { orgId, user, dataSource } = context;
  const who = [orgId, user?.login, user?.role, user?.name, user?.email];
  const settings = [pluginId, pluginVersion, dataSource?.id, dataSource?.uid, dataSource?.updatedAtMs];
  const what = 'queries' in request ? request.queries.map(queryPart) : [request.method, request.url, digest(request.body)];
  const headers = Object.entries(request.headers)
    .filter(([name]) => !aside.has(name.toLowerCase().replace(/^http_/, '')))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const text = JSON.stringify([endpoint, who, settings, what, headers]);
  return `${orgId}:${dataSource?.uid ?? pluginId}:${digest(text)}`;
}

/** Times are rounded to the distance of two points, so that neighbours in time share an answer. */
function queryPart({ refId, queryType, maxDataPoints, intervalMs, timeRange, json }: DataQuery): readonly unknown[] {
  const { fromMs, toMs } = timeRange;
  const points = Number(maxDataPoints);
  const step = points > 0 ? Math.max(1, Math.floor((toMs - fromMs) / points)) : 1;
  const rounded = [Math.floor(fromMs / step), Math.floor(toMs / step), step];
  return [refId, queryType, String(maxDataPoints), String(intervalMs), rounded, json];
}

function digest(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}
