import assert from 'node:assert/strict';
import { test } from 'node:test';
import { admission, conversion } from '@backplane/protocol/pluginv2';
import { appPlugin, dataSource } from '../declare.ts';
import { servePlugin, sourceContext } from './fixtures/served-plugin.ts';

const pluginContext = sourceContext();
const json = (value: unknown) => Buffer.from(JSON.stringify(value));
const parse = (bytes: Uint8Array | undefined) => JSON.parse(Buffer.from(bytes ?? []).toString());

test('objects are admitted or refused, with reasons and warnings, and completed', async () => {
  const plugin = appPlugin({
    id: 'acme-app',
    admission: {
      validate({ operation, kind, object, oldObject }) {
        if (operation === 'delete') return oldObject.length > 0;
        const { size } = parse(object);
        return size > 10
          ? { allowed: false, message: `${kind.kind} too big`, status: 422 }
          : { allowed: true, warnings: ['nearly too big'] };
      },
      mutate: ({ object }, { user }) => ({ allowed: true, object: { ...parse(object), owner: user?.login } }),
    },
  });
  await using served = await servePlugin(plugin);
  const kind = { group: 'acme.test', version: 'v1', kind: 'Thing' };
  const validate = (request: object) => served.channel.unary(admission.validateAdmission, { pluginContext, kind, ...request });
  const fine = await validate({ operation: 0, objectBytes: json({ size: 9 }) });
  assert.deepEqual([fine.allowed, fine.warnings, fine.result], [true, ['nearly too big'], undefined]);
  const refused = await validate({ operation: 1, objectBytes: json({ size: 11 }) });
  assert.deepEqual([refused.allowed, refused.result?.message, refused.result?.code], [false, 'Thing too big', 422]);
  assert.equal((await validate({ operation: 2, oldObjectBytes: json({}) })).allowed, true);
  const mutated = await served.channel.unary(admission.mutateAdmission, { pluginContext, kind, objectBytes: json({ size: 1 }) });
  assert.deepEqual([mutated.allowed, parse(mutated.objectBytes)], [true, { size: 1, owner: 'ada' }]);
});

test('objects are converted one by one, and queries by a handler of their own', async () => {
  const plugin = dataSource({
    id: 'acme-datasource',
    convert: ({ objects, target }) => objects.map(({ bytes }) => ({ ...parse(bytes), apiVersion: `${target.group}/${target.version}` })),
    convertQueries: (queries) => queries.map((query) => ({ ...query, expr: query.text, text: undefined })),
  });
  await using served = await servePlugin(plugin);
  const convert = (objects: unknown[]) =>
    served.channel.unary(conversion.convertObjects, {
      pluginContext,
      uid: 'u1',
      targetVersion: { group: 'acme.test', version: 'v2' },
      objects: objects.map((object) => ({ raw: json(object), contentType: 'application/json' })),
    });
  const things = await convert([{ a: 1 }, { a: 2 }]);
  assert.equal(things.uid, 'u1');
  assert.deepEqual(
    things.objects.map(({ raw }) => parse(raw)),
    [
      { a: 1, apiVersion: 'acme.test/v2' },
      { a: 2, apiVersion: 'acme.test/v2' },
    ],
  );
  const queries = await convert([
    {
      queries: [
        { refId: 'A', text: 'x' },
        { refId: 'B', text: 'y' },
      ],
    },
  ]);
  assert.deepEqual(
    queries.objects.map(({ raw, contentType }) => [contentType, parse(raw)]),
    [
      ['application/json', { refId: 'A', expr: 'x' }],
      ['application/json', { refId: 'B', expr: 'y' }],
    ],
  );
});

test('what was not declared is not implemented, and a handler that loses objects is told', async () => {
  await using bare = await servePlugin(dataSource({ id: 'a' }));
  await assert.rejects(bare.channel.unary(admission.validateAdmission, { pluginContext }), { code: 12 });
  await assert.rejects(bare.channel.unary(conversion.convertObjects, { pluginContext }), { code: 12 });
  await using lossy = await servePlugin(dataSource({ id: 'a', convert: () => [] }));
  const objects = [{ raw: json({}), contentType: 'application/json' }];
  await assert.rejects(
    lossy.channel.unary(conversion.convertObjects, { pluginContext, objects }),
    /convert was given 1 objects and gave 0 back/,
  );
});

test('handlers that forget their answer are told what to answer', async () => {
  const forget = () => undefined as never;
  await using served = await servePlugin(dataSource({ id: 'a', admission: { validate: forget, mutate: forget }, convert: forget }));
  const { channel } = served;
  for (const method of [admission.validateAdmission, admission.mutateAdmission] as const)
    await assert.rejects(
      channel.unary(method as typeof admission.validateAdmission, { pluginContext }),
      /must answer \{ allowed: true \| false \}/,
    );
  await assert.rejects(channel.unary(conversion.convertObjects, { pluginContext }), /convert must return an array/);
});
