import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ServerError } from '../errors/index.ts';
import { cookieOf } from './cookies.ts';
import type { Services } from './services.ts';

const unchecked = ['HEAD', 'OPTIONS', 'TRACE'];

/**
 * Refuses requests that carry a session and come from a page of another host, reading ones too; ports do not count.
 * Who sends no session, or no Origin, is no browser that was led astray. Source: Grafana `pkg/middleware/csrf`.
 */
export function addCsrfCheck(app: FastifyInstance, { config }: Services): void {
  const { csrfTrustedOrigins, csrfAdditionalHeaders, csrfAlwaysCheck } = config.security;
  app.addHook('onRequest', (request, _reply, done) => {
    done(isFromElsewhere(request) ? new ServerError('origin_not_allowed') : undefined);
  });

  function isFromElsewhere(request: FastifyRequest): boolean {
    const { origin } = request.headers;
    if (origin === undefined || origin === '' || unchecked.includes(request.method)) return false;
    if (!csrfAlwaysCheck && cookieOf(request, config.auth.loginCookieName) === undefined) return false;
    const host = hostOf(origin);
    const trusted = [request.headers.host, ...csrfAdditionalHeaders.flatMap((name) => request.headers[name.toLowerCase()] ?? [])];
    const isOwn = trusted.some((own) => own !== undefined && withoutPort(own) === host);
    return host === '' || !(isOwn || csrfTrustedOrigins.includes(host));
  }
}

function hostOf(origin: string): string {
  return URL.canParse(origin) ? new URL(origin).hostname : '';
}

function withoutPort(host: NonNullable<FastifyRequest['headers']['host']>): string {
  return hostOf(`http://${host}`);
}
