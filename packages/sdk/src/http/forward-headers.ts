import type { RequestContext } from '../context.ts';
import type { HttpSettings } from './http-settings.ts';

/** Headers by which Grafana passes a user's identity on. */
const identityHeaders = ['authorization', 'x-id-token', 'x-grafana-id'];

/**
 * The headers of the running call that go along with a request: who asks, their cookies, and whether an alert rule
 * does. Only what the settings of the data source allow; never more than the host forwarded.
 */
export function forwardedHeaders(
  { headers, isAlert }: Pick<RequestContext, 'headers' | 'isAlert'>,
  { forwardOAuth, forwardCookies }: Pick<HttpSettings, 'forwardOAuth' | 'forwardCookies'>,
): readonly (readonly [name: string, value: string])[] {
  const forwarded: [string, string][] = isAlert ? [['fromalert', 'true']] : [];
  for (const name of forwardOAuth ? identityHeaders : []) {
    const value = headers.get(name);
    if (value !== null) forwarded.push([name, value]);
  }
  const cookies = keepCookies(headers.get('cookie') ?? '', forwardCookies);
  if (cookies !== '') forwarded.push(['cookie', cookies]);
  return forwarded;
}

function keepCookies(header: string, names: readonly string[]): string {
  const cookies = header.split(';').map((cookie) => cookie.trim());
  return cookies.filter((cookie) => names.includes(cookie.split('=')[0] ?? '')).join('; ');
}
