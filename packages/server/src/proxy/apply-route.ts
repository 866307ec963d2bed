import { isJsonObject, parseJson } from '../json/index.ts';
import { joinPaths, toRequestPath } from './proxy-path.ts';
import type { RouteSettings } from './route-settings.ts';
import { escapeQuery, fillTemplate, type TemplateData } from './template.ts';
import type { HeaderSet } from './upstream.ts';

/** Adds the headers of a route. @throws TemplateError at the first that cannot be filled in; those before it are set */
export function addRouteHeaders(headers: HeaderSet, route: RouteSettings, data: TemplateData): void {
  for (const { name, content } of route.headers) headers.set(name, fillTemplate(content, data));
}

/** The query with the parameters of a route, sorted by name as Go writes it. @throws TemplateError */
export function routeQuery(query: string, route: RouteSettings, data: TemplateData): string {
  const added = route.urlParams.map(({ name, content }): [string, string] => [fillTemplate(name, data), fillTemplate(content, data)]);
  const pairs = [...readPairs(query), ...added];
  return pairs
    .map(([name, value], index) => ({ name, value, index }))
    .sort((a, b) => (a.name === b.name ? a.index - b.index : a.name < b.name ? -1 : 1))
    .map(({ name, value }) => `${escapeQuery(name)}=${escapeQuery(value)}`)
    .join('&');
}

/** The body that a route replaces the client's with; undefined without one, and when it is no JSON once filled in. */
export function routeBody(route: RouteSettings, data: TemplateData): Uint8Array | undefined {
  if (route.body === undefined) return undefined;
  const text = fillTemplate(route.body, data);
  parseJson(text);
  return Buffer.from(text);
}

/** The path of a request to a base with this behind it, and the query. */
export function requestPath(base: string, rest: string, query: string): string {
  const path = toRequestPath(joinPaths(base, rest)) || '/';
  return (path.startsWith('/') ? path : `/${path}`) + (query === '' ? '' : `?${toRequestPath(query)}`);
}

/** The settings as a template sees them; what is no object has no fields. */
export function templateData(url: string, jsonData: string, secureJsonData: Readonly<Record<string, string>>): TemplateData {
  const settings = jsonData === '' ? {} : parseJson(jsonData);
  return { URL: url, JsonData: isJsonObject(settings) ? settings : {}, SecureJsonData: secureJsonData };
}

/** Pairs of a query as Go reads them: one with a semicolon or a bad escape is dropped. */
function readPairs(query: string): [string, string][] {
  return query.split('&').flatMap((pair): [string, string][] => {
    if (pair === '' || pair.includes(';') || /%(?![0-9a-fA-F]{2})/.test(pair)) return [];
    const at = pair.indexOf('=');
    const [name, value] = at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)];
    return [[unescapeQuery(name), unescapeQuery(value)]];
  });
}

function unescapeQuery(text: string): string {
  const bytes = text
    .replaceAll('+', ' ')
    .replace(/%([0-9a-fA-F]{2})/g, (_whole, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
