import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { HostErrorCode } from '@backplane/host';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { isAllowed } from '../auth/index.ts';
import { Secret } from '../config/index.ts';
import { ServerError, type ServerErrorCode } from '../errors/index.ts';
import { formatJson } from '../json/index.ts';
import { toCallError, toListItem, toSettings } from '../plugins/index.ts';
import { identityOf } from './access.ts';
import { anyJson, bodyObject, taking, textsByName } from './body.ts';
import { callSignal } from './client-gone.ts';
import { mayReadMetrics } from './metrics-auth.ts';
import { sendJson } from './reply.ts';
import type { Services } from './services.ts';

const settingsBody = z.object({
  enabled: z.boolean().default(false),
  pinned: z.boolean().default(false),
  jsonData: anyJson,
  secureJsonData: textsByName.optional(),
});

/** How Grafana names the reasons why a plugin is not there; all others are a failed start. */
const loadFailures: Readonly<Partial<Record<HostErrorCode, LoadFailure>>> = {
  signature_missing: { errorCode: 'signatureMissing', status: 'unsigned', settings: 'plugin_unsigned' },
  signature_modified: { errorCode: 'signatureModified', status: 'modified', settings: 'plugin_modified' },
  signature_invalid: { errorCode: 'signatureInvalid', status: 'invalid', settings: 'plugin_signature_invalid' },
};

interface LoadFailure {
  readonly errorCode: string;
  /** What is wrong with the signature. */
  readonly status: string;
  readonly settings: ServerErrorCode;
}

/** The list of plugins, their settings and their metrics (Grafana `pkg/api/plugins.go`). */
export function addPlugins(app: FastifyInstance, services: Services): void {
  const { catalog, pluginSettings, config } = services;

  app.get('/api/plugins', { config: { access: 'signed-in' } }, async (request, reply) => {
    const identity = identityOf(request);
    const { type, enabled, core, embedded } = request.query as Record<string, string | undefined>;
    const items = [];
    for (const plugin of catalog.list()) {
      const isCore = catalog.isCore(plugin);
      // Only those who manage plugins or data sources see what does not ship with the server.
      if (!isCore && !isAllowed(identity, 'plugins:write')) continue;
      if ((core === '0' && isCore) || (core === '1' && !isCore)) continue;
      if (type !== undefined && type !== '' && plugin.manifest.type !== type) continue;
      if (embedded === '0' && plugin.parentId !== undefined) continue;
      const item = toListItem(plugin, await pluginSettings.state(identity.orgId, plugin));
      if (enabled !== '1' || item.enabled === true) items.push(item);
    }
    return sendJson(reply, 200, items);
  });

  app.get('/api/plugins/errors', { config: { access: 'signed-in' } }, async (_request, reply) => {
    const told = catalog.problems().flatMap(({ pluginId, stage, code }) => {
      if (pluginId === undefined || stage === 'discovery') return [];
      const { errorCode = 'failedBackendStart', status } = loadFailures[code] ?? {};
      return [{ errorCode, pluginId, ...(status !== undefined && { status }) }];
    });
    return sendJson(reply, 200, told);
  });

  app.get('/api/plugins/:pluginId/settings', { config: { access: 'signed-in' } }, async (request, reply) => {
    const identity = identityOf(request);
    const { pluginId } = request.params as { pluginId: string };
    const problem = catalog.problems().find((other) => other.pluginId === pluginId);
    if (problem !== undefined && catalog.find(pluginId) === undefined) {
      throw new ServerError(loadFailures[problem.code]?.settings ?? 'plugin_start_failed', { pluginId });
    }
    const plugin = catalog.get(pluginId, 'plugin_unknown');
    if (plugin.manifest.type === 'app' && !isAllowed(identity, 'plugins.app:access'))
      throw new ServerError('access_denied', { actions: 'plugins.app:access' });
    return sendJson(reply, 200, toSettings(plugin, await pluginSettings.state(identity.orgId, plugin)));
  });

  app.post('/api/plugins/:pluginId/settings', taking(settingsBody, { config: { access: 'plugins:write' } }), async (request, reply) => {
    const { enabled, pinned, jsonData, secureJsonData = {} } = bodyObject(request, settingsBody);
    const plugin = catalog.get((request.params as { pluginId: string }).pluginId, 'plugin_not_installed');
    await pluginSettings.update(identityOf(request).orgId, plugin, {
      enabled,
      pinned,
      jsonData: jsonData === undefined || jsonData === null ? undefined : formatJson(jsonData),
      secrets: Object.fromEntries(Object.entries(secureJsonData).map(([key, value]) => [key, new Secret(value)])),
      pluginVersion: plugin.manifest.info.version,
    });
    return sendJson(reply, 200, { message: 'Plugin settings updated' });
  });

  // Any name that is not found answers the README, and a plugin without one answers nothing.
  app.get('/api/plugins/:pluginId/markdown/:name', { config: { access: 'signed-in' } }, async (request, reply) => {
    const { pluginId, name } = request.params as { pluginId: string; name: string };
    const plugin = catalog.get(pluginId, 'plugin_not_installed');
    // A file system has no longer names.
    const word = /^[\w-]{1,200}$/.test(name) ? name : 'readme';
    const text = await readFirst(plugin.folder, [`${word.toUpperCase()}.md`, `${word.toLowerCase()}.md`, 'README.md', 'readme.md']);
    return reply.code(200).header('content-type', 'text/plain; charset=utf-8').send(text);
  });

  app.get('/api/plugins/:pluginId/dashboards', { config: { access: 'org-admin' } }, async (request, reply) => {
    const plugin = catalog.get((request.params as { pluginId: string }).pluginId, 'plugin_not_found');
    await pluginSettings.assertEnabled(identityOf(request).orgId, plugin);
    return sendJson(reply, 200, []);
  });

  app.get('/api/plugins/:pluginId/metrics', { config: { access: 'org-admin' } }, async (request, reply) => {
    return sendMetrics(request, reply);
  });

  // Prometheus reads this one without an account. Errors have no body here.
  app.get('/metrics/plugins/:pluginId', { config: { access: 'public' } }, async (request, reply) => {
    if (!config.metrics.enabled) throw new ServerError('not_found');
    if (!mayReadMetrics(request, services)) return reply.code(401).send();
    if (catalog.find((request.params as { pluginId: string }).pluginId) === undefined) return reply.code(404).send();
    try {
      return await sendMetrics(request, reply);
    } catch (error) {
      services.logger.warn('Metrics of a plugin could not be read', { path: request.url, error });
      return reply.code(500).send();
    }
  });
  app.get('/metrics/plugins', { config: { access: 'public' } }, (_request, reply) => reply.code(404).send());

  async function sendMetrics(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const plugin = catalog.get((request.params as { pluginId: string }).pluginId);
    try {
      const metrics = await plugin.collectMetrics({}, { signal: callSignal(reply, config.backplane.callTimeoutMs) });
      return reply.code(200).header('content-type', 'text/plain').send(Buffer.from(metrics));
    } catch (error) {
      throw toCallError(error, 'metrics');
    }
  }
}

async function readFirst(folder: string, names: readonly string[]): Promise<Buffer> {
  for (const name of names) {
    try {
      return await readFile(join(folder, name));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  return Buffer.alloc(0);
}
