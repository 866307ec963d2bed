export { metrics } from './default-registry.ts';
export type { Counter, Gauge, Histogram } from './metric.ts';
export { createProcessMetrics } from './process-metrics.ts';
export { type ForeignRegistry, type HistogramOptions, type MetricOptions, MetricsRegistry } from './registry.ts';
