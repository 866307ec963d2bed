import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openTestServer } from '../fixtures/test-server.ts';

interface Operation {
  readonly security?: readonly unknown[];
  readonly 'x-access': unknown;
  readonly parameters?: readonly { readonly name: string }[];
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
    ['uid', 'rest'],
  );
  assert.deepEqual(paths['/api/health']?.get?.security, []);
  for (const path of ['/api/ds/query', '/api/datasources/proxy/uid/{uid}/{rest}', '/api/plugins', '/metrics']) assert.ok(paths[path], path);
});

test('operations have names of their own', async () => {
  const { paths } = await describe();
  const ids = Object.values(paths).flatMap((operations) =>
    Object.values(operations).map((one) => (one as { operationId?: string }).operationId),
  );
  assert.equal(new Set(ids).size, ids.length);
});
