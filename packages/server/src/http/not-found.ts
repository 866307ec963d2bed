import type { FastifyInstance, FastifyReply } from 'fastify';
import { ServerError } from '../errors/index.ts';

// Without it a browser would be led from /login to /login for ever.
const LOGIN_PAGE = `<!doctype html>
<meta charset="utf-8">
<title>Backplane</title>
<p>Backplane answers here, over Grafana's HTTP API. There is no web interface to log in to; ask with
<code>curl -u admin</code>, for example for <code>/api/datasources</code>.</p>
`;

/** Paths that are not there: 404 below `/api` (401 without an account), elsewhere the way to the login. */
export function addNotFound(app: FastifyInstance): void {
  app.setNotFoundHandler((request, reply) => {
    const isApi = /^\/apis?(?:\/|\?|$)/.test(request.url);
    if (isApi && request.identity === undefined) throw new ServerError('unauthorized');
    if (isApi || request.identity !== undefined) throw new ServerError('not_found');
    const target = request.url === '/' ? '/login' : `/login?redirectTo=${queryEscape(request.url)}`;
    return redirect(reply, target);
  });
  app.get('/login', { config: { access: 'public' } }, (_request, reply) =>
    reply.header('content-type', 'text/html; charset=utf-8').send(Buffer.from(LOGIN_PAGE)),
  );
  app.get('/.well-known/change-password', { config: { access: 'public' } }, (_request, reply) => redirect(reply, '/profile/password'));
}

/** A redirect as Go writes it: with a link for GET and HEAD, without a body for other methods. */
function redirect(reply: FastifyReply, location: string): FastifyReply {
  reply.code(302).header('location', location);
  if (!['GET', 'HEAD'].includes(reply.request.method)) return reply.send();
  const link = location.replace(/&/g, '&amp;').replace(/"/g, '&#34;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
  return reply.header('content-type', 'text/html; charset=utf-8').send(Buffer.from(`<a href="${link}">Found</a>.\n\n`));
}

function queryEscape(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(/[!'()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`);
}
