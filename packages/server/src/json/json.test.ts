import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createFieldFinder, formatJson, isJsonObject, JsonNumber, type JsonObject, parseJson, toRawJson } from './index.ts';

test('numbers keep their spelling and keys are sorted', () => {
  const text = '{"z":1.50,"big":9007199254740993,"exp":1e2,"a":"\\u003cb>","n":-0}';
  assert.equal(formatJson(parseJson(text)), '{"a":"\\u003cb\\u003e","big":9007199254740993,"exp":1e2,"n":-0,"z":1.50}');
});

test('every JSON value reads as JSON.parse reads it', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
      const text = JSON.stringify(value, null, 1);
      assert.deepEqual(JSON.parse(formatJson(parseJson(text))), JSON.parse(text));
    }),
  );
});

test('text that JSON.parse refuses is refused with an offset', () => {
  for (const text of [
    '',
    '{',
    '[1,]',
    '{"a"}',
    '{"a":1,}',
    "{'a':1}",
    '01',
    '+1',
    '.5',
    'nul',
    '"\n"',
    '"\\x"',
    '[1 2]',
    '\ufeff{}',
    '1 2',
  ]) {
    assert.throws(() => parseJson(text), /at offset \d+/, text);
  }
});

test('text after the value is ignored when asked', () => {
  assert.equal(formatJson(parseJson('{"a":1} trailing', { ignoreTrailing: true })), '{"a":1}');
});

test('nesting has a limit', () => {
  assert.throws(() => parseJson('['.repeat(1500) + ']'.repeat(1500)), /nesting deeper than 1000/);
});

test('the number of values has a limit, the length of a text has none', () => {
  assert.equal(formatJson(parseJson('[1,{"a":2}]', { maxValues: 4 })), '[1,{"a":2}]');
  assert.throws(() => parseJson('[1,{"a":2},3]', { maxValues: 4 }), /more than 4 values at offset 11/);
  assert.throws(() => parseJson(`[${'1,'.repeat(2_000_000)}1]`), /more than 250000 values/);
});

test('a key named __proto__ is an ordinary key', () => {
  const value = parseJson('{"__proto__":{"polluted":1}}');
  assert.ok(isJsonObject(value));
  assert.deepEqual(Object.keys(value), ['__proto__']);
  assert.equal(({} as Record<string, unknown>).polluted, undefined);
});

test('fields are found in any case of letters, the exact name first, also among very many', () => {
  const field = createFieldFinder({ QUERIES: 'other', queries: 'exact', From: 'from' });
  assert.deepEqual([field('queries'), field('from'), field('none')], ['exact', 'from', undefined]);
  let listings = 0;
  const ownKeys = (object: JsonObject) => {
    listings++;
    return Reflect.ownKeys(object);
  };
  const many: JsonObject = new Proxy(Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`key${index}`, true])), { ownKeys });
  const find = createFieldFinder(many);
  for (let index = 0; index < 20; index++) assert.equal(find(`KEY${index}x`), undefined);
  assert.equal(find('KEY7'), true);
  assert.ok(listings <= 1, `keys are listed once, not ${listings} times`);
});

test('only integers of 64 bits are integers', () => {
  assert.equal(new JsonNumber('9223372036854775807').toInt64(), 9223372036854775807n);
  for (const text of ['9223372036854775808', '1.0', '1e2', '1'.repeat(1_000_000)]) assert.equal(new JsonNumber(text).toInt64(), undefined);
});

test('raw JSON inside JSON.stringify keeps digits', () => {
  assert.equal(JSON.stringify({ jsonData: toRawJson(parseJson('{"big":9007199254740993}')) }), '{"jsonData":{"big":9007199254740993}}');
});

test('strings of megabytes with escapes are read, and unending ones refused, in one pass', () => {
  const long = `${'a'.repeat(2_000_000)}\n"${'\\'.repeat(1001)}`;
  assert.equal(parseJson(JSON.stringify(long)), long);
  assert.throws(() => parseJson(`"${'\\"'.repeat(500_000)}`), /a string that does not end/);
});
