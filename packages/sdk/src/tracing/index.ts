export { traceCall } from './incoming.ts';
export { startSpan } from './outgoing.ts';
export { currentTraceId, loadTracing } from './tracing.ts';
