import type { Tracer } from '@opentelemetry/api';

type Api = typeof import('@opentelemetry/api');

/** Where every copy of the OpenTelemetry API keeps what was registered. */
const registered = Symbol.for('opentelemetry.js.api.1');

let api: Api | undefined;

/**
 * The OpenTelemetry API, once somebody has registered a tracer or a propagator; undefined before.
 *
 * A plugin that is not traced never loads it.
 */
export async function loadTracing(): Promise<Api | undefined> {
  if (api === undefined && registered in globalThis) api = await import('@opentelemetry/api');
  return api;
}

/** The API when it is loaded already. */
export function tracingApi(): Api | undefined {
  return api;
}

/** The id of the trace that the running code belongs to; undefined where nobody traces. */
export function currentTraceId(): string | undefined {
  return api?.trace.getActiveSpan()?.spanContext().traceId;
}

/** The SDK's own tracer. */
export function sdkTracer({ trace }: Api): Tracer {
  return trace.getTracer('@backplane/sdk');
}
