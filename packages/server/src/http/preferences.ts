import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { PreferencesOwner } from '../auth/index.ts';
import { ServerError } from '../errors/index.ts';
import { identityOf, userOf } from './access.ts';
import { bodyObject, taking } from './body.ts';
import { sendJson } from './reply.ts';
import type { Services } from './services.ts';

const text = z.string().optional();
const body = z.object({
  theme: text,
  timezone: text,
  weekStart: text,
  language: text,
  regionalFormat: text,
  homeDashboardUID: text,
  navbar: z.object({ bookmarkUrls: z.array(z.string()).optional() }).optional(),
  queryHistory: z.object({ homeTab: z.string().optional() }).optional(),
});
const themes = ['', 'light', 'dark', 'system'];

/** Preferences of users and organisations, which only frontends follow (Grafana `pkg/services/preference/prefapi`). */
export function addPreferences(app: FastifyInstance, { preferences }: Services): void {
  const ofUser = (request: FastifyRequest): PreferencesOwner => {
    const { orgId, userId } = userOf(request);
    return { orgId, userId };
  };
  const ofOrg = (request: FastifyRequest): PreferencesOwner => ({ orgId: identityOf(request).orgId });
  for (const [path, owner, read, write] of [
    ['/api/user/preferences', ofUser, 'signed-in', 'signed-in'],
    ['/api/org/preferences', ofOrg, 'orgs.preferences:read', 'orgs.preferences:write'],
  ] as const) {
    app.get(path, { config: { access: read } }, async (request, reply) => sendJson(reply, 200, await preferences.get(owner(request))));
    app.put(path, taking(body, { config: { access: write } }), async (request, reply) => {
      await preferences.set(owner(request), filled(bodyObject(request, body)));
      return sendJson(reply, 200, { message: 'Preferences updated' });
    });
    app.patch(path, taking(body, { config: { access: write } }), async (request, reply) => {
      const change = filled(bodyObject(request, body));
      await preferences.set(owner(request), { ...(await preferences.get(owner(request))), ...change });
      return sendJson(reply, 200, { message: 'Preferences updated' });
    });
  }
}

/** What is set; empty texts are not. @throws ServerError `theme_unknown` */
function filled({ theme = '', ...rest }: z.infer<typeof body>): Record<string, unknown> {
  if (!themes.includes(theme)) throw new ServerError('theme_unknown');
  return Object.fromEntries(Object.entries({ theme, ...rest }).filter(([, value]) => value !== undefined && value !== ''));
}
