import { boldestReading, cleanPath, decodePath } from './proxy-path.ts';
import type { RouteSettings } from './route-settings.ts';

/** Whether somebody may use a route. */
export type MayUse = (route: RouteSettings) => boolean;

/** A route was found, nobody asked for one, or it is not for who asks. */
export type RouteMatch = { readonly kind: 'route'; readonly route: RouteSettings } | { readonly kind: 'none' | 'denied' };

/**
 * Finds the route of a data source plugin for a path: the first whose path is how the cleaned path begins, letter by letter
 * (Grafana `pkg/api/pluginproxy/ds_proxy.go`, `validateRequest`).
 *
 * A route guards more than its own spelling: what a server may take the path for (see `boldestReading`) must not need
 * more than the caller has, whatever the method when no route was found.
 */
export function matchDataSourceRoute(routes: readonly RouteSettings[], method: string, path: string, mayUse: MayUse): RouteMatch {
  const plain = cleanPath(path);
  const route = routes.find((candidate) => isForMethod(candidate, method) && plain.startsWith(cleanPath(candidate.path)));
  const bold = boldestReading(path);
  if (bold === undefined) return { kind: 'denied' };
  const guards = routes.filter((candidate) => bold.startsWith(cleanPath(candidate.path).toLowerCase()));
  const guard =
    guards.find((candidate) => isForMethod(candidate, method)) ?? (route === undefined ? guards.find((one) => !mayUse(one)) : undefined);
  if ([route, guard].some((found) => found !== undefined && !mayUse(found))) return { kind: 'denied' };
  return route === undefined ? { kind: 'none' } : { kind: 'route', route };
}

/**
 * Finds the route of an app for a path: parts are equal, `:name` stands for one part, `*` at the end for one or more.
 * Source: Grafana `pkg/web/tree.go`.
 *
 * @param path decoded once
 */
export function matchAppRoute(
  routes: readonly RouteSettings[],
  method: string,
  path: string,
): { readonly route: RouteSettings; readonly rest: string } | undefined {
  for (const route of routes) {
    if (!isForMethod(route, method)) continue;
    const rest = matchPattern(route.path, path);
    if (rest !== undefined) return { route, rest };
  }
  return undefined;
}

function isForMethod({ method }: RouteSettings, asked: string): boolean {
  return method === '' || method === '*' || method.toUpperCase() === asked;
}

/** What `*` stands for, empty without one; undefined when the path is another. */
function matchPattern(pattern: string, path: string): string | undefined {
  const wanted = trimSlashes(pattern).split('/');
  const given = trimSlashes(path).split('/');
  const isOpen = wanted.at(-1) === '*';
  const fixed = isOpen ? wanted.slice(0, -1) : wanted;
  if (isOpen ? given.length <= fixed.length : given.length !== fixed.length) return undefined;
  for (const [index, want] of fixed.entries()) {
    const part = decodePath(given[index] as string);
    if (part === undefined || !(part === want || want === '*' || (want.startsWith(':') && want.length > 1))) return undefined;
  }
  return isOpen ? decodePath(given.slice(fixed.length).join('/')) : '';
}

function trimSlashes(path: string): string {
  return path.replace(/^\//, '').replace(/\/$/, '');
}
