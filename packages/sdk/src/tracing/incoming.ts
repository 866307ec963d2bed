import type { CallOutcome, Middleware } from '../middleware.ts';
import { sdkTracer, tracingApi } from './tracing.ts';

/** The part of a call's metadata that says which trace it belongs to. */
export interface TraceCarrier {
  get(name: string): string | undefined;
}

/**
 * The middleware that puts a call into a span `sdk.<endpoint>`, within the trace of its host; undefined where nobody
 * traces. Attributes are those of Grafana's SDK.
 */
export function traceCall(carrier: TraceCarrier): Middleware | undefined {
  const api = tracingApi();
  if (api === undefined) return undefined;
  const { context, propagation, SpanKind, SpanStatusCode, trace } = api;
  return async (call, next) => {
    const { pluginContext, org, user, tenant } = call;
    const parent = propagation.extract(context.active(), carrier, { get: (from, key) => from.get(key), keys: () => [] });
    const span = sdkTracer(api).startSpan(`sdk.${call.endpoint}`, { kind: SpanKind.SERVER }, parent);
    span.setAttributes({ plugin_id: pluginContext.pluginId, org_id: org.id });
    if (pluginContext.dataSource !== undefined)
      span.setAttributes({ datasource_name: pluginContext.dataSource.name, datasource_uid: pluginContext.dataSource.uid });
    if (user !== undefined) span.setAttribute('user', user.name);
    if (tenant !== undefined) span.setAttribute('tenant_id', tenant);
    const end = ({ status, error }: CallOutcome): void => {
      span.setAttributes({ request_status: status, status_source: error?.source ?? 'plugin' });
      if (error !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: error.message });
      span.end();
    };
    try {
      end(await context.with(trace.setSpan(parent, span), next));
    } catch (error) {
      // A middleware further in refused the call.
      span.recordException(error as Error);
      span.setStatus({ code: SpanStatusCode.ERROR });
      span.end();
      throw error;
    }
  };
}
