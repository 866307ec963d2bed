export type { TracingLogger } from './exporter.ts';
export { type OtlpSettings, readOtlpSettings, type SamplerSettings } from './otlp-settings.ts';
export { type StartedTracing, startTracing, type TracingOptions } from './provider.ts';
