import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { isSchema, type StandardSchema, validate } from './schema.ts';

test('the output of a valid value is what the schema made of it, without a promise when it needs none', () => {
  const result = validate(z.object({ a: z.number(), b: z.string().default('x') }), { a: 1, c: 2 });
  assert.deepEqual(result, { ok: true, value: { a: 1, b: 'x' } });
});

test('every wrong field is named by its path', () => {
  const schema = z.object({ metric: z.enum(['temp']), filters: z.array(z.object({ key: z.string() })) });
  const result = validate(schema, { metric: 'rain', filters: [{ key: 'a' }, { key: 4 }] });
  assert.ok(!(result instanceof Promise) && !result.ok);
  assert.match(result.problem, /^metric: .*temp.*; filters\[1\]\.key: .*string/);
});

test('a schema that answers later is awaited', async () => {
  const slow: StandardSchema = { '~standard': { version: 1, vendor: 'test', validate: async () => ({ issues: [{ message: 'no' }] }) } };
  assert.deepEqual(await validate(slow, 1), { ok: false, problem: 'no' });
});

test('a promise of another make is awaited too, and does not pass for a valid value', async () => {
  // biome-ignore lint/suspicious/noThenProperty: it stands for the promise of some library
  const validating = { then: (resolve: (result: unknown) => void) => resolve({ issues: [{ message: 'no' }] }) };
  const schema = { '~standard': { version: 1, vendor: 'test', validate: () => validating } } as unknown as StandardSchema;
  assert.deepEqual(await validate(schema, 1), { ok: false, problem: 'no' });
});

test('only objects with the interface are schemas', () => {
  assert.ok(isSchema(z.string()));
  for (const other of [undefined, null, {}, 'x', { one: z.string() }]) assert.equal(isSchema(other), false);
});
