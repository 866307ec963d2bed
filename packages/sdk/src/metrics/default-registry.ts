import { MetricsRegistry } from './registry.ts';

/** The plugin's metrics: what is made here is shown at `/metrics/plugins/<id>` of the host. */
export const metrics: MetricsRegistry = new MetricsRegistry();
