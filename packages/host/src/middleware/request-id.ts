import { createHmac, randomUUID } from 'node:crypto';
import { isIP } from 'node:net';
import { originHeader } from './origin-header.ts';
import { withHeader } from './request-headers.ts';
import type { Middleware } from './types.ts';

/** For which data sources a request is signed, and how. */
export interface RequestIdOptions {
  /** Addresses of data sources; scheme and host with port count. */
  readonly allowedUrls: readonly string[];
  /** Key of the HMAC. */
  readonly secret: string;
}

/**
 * Signs each call to some data sources, so that a proxy before them can tell them from others: a random id, its
 * HMAC-SHA256, and the address of the client, or that there is none. Source: Grafana's hosted access control.
 */
export function signRequestId({ allowedUrls, secret }: RequestIdOptions): Middleware {
  const allowed = new Set(allowedUrls.flatMap((url) => originOf(url) ?? []));
  return (call, next) => {
    const target = originOf(call.request.context?.dataSource?.url ?? '');
    if (target === undefined || !allowed.has(target)) return next(call);
    const id = randomUUID();
    const signed = withHeader(
      withHeader(call, 'X-Grafana-Request-Id', id),
      'X-Grafana-Signed-Request-Id',
      createHmac('sha256', secret).update(id).digest('hex'),
    );
    const client = call.origin === undefined ? '' : originHeader(call.origin, 'x-real-ip') || (call.origin.remoteAddress ?? '');
    return next(isIP(client) > 0 ? withHeader(signed, 'X-Real-Ip', client) : withHeader(signed, 'X-Grafana-Internal-Request', 'true'));
  };
}

function originOf(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined;
  const { protocol, host } = new URL(url);
  return `${protocol}//${host}`;
}
