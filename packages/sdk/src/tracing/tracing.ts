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

/** The SDK's own tracer. */
export function sdkTracer({ trace }: Api): Tracer {
  return trace.getTracer('@backplane/sdk');
}
