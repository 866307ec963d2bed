import { loadTracing, sdkTracer } from './tracing.ts';

/** Sends a request in a span of its own, with the trace in its headers; without tracing it is sent as it is. */
export async function startSpan(name: string, request: Request, send: (request: Request) => Promise<Response>): Promise<Response> {
  const api = await loadTracing();
  if (api === undefined) return send(request);
  const { context, propagation, SpanKind, SpanStatusCode, trace } = api;
  const span = sdkTracer(api).startSpan(name, { kind: SpanKind.CLIENT });
  const { origin, pathname } = new URL(request.url);
  // Without the query, which may hold secrets.
  span.setAttributes({ 'http.url': `${origin}${pathname}`, 'http.method': request.method });
  const active = trace.setSpan(context.active(), span);
  propagation.inject(active, request.headers, { set: (carrier, key, value) => carrier.set(key, value) });
  try {
    const response = await context.with(active, () => send(request));
    span.setAttribute('http.status_code', response.status);
    const length = Number(response.headers.get('content-length'));
    if (length > 0) span.setAttribute('http.content_length', length);
    if (response.status >= 400) span.setStatus({ code: SpanStatusCode.ERROR, message: `error with HTTP status code ${response.status}` });
    return response;
  } catch (error) {
    span.setStatus({ code: SpanStatusCode.ERROR, message: 'request failed' });
    span.recordException(error as Error);
    throw error;
  } finally {
    span.end();
  }
}
