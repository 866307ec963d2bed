export { type OtlpSettings, readOtlpSettings } from './otlp-settings.ts';
export { type StartedTracing, startTracing, type TracingOptions } from './provider.ts';
