import type { CallResourceRequest } from '@backplane/protocol/pluginv2';

const base = 'http://plugin/';

/**
 * Makes the Fetch request that a handler gets.
 *
 * The URL is `http://plugin/` and what followed `/resources/`. A body of GET or HEAD is left out: Fetch has no such requests.
 *
 * @throws TypeError when Fetch cannot represent the method or the URL
 */
export function toFetchRequest({ method, path, url, body }: CallResourceRequest, headers: Headers, signal: AbortSignal): Request {
  const upper = method.toUpperCase() || 'GET';
  const target = (url === '' ? path : url).replace(/^\//, '');
  const hasBody = body.length > 0 && upper !== 'GET' && upper !== 'HEAD';
  return new Request(base + target, { method: upper, headers, signal, ...(hasBody ? { body: body as Uint8Array<ArrayBuffer> } : {}) });
}
