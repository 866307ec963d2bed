import type { RequestContext } from './context.ts';

/** The outcome of a health check. `details` is JSON that the settings page may show. */
export interface HealthResult {
  readonly status: 'ok' | 'error' | 'unknown';
  readonly message?: string;
  readonly details?: unknown;
}

/** Tests whether an instance works. A throw becomes status `error` with the error's message. */
export type HealthHandler<Instance> = (instance: Instance, context: RequestContext) => 'ok' | HealthResult | Promise<'ok' | HealthResult>;
