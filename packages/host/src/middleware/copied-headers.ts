import type { CallOrigin, Endpoint } from '../client/index.ts';
import { originHeader } from './origin-header.ts';
import { toPrintable } from './printable.ts';
import { withHeader } from './request-headers.ts';
import type { Middleware, PluginCall } from './types.ts';

const TRACING_HEADERS = [
  'X-Query-Group-Id',
  'X-Panel-Id',
  'X-Dashboard-Uid',
  'X-Datasource-Uid',
  'X-Grafana-From-Expr',
  'X-Grafana-Org-Id',
  'X-Panel-Plugin-Id',
  'X-Dashboard-Title',
  'X-Panel-Title',
];
const ALERT_HEADERS = ['X-Rule-Name', 'X-Rule-Uid', 'X-Rule-Folder', 'X-Rule-Source', 'X-Rule-Type', 'X-Rule-Version', 'FromAlert'];

/** Where a call comes from: panel, dashboard, query group. Resource calls bring their headers along by themselves. */
export const forwardTracingHeaders: Middleware = (call, next) => {
  const carries = call.endpoint !== 'callResource' && call.endpoint !== 'collectMetrics';
  return next(carries ? copyHeaders(call, TRACING_HEADERS) : call);
};

/** Which alert rule asks. */
export const forwardAlertHeaders: Middleware = (call, next) =>
  next(call.endpoint === 'queryData' || call.endpoint === 'queryChunkedData' ? copyHeaders(call, ALERT_HEADERS) : call);

/** Headers of the request behind a call that are not empty, made printable. */
function copyHeaders<Kind extends Endpoint>(call: PluginCall<Kind>, names: readonly string[]): PluginCall<Kind> {
  const { origin } = call;
  if (origin === undefined) return call;
  return names.reduce((copied, name) => copyHeader(copied, origin, name), call);
}

function copyHeader<Kind extends Endpoint>(call: PluginCall<Kind>, origin: CallOrigin, name: string): PluginCall<Kind> {
  const value = originHeader(origin, name);
  return value === '' ? call : withHeader(call, name, toPrintable(value));
}
