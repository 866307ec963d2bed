import type { FastifyInstance } from 'fastify';
import { countAccounts } from '../auth/index.ts';
import { CONFIG_SECTIONS, type Config, Secret } from '../config/index.ts';
import { describeError } from '../errors/index.ts';
import { sendJson } from './reply.ts';
import type { Services } from './services.ts';

const dayMs = 86_400_000;

/** The settings and numbers of the server, and applying provisioning files again. */
export function addAdmin(app: FastifyInstance, { reload, config, store, now, logger }: Services): void {
  app.get('/api/admin/settings', { config: { access: 'settings:read' } }, (_request, reply) => sendJson(reply, 200, toSections(config)));

  app.get('/api/admin/stats', { config: { access: 'server.stats:read' } }, async (_request, reply) => {
    const stats = await countAccounts(store, now());
    const { orgs, dataSources: datasources, sessions, dailySessions, count } = stats;
    return sendJson(reply, 200, {
      ...{ orgs, dashboards: 0, snapshots: 0, tags: 0, datasources, playlists: 0, stars: 0, alerts: 0 },
      ...{ users: count(undefined), admins: count('Admin'), editors: count('Editor'), viewers: count('Viewer') },
      ...{ activeUsers: count(undefined, 30 * dayMs), activeAdmins: count('Admin', 30 * dayMs) },
      ...{ activeEditors: count('Editor', 30 * dayMs), activeViewers: count('Viewer', 30 * dayMs) },
      ...{ activeSessions: sessions, activeDevices: 0, monthlyActiveUsers: count(undefined, 30 * dayMs) },
      ...{ dailyActiveUsers: count(undefined, dayMs), dailyActiveAdmins: count('Admin', dayMs) },
      ...{ dailyActiveEditors: count('Editor', dayMs), dailyActiveViewers: count('Viewer', dayMs) },
      dailyActiveSessions: dailySessions,
    });
  });

  app.post('/api/admin/provisioning/datasources/reload', { config: { access: 'provisioning:reload' } }, async (_request, reply) => {
    await told(reload.datasources());
    return sendJson(reply, 200, { message: 'Datasources config reloaded' });
  });

  app.post('/api/admin/provisioning/plugins/reload', { config: { access: 'provisioning:reload' } }, async (_request, reply) => {
    await told(reload.plugins());
    return sendJson(reply, 200, { message: 'Plugins config reloaded' });
  });

  /** The client reads where it is wrong, the log also what. */
  async function told(applied: Promise<void>): Promise<void> {
    await applied.catch((error: unknown) => {
      logger.warn('Provisioning files were not applied', { error: describeError(error) });
      throw error;
    });
  }
}

const MASK = '*********';
const telling = /pass|secret|token|key|dsn|credential/i;

/** All keys that are followed, as texts by section; what is secret, or is called so in the settings of a plugin, is masked. */
function toSections(config: Config): Record<string, Record<string, string>> {
  const own = Object.entries(CONFIG_SECTIONS).map(([name, { section, keys }]) => {
    const values = config[name as keyof typeof CONFIG_SECTIONS] as Readonly<Record<string, unknown>>;
    return [section, Object.fromEntries(Object.entries(keys).map(([field, { key }]) => [key, toText(values[field])]))];
  });
  const plugins = Object.entries(config.pluginSettings).map(([id, values]) => {
    const shown = Object.entries(values).map(([key, value]) => [key, telling.test(key) && value !== '' ? MASK : value]);
    return [`plugin.${id}`, Object.fromEntries(shown)];
  });
  return Object.fromEntries([...own, ...plugins]);
}

function toText(value: unknown): string {
  if (value === undefined) return '';
  if (value instanceof Secret) return MASK;
  return Array.isArray(value) ? value.join(',') : String(value);
}
