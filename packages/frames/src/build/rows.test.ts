import assert from 'node:assert/strict';
import { test } from 'node:test';
import { frameFromRows } from './index.ts';

test('kinds follow the values, and every column is nullable unless said otherwise', () => {
  const date = new Date(1000);
  const rows = [
    [1, 1n, 'a', true, date, Uint8Array.of(104, 105), { x: 1 }, null, 1],
    [1.5, 2n, null, false, null, null, [2], null, 'mixed'],
  ];
  const frame = frameFromRows(
    'abcdefghi'.split('').map((name) => ({ name })),
    rows,
  );
  assert.deepEqual(
    frame.fields.map(({ kind }) => kind),
    ['float64', 'int64', 'string', 'bool', 'time', 'string', 'json', 'string', 'string'],
  );
  assert.ok(frame.fields.every(({ nullable }) => nullable));
  assert.deepEqual(
    frame.fields.map((field) => field.get(0)),
    [1, 1n, 'a', true, 1_000_000_000n, 'hi', '{"x":1}', null, '1'],
  );
  assert.equal(frameFromRows([{ name: 'a', nullable: false }], [[1]]).fields[0].nullable, false);
  assert.equal(frameFromRows([{ name: 'a' }], [[1n], [1.5]]).fields[0].kind, 'float64');
});

test('a given kind converts what databases return for it', () => {
  const cell = (kind: 'time' | 'int64' | 'float64' | 'bool' | 'string', value: unknown) =>
    frameFromRows([{ name: 'a', kind }], [[value]]).fields[0].get(0);
  assert.equal(cell('time', 1), 1_000_000n);
  assert.equal(cell('time', 1n), 1n);
  assert.equal(cell('time', '1970-01-01T00:00:01Z'), 1_000_000_000n);
  assert.equal(cell('int64', 5), 5n);
  assert.equal(cell('int64', '-9007199254740993'), -9007199254740993n);
  assert.equal(cell('float64', '1.5'), 1.5);
  assert.equal(cell('float64', 3n), 3);
  assert.equal(cell('bool', 0), false);
  assert.equal(cell('bool', 1n), true);
  assert.equal(cell('string', 5), '5');
});

test('a value that cannot be converted names its column and row', () => {
  for (const [kind, value] of [
    ['time', 'yesterday'],
    ['int64', 1.5],
    ['float64', 'much'],
    ['bool', 2],
    ['int8', 300],
    ['time', Number.NaN],
  ] as const)
    assert.throws(() => frameFromRows([{ name: 'col', kind }], [[null], [value]]), { code: 'cell_invalid', message: /field "col"/ }, kind);
});

test('rows beyond the limit are left out, with a warning', () => {
  const rows = [[1], [2], [3]];
  const limited = frameFromRows([{ name: 'a' }], rows, { limit: 2, name: 'n', refId: 'A' });
  assert.equal(limited.length, 2);
  assert.deepEqual(limited.meta, {
    typeVersion: [0, 0],
    notices: [{ severity: 'warning', text: 'Results have been limited to 2 because the SQL row limit was reached' }],
  });
  assert.equal(frameFromRows([{ name: 'a' }], rows, { limit: 3 }).meta, undefined);
});
