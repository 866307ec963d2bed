import { fetch as undiciFetch } from 'undici';
import { currentContext } from '../call-scope.ts';
import { describeError } from '../classify-error.ts';
import { DownstreamError, PluginError } from '../errors.ts';
import type { MetricsRegistry } from '../metrics/index.ts';
import { startSpan } from '../tracing/index.ts';
import { forwardedHeaders } from './forward-headers.ts';
import { createHttpMetrics } from './http-metrics.ts';
import type { HttpSettings } from './http-settings.ts';
import { observeBody } from './observe-body.ts';
import { createTransport } from './transport.ts';

/** Stands around every request of a client: changes the request, or the response, or answers by itself. */
export type HttpMiddleware = (request: Request, next: (request: Request) => Promise<Response>) => Promise<Response>;

/** What a client needs to know. */
export interface HttpClientOptions {
  /** The plugin's id, and its version: named in `User-Agent`, and the type of data source in metrics. */
  readonly pluginId: string;
  readonly pluginVersion?: string | undefined;
  /** Where requests are counted; nowhere unless given. */
  readonly metrics?: MetricsRegistry | undefined;
  /** Around every request, the first one outermost. */
  readonly middleware?: readonly HttpMiddleware[] | undefined;
  /** Proxies, CA files and `GF_DATAPROXY_RESPONSE_LIMIT`; the process' own unless given. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
}

/** A `fetch` with the settings of one data source. */
export interface HttpClient extends AsyncDisposable {
  /**
   * As the `fetch` of the platform. In a handler the request belongs to its call: it ends with it, forwards what the
   * settings allow, and is counted and traced under its endpoint.
   *
   * @throws DownstreamError when the service cannot be reached, breaks off, is too slow or answers too much; the
   *   message has no query of the URL, since that may hold secrets
   * @throws TypeError as `fetch` for a request that cannot be made; the call's reason when it ended first
   */
  readonly fetch: typeof globalThis.fetch;
}

/**
 * Makes the HTTP client of one data source.
 *
 * @throws PluginError status 400 for certificates of the settings that cannot be used
 */
export function createHttpClient(settings: HttpSettings, options: HttpClientOptions): HttpClient {
  const { pluginId, metrics, middleware = [], env = process.env } = options;
  const transport = createTransport(settings, env);
  const meter = metrics && createHttpMetrics(metrics, pluginId);
  const environmentLimit = wholeNumber(env.GF_DATAPROXY_RESPONSE_LIMIT);
  const secretHeaders = ['authorization', 'cookie', 'x-id-token', 'x-grafana-id', ...settings.headers.map(([name]) => name.toLowerCase())];

  const bodies = new WeakMap<Request, BodyInit>();

  const send = async (request: Request): Promise<Response> => {
    const context = currentContext();
    if (settings.wantsSocksProxy && context?.config.get(socksEnabledKey) === 'true') throw socksMissing();
    const { origin, pathname } = new URL(request.url);
    const what = `${request.method} ${origin}${pathname}`;
    const deadline = settings.timeouts.requestMs > 0 ? AbortSignal.timeout(settings.timeouts.requestMs) : undefined;
    const signals = [request.signal, deadline, context?.signal].filter((signal) => signal !== undefined);
    const signal = AbortSignal.any(signals);
    const fail = (error: unknown): unknown => {
      if (request.signal.aborted) return request.signal.reason;
      if (context?.signal.aborted === true) return context.signal.reason;
      if (deadline?.aborted === true)
        return new DownstreamError(`${what}: not done within ${settings.timeouts.requestMs} ms`, { status: 504, cause: error });
      return error instanceof DownstreamError ? error : new DownstreamError(`${what}: ${describeTransport(error)}`, { cause: error });
    };
    const measured = meter?.(request.method, context?.endpoint ?? '');
    const headers = headersOf(request, settings, options, context);
    const dispatcher = transport.route(origin, secretHeaders);
    const { method, redirect } = request;
    const body = bodies.get(request) ?? request.body;
    const init = { method, headers: [...headers], body, redirect, signal, dispatcher, ...(body === null ? {} : { duplex: 'half' }) };
    try {
      const response = (await undiciFetch(request.url, init as Parameters<typeof undiciFetch>[1])) as unknown as Response;
      measured?.answered(response.status);
      return observeBody(response, {
        maxBytes: wholeNumber(context?.config.get('GF_RESPONSE_LIMIT')) ?? environmentLimit,
        tooLarge: (maxBytes) =>
          new DownstreamError(`${what}: the response body is too large: the response limit is set to ${maxBytes} bytes`, { status: 502 }),
        broken: fail,
        onEnd: (bytes) => measured?.read(bytes),
      });
    } catch (error) {
      measured?.answered(undefined);
      throw fail(error);
    }
  };
  const traced: HttpMiddleware = (request, next) => startSpan('HTTP Outgoing Request', request, next);
  const chain = [traced, ...middleware].reduceRight<(request: Request) => Promise<Response>>(
    (next, around) => async (request) => around(request, next),
    send,
  );
  return {
    async fetch(input, init) {
      const request = new Request(input, init);
      // The body of a Request is a stream of unknown length, which some services refuse.
      if (isPlainBody(init?.body)) bodies.set(request, init.body);
      return chain(request);
    },
    [Symbol.asyncDispose]: () => transport[Symbol.asyncDispose](),
  };
}

const socksEnabledKey = 'GF_SECURE_SOCKS_DATASOURCE_PROXY_SERVER_ENABLED';

/** Past a proxy that somebody asked for is no way: it may be there to keep the network apart. */
function socksMissing(): PluginError {
  const text = 'enableSecureSocksProxy is on, but this plugin cannot use the secure socks proxy; switch it off to send requests directly';
  return new PluginError(text, { status: 501 });
}

/** In Grafana's order: what the request says itself, basic auth, custom headers over both, user agent, what the call forwards. */
function headersOf(
  request: Request,
  { basicAuth, headers: custom, ...forward }: HttpSettings,
  { pluginId, pluginVersion }: HttpClientOptions,
  context: ReturnType<typeof currentContext>,
): Headers {
  const headers = new Headers(request.headers);
  const setMissing = (name: string, value: string): void => {
    if (!headers.has(name)) headers.set(name, value);
  };
  if (basicAuth !== undefined)
    setMissing('authorization', `Basic ${Buffer.from(`${basicAuth.user}:${basicAuth.password}`).toString('base64')}`);
  for (const [name] of custom) headers.delete(name);
  for (const [name, value] of custom) headers.append(name, value);
  const grafana = context?.pluginContext.userAgent || 'Grafana';
  setMissing('user-agent', `${grafana} ${pluginId}/${pluginVersion ?? (context?.pluginContext.pluginVersion || '0.0.0')}`);
  if (context !== undefined) for (const [name, value] of forwardedHeaders(context, forward)) setMissing(name, value);
  return headers;
}

function isPlainBody(body: unknown): body is string | Uint8Array<ArrayBuffer> | ArrayBuffer {
  return typeof body === 'string' || body instanceof Uint8Array || body instanceof ArrayBuffer;
}

/** `fetch failed` alone says nothing: what undici gives as its cause does. */
function describeTransport(error: unknown): string {
  return error instanceof TypeError && error.cause !== undefined ? describeError(error.cause) : describeError(error);
}

function wholeNumber(text: string | undefined): number | undefined {
  const value = Number(text);
  return text !== undefined && Number.isSafeInteger(value) && value > 0 ? value : undefined;
}
