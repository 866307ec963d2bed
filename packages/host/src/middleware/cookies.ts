import { dataSourceSetting } from './data-source-setting.ts';
import { originHeader } from './origin-header.ts';
import { toPrintable } from './printable.ts';
import { headerNames, withHeader, withoutHeaders } from './request-headers.ts';
import type { Middleware } from './types.ts';

const COOKIE = headerNames('Cookie');
/** Kinds of call that carry cookies. */
const ENDPOINTS = new Set<string>(['queryData', 'queryChunkedData', 'callResource', 'checkHealth']);

/**
 * Hands on the cookies that `keepCookies` of the data source names, sorted by name. An app gets none, and nobody gets
 * those with which people sign in here.
 *
 * @param sessionCookies names that never pass
 */
export function forwardCookies(sessionCookies: readonly string[]): Middleware {
  return (call, next) => {
    if (!ENDPOINTS.has(call.endpoint) || call.origin === undefined) return next(call);
    const kept = dataSourceSetting(call.request, 'keepCookies');
    const patterns = Array.isArray(kept) ? kept.filter((item): item is string => typeof item === 'string') : [];
    const cookies = keptCookies(originHeader(call.origin, 'cookie'), patterns, sessionCookies);
    return next(cookies === '' ? withoutHeaders(call, COOKIE) : withHeader(call, 'Cookie', toPrintable(cookies)));
  };
}

/**
 * Those cookies of a `Cookie` header that may be handed on, sorted by name.
 *
 * @param patterns names, `prefix[]` for all that begin so, or `[]` for all
 * @param sessionCookies names that never pass
 */
export function keptCookies(header: string, patterns: readonly string[], sessionCookies: readonly string[]): string {
  if (patterns.length === 0) return '';
  const nameOf = (pair: string) => pair.split('=', 1)[0] ?? '';
  return header
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair !== '' && !sessionCookies.includes(nameOf(pair)) && isKept(nameOf(pair), patterns))
    .sort()
    .join('; ');
}

/** A name, `prefix[]` for all that begin so, or `[]` for all. */
function isKept(name: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => (pattern.endsWith('[]') ? name.startsWith(pattern.slice(0, -2)) : pattern === name));
}
