import type { Endpoint, RequestOf } from '../client/index.ts';
import type { PluginCall } from './types.ts';

/** Names that plugins find without the prefix `http_`; FromAlert keeps its spelling, the others are compared as HTTP does. */
const UNPREFIXED = new Set(['authorization', 'x-id-token', 'cookie', 'fromalert']);

/** A request of any kind that carries headers. */
type Headed = { readonly headers: Readonly<Record<string, unknown>> };

/**
 * A copy of a call with one header more, in the place where its kind of request has headers: lists under plain names in
 * `callResource`, single texts in all others, most of them under `http_<name>`. `collectMetrics` has none and stays as it is.
 * Source: grafana-plugin-sdk-go `backend/http_headers.go`.
 */
export function withHeader<Kind extends Endpoint>(call: PluginCall<Kind>, name: string, value: string): PluginCall<Kind> {
  if (call.endpoint === 'collectMetrics') return call;
  const bare = withoutHeaders(call, headerNames(name));
  const { headers } = bare.request as Headed;
  const added = call.endpoint === 'callResource' ? { [name]: [value] } : { [keyOf(name)]: value };
  return withRequest(bare, { headers: { ...headers, ...added } });
}

/** Names of headers, for `withoutHeaders`: made once, as calls are many. */
export function headerNames(...names: readonly string[]): ReadonlySet<string> {
  return new Set(names.map((name) => name.toLowerCase()));
}

/**
 * A copy of a call without some headers, however they are spelled; the call itself when it has none of them.
 *
 * @param unwanted names in small letters
 */
export function withoutHeaders<Kind extends Endpoint>(call: PluginCall<Kind>, unwanted: ReadonlySet<string>): PluginCall<Kind> {
  if (call.endpoint === 'collectMetrics') return call;
  const { headers } = call.request as Headed;
  const isUnwanted = (key: string) => unwanted.has(key.toLowerCase().replace(/^http_/, ''));
  if (!Object.keys(headers).some(isUnwanted)) return call;
  return withRequest(call, { headers: Object.fromEntries(Object.entries(headers).filter(([key]) => !isUnwanted(key))) });
}

function keyOf(name: string): string {
  return UNPREFIXED.has(name.toLowerCase()) ? name : `http_${name}`;
}

function withRequest<Kind extends Endpoint>(call: PluginCall<Kind>, part: Headed): PluginCall<Kind> {
  return { ...call, request: { ...call.request, ...part } as RequestOf<Kind> };
}
