export { formatTraceparent } from './format-traceparent.ts';
export { openTracing, type RequestSpan, type Tracing, type TracingSettings } from './open-tracing.ts';
