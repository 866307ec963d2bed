import assert from 'node:assert/strict';
import { test } from 'node:test';
import { frameFromObjects } from './index.ts';

const shapeOf = (frame: ReturnType<typeof frameFromObjects>) => frame.fields.map(({ name, kind, nullable }) => [name, kind, nullable]);

test('columns follow the keys in order of first appearance, all nullable, nested values as json', () => {
  const frame = frameFromObjects(
    [
      { b: 1, a: 'x' },
      { a: null, deep: { x: [1] }, when: new Date(5), big: 5n, ok: true, b: undefined },
      { list: [1, 2], b: 2.5 },
    ],
    {},
    { name: 'n', refId: 'A' },
  );
  assert.deepEqual(shapeOf(frame), [
    ['b', 'float64', true],
    ['a', 'string', true],
    ['deep', 'json', true],
    ['when', 'time', true],
    ['big', 'int64', true],
    ['ok', 'bool', true],
    ['list', 'json', true],
  ]);
  assert.deepEqual(frame.field('b')?.toArray(), [1, null, 2.5]);
  assert.deepEqual(frame.field('deep')?.toArray(), [null, '{"x":[1]}', null]);
  assert.deepEqual(frame.field('when')?.toArray(), [null, 5_000_000n, null]);
  assert.deepEqual([frame.name, frame.refId, frame.length], ['n', 'A', 3]);
});

test('a shape gives kinds and comes first, whether or not a row has its keys', () => {
  const shape = { t: 'time', n: { kind: 'int64', nullable: false, config: { unit: 's' }, labels: { a: 'b' } }, free: {} } as const;
  const frame = frameFromObjects([{ other: 1, n: 2, t: '1970-01-01T00:00:01Z' }], shape);
  assert.deepEqual(shapeOf(frame), [
    ['t', 'time', true],
    ['n', 'int64', false],
    ['free', 'string', true],
    ['other', 'float64', true],
  ]);
  assert.deepEqual(
    frame.fields.map((field) => field.get(0)),
    [1_000_000_000n, 2n, null, 1],
  );
  assert.deepEqual([frame.fields[1].config, frame.fields[1].labels], [{ unit: 's' }, { a: 'b' }]);
  assert.deepEqual(shapeOf(frameFromObjects([{ other: 1, n: 2 }], shape, { onlyShape: true })).length, 3);
  assert.deepEqual(shapeOf(frameFromObjects([], shape)).length, 3);
  assert.throws(() => frameFromObjects([{ n: 1 }, { n: 'x' }], shape), { code: 'cell_invalid', message: /field "n".*row 1/ });
});

test('keys that every object inherits are columns only where an object has them', () => {
  const rows = [{ a: 1 }, JSON.parse('{"toString":"x","__proto__":"y"}')];
  const frame = frameFromObjects(rows);
  assert.deepEqual(frame.field('toString')?.toArray(), [null, 'x']);
  assert.deepEqual(frame.field('__proto__')?.toArray(), [null, 'y']);
});

test('a limit leaves rows out with a warning', () => {
  const frame = frameFromObjects([{ a: 1 }, { a: 2 }], {}, { limit: 1 });
  assert.equal(frame.length, 1);
  assert.equal(frame.meta?.notices?.[0].severity, 'warning');
});
