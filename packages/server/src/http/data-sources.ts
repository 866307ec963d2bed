import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { accessTo } from '../auth/index.ts';
import { Secret } from '../config/index.ts';
import { type DataSource, type DataSourceInput, isParsableUrl, toDto, toListItem } from '../datasources/index.ts';
import { ServerError, type ServerErrorCode } from '../errors/index.ts';
import { formatJson, isJsonObject } from '../json/index.ts';
import { identityOf } from './access.ts';
import { anyJson, bodyObject, taking, textsByName } from './body.ts';
import { sendJson } from './reply.ts';
import type { Services } from './services.ts';

const fields = {
  name: z.string().optional(),
  type: z.string().min(1),
  access: z.string().min(1),
  url: z.string().optional(),
  user: z.string().optional(),
  database: z.string().optional(),
  basicAuth: z.boolean().optional(),
  basicAuthUser: z.string().optional(),
  withCredentials: z.boolean().optional(),
  isDefault: z.boolean().optional(),
  jsonData: anyJson,
  secureJsonData: textsByName.optional(),
  uid: z.string().optional(),
  apiVersion: z.string().optional(),
};
const newDataSource = z.object(fields);
const changedDataSource = z.object({ ...fields, name: z.string().min(1), version: z.number().int().optional() });

type Key = { readonly uid: string } | { readonly id: number } | { readonly name: string };
type Params = { readonly uid?: string; readonly id?: string; readonly name?: string };

/** Creating, reading, changing and removing data sources (Grafana `pkg/api/datasources.go`). */
export function addDataSources(app: FastifyInstance, services: Services): void {
  const { dataSources, catalog } = services;
  const read = { config: { access: 'datasources:read' } } as const;
  const write = { config: { access: 'datasources:write' } } as const;
  const remove = { config: { access: 'datasources:delete' } } as const;

  app.get('/api/datasources', read, async (request, reply) => {
    const list = await dataSources.list(identityOf(request).orgId);
    return sendJson(
      reply,
      200,
      list.map((one) => toListItem({ ...one, type: catalog.find(one.type)?.id ?? one.type }, catalog.face(one.type))),
    );
  });

  app.post('/api/datasources', taking(newDataSource, { config: { access: 'datasources:create' } }), async (request, reply) => {
    const body = bodyObject(request, newDataSource);
    const added = await dataSources.add(identityOf(request).orgId, toInput(body));
    return sendJson(reply, 200, { datasource: await dto(added), id: added.id, message: 'Datasource added', name: added.name });
  });

  for (const path of ['/api/datasources/uid/:uid', '/api/datasources/:id', '/api/datasources/name/:name']) {
    app.get(path, read, async (request, reply) => {
      const found = await dto(await find(request, 'data_source_id_missing'));
      const { accesscontrol } = request.query as { accesscontrol?: string };
      const isAsked = accesscontrol === 'true' && !path.includes('/name/');
      return sendJson(reply, 200, isAsked ? { ...found, accessControl: accessTo(identityOf(request), 'datasources:*') } : found);
    });
    app.delete(path, remove, async (request, reply) => {
      const found = await find(request, 'data_source_id_missing_delete');
      if (found.readOnly) throw new ServerError('data_source_read_only_delete', { uid: found.uid });
      await dataSources.remove(found.orgId, found.id);
      const message = 'Data source deleted';
      return sendJson(reply, 200, path.endsWith(':id') ? { message } : { id: found.id, message });
    });
  }

  for (const path of ['/api/datasources/uid/:uid', '/api/datasources/:id']) {
    app.put(path, taking(changedDataSource, write), async (request, reply) => {
      const key = toKey(request.params as Params, 'data_source_id_missing');
      const body = bodyObject(request, changedDataSource);
      const input = toInput(body);
      const found = await dataSources.get(identityOf(request).orgId, key);
      if (found.readOnly) throw new ServerError('data_source_read_only_update', { uid: found.uid });
      const updated = await dataSources.update(found.orgId, found.id, { ...input, version: body.version });
      return sendJson(reply, 200, { datasource: await dto(updated), id: updated.id, message: 'Datasource updated', name: updated.name });
    });
  }

  app.get('/api/datasources/id/:name', { config: { access: 'datasources.id:read' } }, async (request, reply) => {
    const { id } = await find(request, 'data_source_id_missing');
    return sendJson(reply, 200, { id });
  });

  // Correlations link one data source to another in the frontend; none can be made here.
  app.get('/api/datasources/correlations', read, (request, reply) => {
    const { page, limit } = request.query as Record<string, unknown>;
    const number = (text: unknown) => (typeof text === 'string' && /^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined);
    return sendJson(reply, 200, { correlations: [], totalCount: 0, page: number(page) ?? 1, limit: Math.min(number(limit) ?? 100, 1000) });
  });
  app.get('/api/datasources/uid/:uid/correlations', read, async (request, reply) => {
    const { uid } = request.params as { readonly uid: string };
    if ((await dataSources.find(identityOf(request).orgId, { uid })) === undefined) throw new ServerError('correlation_source_missing');
    return sendJson(reply, 200, []);
  });

  function find(request: FastifyRequest, whenMissing: ServerErrorCode): Promise<DataSource> {
    return dataSources.get(identityOf(request).orgId, toKey(request.params as Params, whenMissing));
  }

  async function dto(dataSource: DataSource): Promise<Record<string, unknown>> {
    return toDto(dataSource, await dataSources.secretsOf(dataSource), catalog.face(dataSource.type));
  }
}

/**
 * How a path names a data source.
 *
 * @param whenMissing the code for an id of 0; when deleting, also for a negative one
 * @throws ServerError `data_source_id_invalid` or that code
 */
export function toKey(
  { uid, id, name }: Params,
  whenMissing: ServerErrorCode,
  whenInvalid: ServerErrorCode = 'data_source_id_invalid',
): Key {
  if (uid !== undefined) return { uid };
  if (name !== undefined) return { name };
  const text = id ?? '';
  const number = /^[+-]?\d+$/.test(text) ? BigInt(text) : undefined;
  if (number === undefined || BigInt.asIntN(64, number) !== number) throw new ServerError(whenInvalid);
  if (number === 0n || (number < 0n && whenMissing === 'data_source_id_missing_delete')) throw new ServerError(whenMissing);
  return { id: Number(number) };
}

function toInput(body: z.infer<typeof newDataSource>): DataSourceInput {
  const { secureJsonData = {}, jsonData, name = '', ...rest } = body;
  if (rest.url !== undefined && rest.url !== '' && !isParsableUrl(rest.url)) throw new ServerError('data_source_url_invalid');
  if (isJsonObject(jsonData) && jsonData.teamHttpHeaders !== undefined) throw new ServerError('data_source_team_headers');
  return {
    ...rest,
    name,
    jsonData: jsonData === undefined || jsonData === null ? '{}' : formatJson(jsonData),
    secrets: Object.fromEntries(Object.entries(secureJsonData).map(([key, value]) => [key, new Secret(value)])),
  };
}
