import type { Endpoint } from '../client/index.ts';
import { originHeader } from './origin-header.ts';
import { toPrintable } from './printable.ts';
import { withHeader } from './request-headers.ts';
import type { Middleware, PluginCall } from './types.ts';

/** A header as plugins are to find it, and as it is looked up. */
interface CopiedHeader {
  readonly name: string;
  readonly lowerCase: Lowercase<string>;
}

const toCopied = (name: string): CopiedHeader => ({ name, lowerCase: name.toLowerCase() as Lowercase<string> });

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
].map(toCopied);
const ALERT_HEADERS = ['X-Rule-Name', 'X-Rule-Uid', 'X-Rule-Folder', 'X-Rule-Source', 'X-Rule-Type', 'X-Rule-Version', 'FromAlert'].map(
  toCopied,
);

/** Where a call comes from: panel, dashboard, query group. Resource calls bring their headers along by themselves. */
export const forwardTracingHeaders: Middleware = (call, next) => {
  const carries = call.endpoint !== 'callResource' && call.endpoint !== 'collectMetrics';
  return next(carries ? copyHeaders(call, TRACING_HEADERS) : call);
};

/** Which alert rule asks. */
export const forwardAlertHeaders: Middleware = (call, next) =>
  next(call.endpoint === 'queryData' || call.endpoint === 'queryChunkedData' ? copyHeaders(call, ALERT_HEADERS) : call);

/** Headers of the request behind a call that are not empty, made printable. */
function copyHeaders<Kind extends Endpoint>(call: PluginCall<Kind>, names: readonly CopiedHeader[]): PluginCall<Kind> {
  const { origin } = call;
  if (origin === undefined) return call;
  let copied = call;
  for (const { name, lowerCase } of names) {
    const value = originHeader(origin, lowerCase);
    if (value !== '') copied = withHeader(copied, name, toPrintable(value));
  }
  return copied;
}
