import type { Tracer } from '@opentelemetry/api';
import type { Registry } from 'prom-client';
import type { HostLogger } from '../launchers/index.ts';
import { type AnswerCache, cacheCalls } from './cache-calls.ts';
import { forwardCookies } from './cookies.ts';
import { forwardAlertHeaders, forwardTracingHeaders } from './copied-headers.ts';
import { clearAuthHeaders, forwardId, forwardOAuthToken, forwardUser } from './identity-headers.ts';
import { logRequests } from './log-requests.ts';
import { measureCalls } from './measure-calls.ts';
import { type RequestIdOptions, signRequestId } from './request-id.ts';
import { shareCalls } from './share-calls.ts';
import { traceCalls } from './trace-calls.ts';
import type { Middleware, PluginCall } from './types.ts';

/** What a server around plugins wants done to every call. All is optional. */
export interface GrafanaChainOptions {
  /** Where spans go; the one of the process by default, which is none unless OpenTelemetry is set up. */
  readonly tracer?: Tracer | undefined;
  /** Takes Grafana's metrics of calls. */
  readonly registry?: Registry | undefined;
  /** Takes a line for each call. */
  readonly requestLogger?: HostLogger | undefined;
  /** Names of headers with credentials for this server, besides `Authorization`. */
  readonly authHeaders?: readonly string[] | undefined;
  /** Names of cookies with which people sign in here. */
  readonly sessionCookies?: readonly string[] | undefined;
  readonly cache?: AnswerCache | undefined;
  /** Names what makes two calls the same; see `shareCalls`. */
  readonly sharedKey?: ((call: PluginCall) => string | undefined) | undefined;
  /** Tell plugins the login of who asks (`[dataproxy] send_user_header`). */
  readonly sendUserHeader?: boolean | undefined;
  readonly requestId?: RequestIdOptions | undefined;
}

/**
 * What Grafana does to calls of plugins, in its order, outermost first: tracing, metrics, log, headers in and out, cache.
 * Source: Grafana `pkg/services/pluginsintegration/pluginsintegration.go`, `CreateMiddlewares`.
 */
export function createGrafanaChain(options: GrafanaChainOptions = {}): Middleware[] {
  const { tracer, registry, requestLogger, cache, sharedKey, requestId } = options;
  return [
    traceCalls(tracer),
    ...(registry === undefined ? [] : [measureCalls(registry)]),
    ...(requestLogger === undefined ? [] : [logRequests(requestLogger)]),
    forwardTracingHeaders,
    clearAuthHeaders(options.authHeaders),
    forwardOAuthToken,
    forwardCookies(options.sessionCookies ?? ['grafana_session', 'grafana_session_expiry']),
    ...(cache === undefined ? [] : [cacheCalls(cache)]),
    ...(sharedKey === undefined ? [] : [shareCalls(sharedKey)]),
    forwardId,
    forwardAlertHeaders,
    ...(options.sendUserHeader === true ? [forwardUser] : []),
    ...(requestId === undefined ? [] : [signRequestId(requestId)]),
  ];
}
