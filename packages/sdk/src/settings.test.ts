import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { z } from 'zod';
import { parseSettings, secureSettings } from './settings.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

test('a secret is read by name and seen in no other way', () => {
  const secure = secureSettings({ apiKey: 'hunter2', other: 'x' }, ['apiKey', 'missing']);
  assert.equal(secure.apiKey, 'hunter2');
  assert.equal(secure.missing, undefined);
  assert.equal(secure.other, undefined, 'not declared');
  const { apiKey } = secure;
  assert.equal(apiKey, 'hunter2');
  for (const text of [inspect(secure), inspect({ deep: { secure } }), JSON.stringify(secure), JSON.stringify({ ...secure }), `${secure}`])
    assert.ok(!text.includes('hunter2'), text);
  assert.match(inspect(secure), /apiKey: '\[secret\]'/);
});

test('a secret that was left empty is undefined, and so is one with a name that every object has', () => {
  const secure = secureSettings({ apiKey: '' }, ['apiKey', 'constructor']);
  assert.deepEqual([secure.apiKey, secure.constructor], [undefined, undefined]);
});

test('settings without bytes are an empty object, as Grafana sends them', async () => {
  const parsed = await parseSettings({ jsonData: bytes(''), secure: {} }, { jsonData: z.object({ port: z.number().default(80) }) });
  assert.deepEqual(parsed.jsonData, { port: 80 });
});

test('wrong settings name their fields and keep the secrets to themselves', async () => {
  const spec = { jsonData: z.object({ url: z.url(), port: z.number() }), secure: ['apiKey'] };
  await assert.rejects(parseSettings({ jsonData: bytes('{"url":"nope"}'), secure: { apiKey: 'hunter2' } }, spec), (error) => {
    assert.ok(error instanceof Error && 'status' in error);
    assert.equal(error.status, 400);
    assert.match(error.message, /^invalid settings: url: .*; port: /);
    return !inspect(error).includes('hunter2');
  });
  await assert.rejects(parseSettings({ jsonData: bytes('{'), secure: {} }, {}), /jsonData is not JSON/);
});
