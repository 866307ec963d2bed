import type { FastifyReply, FastifyRequest } from 'fastify';
import type { OpenedSession } from '../auth/index.ts';
import type { Config } from '../config/index.ts';

/** The value of a cookie of a request, the first of that name. */
export function cookieOf({ headers }: FastifyRequest, name: string): string | undefined {
  for (const part of headers.cookie?.split(';') ?? []) {
    const equals = part.indexOf('=');
    if (equals >= 0 && part.slice(0, equals).trim() === name) return part.slice(equals + 1).trim();
  }
  return undefined;
}

/** The session cookie of a request; an empty one is none. */
export function sessionCookieOf(request: FastifyRequest, { auth }: Config): string | undefined {
  return cookieOf(request, auth.loginCookieName) || undefined;
}

/**
 * Gives the browser its session: a cookie that no script reads, and beside it when to ask for the next one
 * (Grafana `pkg/services/authn/cookies.go`).
 */
export function setSessionCookies(reply: FastifyReply, session: OpenedSession, config: Config): void {
  const { auth } = config;
  const maxAge = Math.floor(auth.maxLifetimeMs / 1000);
  writeCookie(reply, { name: auth.loginCookieName, value: session.cookie.open(), maxAge, isHidden: true }, config);
  const rotateAt = String(Math.floor(session.rotateAtMs / 1000) - 1);
  writeCookie(reply, { name: `${auth.loginCookieName}_expiry`, value: rotateAt, maxAge, isHidden: false }, config);
}

/** Takes both cookies back. */
export function clearSessionCookies(reply: FastifyReply, config: Config): void {
  const { auth } = config;
  writeCookie(reply, { name: auth.loginCookieName, value: '', maxAge: 0, isHidden: true }, config);
  writeCookie(reply, { name: `${auth.loginCookieName}_expiry`, value: '', maxAge: 0, isHidden: false }, config);
}

interface Cookie {
  readonly name: string;
  readonly value: string;
  readonly maxAge: number;
  readonly isHidden: boolean;
}

function writeCookie(reply: FastifyReply, { name, value, maxAge, isHidden }: Cookie, { security, server }: Config): void {
  const path = server.rootUrl === '' ? '/' : new URL(server.rootUrl).pathname;
  const { cookieSamesite: sameSite, cookieSecure } = security;
  const attributes = [
    `Path=${path}`,
    `Max-Age=${maxAge}`,
    isHidden && 'HttpOnly',
    cookieSecure && 'Secure',
    sameSite !== 'disabled' && `SameSite=${sameSite[0]?.toUpperCase()}${sameSite.slice(1)}`,
  ].filter((attribute) => attribute !== false);
  reply.header('set-cookie', [`${name}=${value}`, ...attributes].join('; '));
}
