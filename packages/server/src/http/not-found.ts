import { randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { ServerError } from '../errors/index.ts';
import { redirect, sendJson } from './reply.ts';

// Without it a browser would be led from /login to /login for ever.
const LOGIN_PAGE = `<!doctype html>
<meta charset="utf-8">
<title>Backplane</title>
<p>Backplane answers here, over Grafana's HTTP API. There is no web interface to log in to; ask with
<code>curl -u admin</code>, for example for <code>/api/datasources</code>.</p>
`;

/** Paths that are not there: 404 below `/api` and `/apis` (401 without an account), elsewhere the way to the login. */
export function addNotFound(app: FastifyInstance): void {
  app.setNotFoundHandler((request, reply) => {
    if (request.url === '*') return answerForAll(reply);
    const isApi = /^\/apis?(?:\/|\?|$)/.test(request.url);
    if (isApi && request.identity === undefined) throw new ServerError('unauthorized');
    if (/^\/apis\//.test(request.url)) {
      const type = 'text/plain; charset=utf-8';
      return reply.code(404).header('audit-id', randomUUID()).header('content-type', type).send(Buffer.from('404 page not found\n'));
    }
    if (isApi || request.identity !== undefined) throw new ServerError('not_found');
    const target = request.url === '/' ? '/login' : `/login?redirectTo=${queryEscape(request.url)}`;
    return redirect(reply, target);
  });
  // The newer APIs, of which none is here.
  app.get('/apis', { config: { access: 'signed-in' } }, (_request, reply) => {
    reply.header('audit-id', randomUUID());
    return sendJson(reply, 200, { kind: 'APIGroupList', groups: [] });
  });
  app.get('/login', { config: { access: 'public' } }, (_request, reply) =>
    reply.header('content-type', 'text/html; charset=utf-8').send(Buffer.from(LOGIN_PAGE)),
  );
  app.get('/.well-known/change-password', { config: { access: 'public' } }, (_request, reply) => redirect(reply, '/profile/password'));
}

/** `*` is the server as a whole, about which only OPTIONS asks (RFC 9110, 7.1). */
function answerForAll(reply: FastifyReply): FastifyReply {
  if (reply.request.method !== 'OPTIONS') throw new ServerError('bad_request_path');
  return reply.code(200).header('content-length', '0').send();
}

function queryEscape(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(/[!'()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`);
}
