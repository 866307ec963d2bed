import { type Attributes, context, isSpanContextValid, type Span, SpanKind, SpanStatusCode, type Tracer, trace } from '@opentelemetry/api';
import { type Endpoint, type Outcome, type PluginContext, type ResultOf, whenEnded } from '../client/index.ts';
import { describeError } from '../errors/index.ts';
import { formatTraceparent } from '../tracing/index.ts';
import { originHeader } from './origin-header.ts';
import type { Middleware, Next, PluginCall } from './types.ts';

/**
 * A span for every call, `PluginClient.<endpoint>`, from its start to its very end. The plugin goes on with the same trace.
 * Without an OpenTelemetry provider in this process nothing is recorded, and a call pays for an empty function.
 */
export function traceCalls(tracer: Tracer = trace.getTracer('@backplane/host')): Middleware {
  return (call, next) => {
    const span = tracer.startSpan(`PluginClient.${call.endpoint}`, { kind: SpanKind.CLIENT });
    return isSpanContextValid(span.spanContext()) ? within(span, call, next) : next(call);
  };
}

async function within<Kind extends Endpoint>(span: Span, call: PluginCall<Kind>, next: Next<Kind>): Promise<ResultOf<Kind>> {
  if (span.isRecording()) span.setAttributes(attributesOf(call));
  const end = (outcome: Outcome) => endSpan(span, outcome);
  try {
    const traceparent = formatTraceparent(span.spanContext());
    return whenEnded(call.endpoint, await context.with(trace.setSpan(context.active(), span), () => next({ ...call, traceparent })), end);
  } catch (error) {
    end({ status: 'error', error });
    throw error;
  }
}

function attributesOf({ pluginId, request, origin }: PluginCall): Attributes {
  const { context: about } = request as { readonly context?: PluginContext };
  const header = (name: Lowercase<string>) => (origin === undefined ? undefined : originHeader(origin, name) || undefined);
  const panelId = header('x-panel-id');
  return {
    plugin_id: pluginId,
    org_id: about?.orgId,
    datasource_name: about?.dataSource?.name,
    datasource_uid: about?.dataSource?.uid,
    user: about?.user?.login,
    panel_id: panelId !== undefined && /^\d{1,15}$/.test(panelId) ? Number(panelId) : undefined,
    query_group_id: header('x-query-group-id'),
    dashboard_uid: header('x-dashboard-uid'),
  };
}

function endSpan(span: Span, outcome: Outcome): void {
  if (outcome.status === 'error') {
    span.recordException(outcome.error instanceof Error ? outcome.error : String(outcome.error));
    span.setStatus({ code: SpanStatusCode.ERROR, message: describeError(outcome.error) });
  }
  span.end();
}
