import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openTestServer } from '../fixtures/test-server.ts';
import { ANSWERS, QUERY_PARAMETERS } from './answers.ts';

interface Operation {
  readonly security?: readonly unknown[];
  readonly 'x-access': unknown;
  readonly parameters?: readonly { readonly name: string }[];
  readonly responses: Readonly<
    Record<string, { readonly content: Readonly<Record<string, { readonly schema?: { readonly required: string[] } }>> }>
  >;
  readonly requestBody?: {
    readonly content: { readonly 'application/json': { readonly schema: { readonly required?: string[]; readonly properties: object } } };
  };
}

async function describe() {
  await using server = await openTestServer();
  const { status, body } = await server.call('GET', '/public/openapi3.json');
  assert.equal(status, 200);
  return body as { openapi: string; paths: Record<string, Record<string, Operation>> };
}

test('every route is described, with who may use it and the schema that reads its body', async () => {
  const { openapi, paths } = await describe();
  assert.equal(openapi, '3.1.0');
  const add = paths['/api/datasources']?.post;
  const { required, properties } = add?.requestBody?.content['application/json'].schema ?? {};
  assert.deepEqual(required, ['type', 'access']);
  assert.ok(Object.keys(properties ?? {}).includes('secureJsonData'));
  assert.equal(add?.['x-access'], 'datasources:create');
  assert.deepEqual(
    paths['/api/datasources/uid/{uid}/resources/{rest}']?.delete?.parameters?.map(({ name }) => name),
    ['uid', 'rest', 'X-Grafana-Org-Id'],
  );
  assert.deepEqual(paths['/api/health']?.get?.security, []);
  for (const path of ['/api/ds/query', '/api/datasources/proxy/uid/{uid}/{rest}', '/api/plugins', '/metrics']) assert.ok(paths[path], path);
});

test('answers and parameters are described of routes that are there', async () => {
  await using server = await openTestServer();
  const routes = new Set(server.app.guardedRoutes.flatMap(({ method, url }) => [`${method} ${url}`, `ANY ${url}`]));
  for (const name of [...Object.keys(ANSWERS), ...Object.keys(QUERY_PARAMETERS)]) assert.ok(routes.has(name), `${name} is not there`);
  const { paths } = await describe();
  const shown = paths['/api/datasources/uid/{uid}']?.get;
  assert.deepEqual(
    shown?.parameters?.map(({ name }) => name),
    ['uid', 'accesscontrol', 'X-Grafana-Org-Id'],
  );
  assert.ok(shown?.responses['2XX']?.content['application/json']?.schema?.required.includes('secureJsonFields'));
});

test('operations have names of their own', async () => {
  const { paths } = await describe();
  const ids = Object.values(paths).flatMap((operations) =>
    Object.values(operations).map((one) => (one as { operationId?: string }).operationId),
  );
  assert.equal(new Set(ids).size, ids.length);
});
