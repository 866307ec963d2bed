export { metrics } from './default-registry.ts';
export type { Labels } from './label-values.ts';
export { Counter, Gauge, Histogram, type Metric, type Sample } from './metric.ts';
export { createProcessMetrics } from './process-metrics.ts';
export { type HistogramOptions, type MetricOptions, type MetricSource, MetricsRegistry } from './registry.ts';
