import type { ResourceResponse } from '@backplane/host';
import { canonicalName } from './request-headers.ts';

// Content-Length goes because the body is passed on in parts, as they come.
const dropped = new Set([
  'Set-Cookie',
  'X-Frame-Options',
  'X-Xss-Protection',
  'X-Content-Type-Options',
  'Content-Length',
  'Connection',
  'Keep-Alive',
]);

/** What to do about a content type that the plugin did not give. */
export type ContentType = 'given' | 'none' | 'sniff';

export interface ClientHeaders {
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly contentType: ContentType;
}

/**
 * Headers of a resource answer for the client. A plugin cannot set cookies, and cannot make its answer cacheable
 * except by `private` together with `X-Grafana-Cache`.
 */
export function clientHeaders({ status, headers: own }: ResourceResponse): ClientHeaders {
  const headers: Record<string, string[]> = Object.create(null);
  let hasContentType = false;
  for (const [name, values] of Object.entries(own)) {
    const canonical = canonicalName(name);
    if (dropped.has(canonical)) continue;
    if (canonical === 'Content-Type') hasContentType = true;
    if (values.length === 0) continue;
    headers[canonical] = [...(headers[canonical] ?? []), ...values];
  }
  if (headers['Content-Type'] !== undefined) headers['Content-Type'] = headers['Content-Type'].slice(0, 1);
  headers['Content-Security-Policy'] = ['sandbox'];
  if (!isCacheable(headers)) {
    headers['Cache-Control'] = ['no-store'];
    delete headers.Pragma;
    delete headers.Expires;
  }
  if (status === 304) delete headers['Content-Type'];
  else if (!hasContentType && status !== 204) headers['Content-Type'] = ['application/json'];
  return {
    headers: { ...headers },
    contentType: headers['Content-Type'] !== undefined ? 'given' : hasContentType && status !== 304 ? 'sniff' : 'none',
  };
}

function isCacheable(headers: Readonly<Record<string, readonly string[]>>): boolean {
  const control = (headers['Cache-Control'] ?? []).join(',');
  return control.includes('private') && !control.includes('public') && (headers['X-Grafana-Cache'] ?? []).some((value) => value !== '');
}

const signatures: readonly (readonly [RegExp, string])[] = [
  [/^\s*<(!doctype html|html|head|script|iframe|h1|div|font|table|a|style|title|b|body|br|p|!--)[\s>]/i, 'text/html; charset=utf-8'],
  [/^\s*<\?xml/, 'text/xml; charset=utf-8'],
  [/^%PDF-/, 'application/pdf'],
  [/^\u0089PNG\r\n/, 'image/png'],
  [/^GIF8[79]a/, 'image/gif'],
  [/^\u00ff\u00d8\u00ff/, 'image/jpeg'],
];

/** The content type of a body whose plugin named none, by its first bytes, as Go guesses it. */
export function sniffContentType(bytes: Uint8Array): string {
  const head = Buffer.from(bytes.subarray(0, 512)).toString('latin1');
  const found = signatures.find(([pattern]) => pattern.test(head));
  if (found !== undefined) return found[1];
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these bytes are what tells binary data from text
  return /[\u0000-\u0008\u000b\u000e-\u001a\u001c-\u001f]/.test(head) ? 'application/octet-stream' : 'text/plain; charset=utf-8';
}
