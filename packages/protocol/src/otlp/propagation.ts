import {
  type Context,
  createTraceState,
  type TextMapGetter,
  type TextMapPropagator,
  type TextMapSetter,
  TraceFlags,
  type TraceState,
  trace,
} from '@opentelemetry/api';

/** The headers of W3C's trace context: `traceparent` and `tracestate`. */
export const w3c: TextMapPropagator = {
  inject(context: Context, carrier: unknown, setter: TextMapSetter) {
    const span = trace.getSpanContext(context);
    if (span === undefined || !isValid(span)) return;
    setter.set(carrier, 'traceparent', `00-${span.traceId}-${span.spanId}-0${span.traceFlags & TraceFlags.SAMPLED}`);
    if (span.traceState !== undefined) setter.set(carrier, 'tracestate', span.traceState.serialize());
  },
  extract(context: Context, carrier: unknown, getter: TextMapGetter) {
    const found = /^(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-|$)/.exec(first(getter.get(carrier, 'traceparent')));
    const [, traceId = '', spanId = '', flags = '00'] = found ?? [];
    const state = first(getter.get(carrier, 'tracestate'));
    const traceState = state === '' ? undefined : createTraceState(state);
    return withParent(context, { traceId, spanId, traceFlags: Number.parseInt(flags, 16), ...(traceState && { traceState }) });
  },
  fields: () => ['traceparent', 'tracestate'],
};

/** Jaeger's header: `uber-trace-id: <trace>:<span>:<parent>:<flags>`. */
export const jaeger: TextMapPropagator = {
  inject(context: Context, carrier: unknown, setter: TextMapSetter) {
    const span = trace.getSpanContext(context);
    if (span === undefined || !isValid(span)) return;
    setter.set(carrier, 'uber-trace-id', `${span.traceId}:${span.spanId}:0:${span.traceFlags & TraceFlags.SAMPLED}`);
  },
  extract(context: Context, carrier: unknown, getter: TextMapGetter) {
    const found = /^([0-9a-f]{1,32}):([0-9a-f]{1,16}):[0-9a-f]*:([0-9a-f]{1,2})$/.exec(first(getter.get(carrier, 'uber-trace-id')));
    const [, traceId = '', spanId = '', flags = '0'] = found ?? [];
    return withParent(context, {
      traceId: traceId.padStart(32, '0'),
      spanId: spanId.padStart(16, '0'),
      traceFlags: Number.parseInt(flags, 16),
    });
  },
  fields: () => ['uber-trace-id'],
};

/** Several at once: all write, and the first that finds a trace has it. */
export function joinPropagators(list: readonly TextMapPropagator[]): TextMapPropagator {
  return {
    inject(context, carrier, setter) {
      for (const each of list) each.inject(context, carrier, setter);
    },
    extract(context, carrier, getter) {
      for (const each of list) {
        const extracted = each.extract(context, carrier, getter);
        if (extracted !== context) return extracted;
      }
      return context;
    },
    fields: () => list.flatMap((each) => each.fields()),
  };
}

interface Ids {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceFlags: number;
  readonly traceState?: TraceState;
}

function isValid({ traceId, spanId }: Ids): boolean {
  return traceId.length === 32 && spanId.length === 16 && !/^0*$/.test(traceId) && !/^0*$/.test(spanId);
}

function withParent(context: Context, ids: Ids): Context {
  return isValid(ids) ? trace.setSpanContext(context, { ...ids, isRemote: true }) : context;
}

function first(value: string | string[] | undefined): string {
  return (Array.isArray(value) ? value[0] : value) ?? '';
}
