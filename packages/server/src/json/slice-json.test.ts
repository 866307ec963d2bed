import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sliceJson } from './index.ts';

test('a value inside of JSON keeps its blanks', () => {
  const text = ' { "a": [ 1, { "b" : { "c":  "}\\"]" , "d": [] } } ], "a\\u0062": true, "last":-1.5e3 }';
  assert.equal(sliceJson(text, ['a', 1, 'b']), '{ "c":  "}\\"]" , "d": [] }');
  assert.equal(sliceJson(text, ['a', 0]), '1');
  assert.equal(sliceJson(text, ['ab']), 'true');
  assert.equal(sliceJson(text, ['last']), '-1.5e3');
  assert.equal(sliceJson(text, ['a', 1, 'b', 'c']), '"}\\"]"');
  for (const path of [['b'], ['a', 2], ['a', 'x'], ['last', 0]]) assert.equal(sliceJson(text, path), undefined, path.join());
  assert.equal(sliceJson('{"a":1,"a":2}', ['a']), '2');
});
