import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { permissionsOf } from '../auth/index.ts';
import { Secret } from '../config/index.ts';
import { ServerError } from '../errors/index.ts';
import { identityOf, userOf } from './access.ts';
import { toProfile, toServiceAccountProfile } from './accounts.ts';
import { bodyObject, taking } from './body.ts';
import { sendJson } from './reply.ts';
import type { Services } from './services.ts';
import { toSessionDto } from './session-dto.ts';

/** What a user may change of a profile, the own or, for administrators, another. */
export const profileBody = z.object({
  name: z.string().optional(),
  email: z.string().default(''),
  login: z.string().default(''),
  theme: z.string().optional(),
});
const passwordBody = z.object({ oldPassword: z.string().default(''), newPassword: z.string().default('') });
/** Names one session. */
export const sessionBody = z.object({ authTokenId: z.number().int().default(0) });

const signedIn = { config: { access: 'signed-in' } } as const;

/** `/api/user`: what whoever asks may see and change of the own account (Grafana `pkg/api/user.go`). */
export function addUser(app: FastifyInstance, { users, orgs, sessions }: Services): void {
  app.get('/api/user', signedIn, async (request, reply) => {
    const identity = identityOf(request);
    if (identity.kind === 'service-account') return sendJson(reply, 200, toServiceAccountProfile(identity));
    return sendJson(reply, 200, toProfile(await users.get(identity.userId)));
  });

  app.put('/api/user', taking(profileBody, signedIn), async (request, reply) => {
    const { userId } = userOf(request);
    await users.update(userId, toProfileChange(bodyObject(request, profileBody)));
    return sendJson(reply, 200, { message: 'User updated' });
  });

  app.put('/api/user/password', taking(passwordBody, signedIn), async (request, reply) => {
    const { userId } = userOf(request);
    const { oldPassword, newPassword } = bodyObject(request, passwordBody);
    await users.changePassword(userId, new Secret(oldPassword), new Secret(newPassword));
    return sendJson(reply, 200, { message: 'User password changed' });
  });

  app.post('/api/user/using/:id', signedIn, async (request, reply) => {
    const { userId } = userOf(request);
    const { id } = request.params as { readonly id: string };
    if (!/^\d{1,15}$/.test(id)) throw new ServerError('account_id_invalid');
    await users.useOrg(userId, Number(id));
    return sendJson(reply, 200, { message: 'Active organization changed' });
  });

  app.get('/api/user/orgs', signedIn, async (request, reply) => sendJson(reply, 200, await orgs.of(userOf(request).userId)));
  app.get('/api/user/teams', signedIn, (request, reply) => {
    userOf(request);
    return sendJson(reply, 200, []);
  });
  app.get('/api/user/quotas', signedIn, () => {
    throw new ServerError('quotas_disabled');
  });

  app.put('/api/user/helpflags/:id', signedIn, async (request, reply) => {
    const { userId } = userOf(request);
    const { id } = request.params as { readonly id: string };
    if (!/^\d{1,9}$/.test(id)) throw new ServerError('account_id_invalid');
    const helpFlags1 = (await users.get(userId)).helpFlags | Number(id);
    await users.setHelpFlags(userId, helpFlags1);
    return sendJson(reply, 200, { helpFlags1, message: 'Help flag set' });
  });

  app.get('/api/user/helpflags/clear', signedIn, async (request, reply) => {
    await users.setHelpFlags(userOf(request).userId, 0);
    return sendJson(reply, 200, { helpFlags1: 0, message: 'Help flag set' });
  });

  app.get('/api/user/auth-tokens', signedIn, async (request, reply) => {
    const { userId, sessionId } = userOf(request, 'entity not allowed to get tokens');
    const list = await sessions.list(userId);
    return sendJson(
      reply,
      200,
      list.map((session) => toSessionDto(session, session.id === sessionId)),
    );
  });

  app.post('/api/user/revoke-auth-token', taking(sessionBody, signedIn), async (request, reply) => {
    const { authTokenId } = bodyObject(request, sessionBody);
    const { userId, sessionId } = userOf(request, 'entity not allowed to revoke tokens');
    if (authTokenId === sessionId) throw new ServerError('session_is_own');
    await sessions.revoke(userId, authTokenId);
    return sendJson(reply, 200, { message: 'User auth token revoked' });
  });

  app.get('/api/access-control/user/permissions', signedIn, (request, reply) => sendJson(reply, 200, permissionsOf(identityOf(request))));
  app.get('/api/access-control/user/actions', signedIn, (request, reply) =>
    sendJson(reply, 200, Object.fromEntries(Object.keys(permissionsOf(identityOf(request))).map((action) => [action, true]))),
  );
}

/** A change with what Grafana does to it. @throws ServerError `user_name_missing` */
export function toProfileChange({ login, email, ...rest }: z.infer<typeof profileBody>) {
  const change = { ...rest, email: email.trim(), login: login.trim() || email.trim() };
  if (change.login === '') throw new ServerError('user_name_missing');
  return change;
}
