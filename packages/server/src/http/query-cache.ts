import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { CacheSetting } from '../cache/index.ts';
import type { DataSource } from '../datasources/index.ts';
import { identityOf } from './access.ts';
import { bodyObject, taking } from './body.ts';
import { sendJson } from './reply.ts';
import type { Services } from './services.ts';

const update = z.object({
  enabled: z.boolean().optional(),
  useDefaultTTL: z.boolean().optional(),
  ttlQueriesMs: z.number().int().min(0).optional(),
  ttlResourcesMs: z.number().int().min(0).optional(),
});

/** Which data sources keep their answers, and forgetting them (Grafana `docs/sources/developers/http_api/query_and_resource_caching.md`). */
export function addQueryCache(app: FastifyInstance, { config, cache, cacheSettings, dataSources }: Services): void {
  const read = { config: { access: 'datasources.caching:read' } } as const;
  const write = { config: { access: 'datasources.caching:write' } } as const;
  const path = '/api/datasources/:uid/cache';

  app.get(path, read, async (request, reply) => {
    const dataSource = await find(request);
    return answer(reply, dataSource, cacheSettings.get(dataSource), 'Data source cache settings loaded');
  });

  app.post(path, taking(update, write), async (request, reply) => {
    const body = bodyObject(request, update);
    const dataSource = await find(request);
    const old = cacheSettings.get(dataSource);
    const setting = await cacheSettings.update(dataSource, {
      enabled: body.enabled ?? old.enabled,
      useDefaultTtl: body.useDefaultTTL ?? old.useDefaultTtl,
      ttlQueriesMs: body.ttlQueriesMs ?? old.ttlQueriesMs,
      ttlResourcesMs: body.ttlResourcesMs ?? old.ttlResourcesMs,
    });
    return answer(reply, dataSource, setting, 'Data source cache settings updated');
  });

  for (const [name, enabled] of [
    ['enable', true],
    ['disable', false],
  ] as const) {
    app.post(`${path}/${name}`, write, async (request, reply) => {
      const dataSource = await find(request);
      return answer(reply, dataSource, await cacheSettings.update(dataSource, { enabled }), `Data source cache ${name}d`);
    });
  }

  app.post(`${path}/clean`, write, async (request, reply) => {
    const dataSource = await find(request);
    await cache.clear();
    return answer(reply, dataSource, cacheSettings.get(dataSource), 'Data source cache cleaned');
  });

  function find(request: FastifyRequest): Promise<DataSource> {
    return dataSources.get(identityOf(request).orgId, { uid: (request.params as { uid: string }).uid });
  }

  function answer(reply: FastifyReply, { id, uid }: DataSource, setting: CacheSetting, message: string): FastifyReply {
    return sendJson(reply, 200, {
      message,
      dataSourceID: id,
      dataSourceUID: uid,
      enabled: setting.enabled,
      useDefaultTTL: setting.useDefaultTtl,
      ttlQueriesMs: setting.ttlQueriesMs,
      ttlResourcesMs: setting.ttlResourcesMs,
      defaultTTLMs: config.caching.ttlMs,
      created: toTime(setting.createdAtMs),
      updated: toTime(setting.updatedAtMs),
    });
  }
}

/** What was never set is the year 1, as in Go. */
function toTime(ms: number): string {
  return ms === 0 ? '0001-01-01T00:00:00Z' : new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}
