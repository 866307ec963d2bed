export { startSpan } from './outgoing.ts';
export { loadTracing, sdkTracer, tracingApi } from './tracing.ts';
