import type { StreamHandlers } from './types.ts';

/** Who answers for a path, and what its pattern says about it. */
export interface StreamRoute {
  readonly handlers: StreamHandlers<never, unknown>;
  readonly params: Readonly<Record<string, string>>;
}

/** Finds the pattern that a path matches. */
export type StreamRouter = (path: string) => StreamRoute | undefined;

/** Makes a router of patterns. The first that matches wins; a parameter stands for one segment that is not empty. */
export function routeStreams(streams: Readonly<Record<string, StreamHandlers<never, unknown>>>): StreamRouter {
  const routes = Object.entries(streams).map(([pattern, handlers]) => ({ segments: pattern.split('/'), handlers }));
  return (path) => {
    const given = path.split('/');
    for (const { segments, handlers } of routes) {
      const params = matchSegments(segments, given);
      if (params !== undefined) return { handlers, params };
    }
    return undefined;
  };
}

function matchSegments(pattern: readonly string[], given: readonly string[]): Record<string, string> | undefined {
  if (pattern.length !== given.length) return undefined;
  const params: Record<string, string> = {};
  for (const [i, segment] of pattern.entries()) {
    const value = given[i] ?? '';
    if (segment.startsWith(':') && value !== '') params[segment.slice(1)] = value;
    else if (segment !== value) return undefined;
  }
  return params;
}
