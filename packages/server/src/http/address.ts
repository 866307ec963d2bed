import { isUtf8 } from 'node:buffer';
import type { FastifyRequest } from 'fastify';

/**
 * The address as it was sent, byte for byte, from its path on: clients may send scheme and host before it
 * (RFC 9112, 3.2.2), as through a proxy.
 */
export function sentAddress({ originalUrl }: FastifyRequest): string {
  return withoutOrigin(originalUrl);
}

/** What the router gets. It refuses escapes that are no UTF-8; routes that care read the address as it was sent. */
export function toRoutableUrl(url: string): string {
  return withoutOrigin(url).replace(/(?:%[89a-fA-F][0-9a-fA-F])+/g, (escaped) =>
    isUtf8(Buffer.from(escaped.replaceAll('%', ''), 'hex')) ? escaped : '%EF%BF%BD',
  );
}

function withoutOrigin(url: string): string {
  const path = url.replace(/^https?:\/\/[^/?]*/i, '');
  return path === url || path.startsWith('/') ? path : `/${path}`;
}
