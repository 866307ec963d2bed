import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Device } from '../auth/index.ts';
import { isServerError, ServerError } from '../errors/index.ts';
import { bodyObject, taking } from './body.ts';
import { clearSessionCookies, sessionCookieOf, setSessionCookies } from './cookies.ts';
import { redirect, sendJson } from './reply.ts';
import type { Services } from './services.ts';

const credentials = z.object({ user: z.string().min(1), password: z.string().min(1) });
const longestLoginBytes = 64 * 1024;

/** Logging in and out with a session, and its exchange for a fresh one (Grafana `pkg/api/login.go`, `user_token.go`). */
export function addLogin(app: FastifyInstance, { authenticator, sessions, config }: Services): void {
  app.post('/login', taking(credentials, { config: { access: 'public' }, bodyLimit: longestLoginBytes }), async (request, reply) => {
    const { user, password } = bodyObject(request, credentials, 'login_data_invalid');
    const { userId } = await authenticator.logIn(user, password, request.ip).catch((error: unknown) => {
      throw refusal(error);
    });
    setSessionCookies(reply, await sessions.open(userId, deviceOf(request)), config);
    return sendJson(reply, 200, { message: 'Logged in', redirectUrl: '/' });
  });

  app.get('/logout', { config: { access: 'public' } }, async (request, reply) => {
    const cookie = sessionCookieOf(request, config);
    if (cookie !== undefined) await sessions.close(cookie);
    clearSessionCookies(reply, config);
    return redirect(reply, '/login');
  });

  // Asked by frontends that want to know, so it answers in the form of handlers whoever asks.
  app.get('/api/login/ping', { config: { access: 'public' } }, async (request, reply) => {
    const { authorization } = request.headers;
    const sessionCookie = sessionCookieOf(request, config);
    const identity = await authenticator.authenticate({ authorization, sessionCookie, clientIp: request.ip }).catch((error: unknown) => {
      if (isServerError(error) && error.fault === 'caller') return undefined;
      throw error;
    });
    return identity === undefined ? sendJson(reply, 401, { message: 'Unauthorized' }) : sendJson(reply, 200, { message: 'Logged in' });
  });

  // The cookie itself is the permission: a session whose exchange is due opens nothing else.
  app.post('/api/user/auth-tokens/rotate', { config: { access: 'public' } }, async (request, reply) => {
    const cookie = sessionCookieOf(request, config);
    if (cookie === undefined) {
      clearSessionCookies(reply, config);
      return sendJson(reply, 401, { message: 'Unauthorized' });
    }
    const session = await sessions.rotate(cookie, deviceOf(request)).catch((error: unknown) => {
      throw isServerError(error, 'session_unknown') ? new ServerError('session_rotation_refused', {}, { cause: error }) : error;
    });
    if (session !== undefined) setSessionCookies(reply, session, config);
    return sendJson(reply, 200, {});
  });

  app.get('/user/auth-tokens/rotate', { config: { access: 'public' } }, async (request, reply) => {
    const cookie = sessionCookieOf(request, config);
    try {
      if (cookie === undefined) return redirect(reply, '/login');
      const session = await sessions.rotate(cookie, deviceOf(request));
      if (session !== undefined) setSessionCookies(reply, session, config);
    } catch (error) {
      if (!isServerError(error, 'session_unknown')) throw error;
      clearSessionCookies(reply, config);
      return redirect(reply, '/login');
    }
    return redirect(reply, ownPath((request.query as { redirectTo?: unknown }).redirectTo));
  });
}

/** Where a session is used from. */
function deviceOf(request: FastifyRequest): Device {
  return { userAgent: request.headers['user-agent'] ?? '', clientIp: request.ip };
}

/** The login answers in the form of handlers, authentication before them in another. */
function refusal(error: unknown): unknown {
  if (isServerError(error, 'password_wrong')) return new ServerError('login_refused', error.facts, { cause: error });
  if (isServerError(error, 'user_disabled')) return new ServerError('login_disabled', error.facts, { cause: error });
  return error;
}

/** A path on this server; what would lead elsewhere leads to the start. */
function ownPath(target: unknown): string {
  return typeof target === 'string' && /^\/(?![/\\])[\x21-\x7e]*$/.test(target) ? target : '/';
}
