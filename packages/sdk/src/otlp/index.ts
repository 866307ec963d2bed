export { readOtlpSettings } from './otlp-settings.ts';
export { type StartedTracing, startTracing } from './provider.ts';
