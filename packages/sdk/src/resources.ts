import type { Bivariant } from './bivariant.ts';
import type { RequestContext } from './context.ts';

/**
 * Answers HTTP requests to the plugin, as any Fetch handler or router does.
 *
 * The request's URL is `http://plugin/` and what followed `/resources/`; a streaming body is sent on part by part.
 */
export type ResourceHandler = (request: Request, context: RequestContext) => Response | Promise<Response>;

/** Makes the resource handler of one instance; called once per instance. */
export type ResourceFactory<Instance> = Bivariant<(instance: Instance) => ResourceHandler>;
