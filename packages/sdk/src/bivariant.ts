/**
 * A function type whose parameters are compared as those of methods are: in both directions.
 *
 * Handlers have it because TypeScript first compares the ones that are written elsewhere, before it knows from
 * `create` what the instance is: it takes the instance for `unknown` then, and would refuse every such handler.
 */
export type Bivariant<F extends (...args: never[]) => unknown> = { method(...args: Parameters<F>): ReturnType<F> }['method'];
