import type { Bivariant } from './bivariant.ts';
import type { RequestContext } from './context.ts';

/** The outcome of a health check. `details` is JSON that the settings page may show. */
export interface HealthResult {
  readonly status: 'ok' | 'error' | 'unknown';
  readonly message?: string;
  readonly details?: unknown;
}

/**
 * Tests whether an instance works. A throw becomes status `error` with the error's message.
 *
 * Promises of any text are there for `async` functions that end in `return 'ok'`, whose type TypeScript widens;
 * any other text is refused when it is returned.
 */
export type HealthHandler<Instance> = Bivariant<
  (instance: Instance, context: RequestContext) => 'ok' | HealthResult | Promise<string | HealthResult>
>;
