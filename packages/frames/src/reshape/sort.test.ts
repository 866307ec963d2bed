import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { bool, field, float64, frame, int64, json, time, utf8 } from '../build/index.ts';
import { sampleFrame } from '../fixtures/sample-frames.ts';
import { Frame } from '../model/index.ts';
import { sortFrame } from './index.ts';

const sorted = (source: Frame, ...by: Parameters<typeof sortFrame>[1][]) => sortFrame(source, by.flat()).fields[0].toArray();

test('rows are sorted by any kind, in both directions, null last and NaN before it', () => {
  const of = (input: Parameters<typeof field>[1]) => new Frame('', [field('x', input)]);
  const down = { field: 'x', descending: true };
  const numbers = of(float64([2, Number.NaN, null, -1, Number.POSITIVE_INFINITY]));
  assert.deepEqual(sorted(numbers, 'x'), [-1, 2, Number.POSITIVE_INFINITY, Number.NaN, null]);
  assert.deepEqual(sorted(numbers, down), [Number.POSITIVE_INFINITY, 2, -1, Number.NaN, null]);
  assert.deepEqual(sorted(of(utf8(['b', '😀', null, '\uffff', '', 'a'])), 'x'), ['', 'a', 'b', '\uffff', '😀', null]);
  assert.deepEqual(sorted(of(int64([2n ** 62n, -(2n ** 63n), 2n ** 62n - 1n])), down), [2n ** 62n, 2n ** 62n - 1n, -(2n ** 63n)]);
  assert.deepEqual(sorted(of(time.fromNanos([3n, null, 1n])), 0), [1n, 3n, null]);
  assert.deepEqual(sorted(of(bool([true, null, false])), 'x'), [false, true, null]);
  assert.deepEqual(sorted(of(json([{ b: 1 }, null, 'a'])), 'x'), ['"a"', '{"b":1}', null]);
});

test('further fields decide between equal ones, and rows that are equal keep their order', () => {
  const source = frame(
    'n',
    { id: int64([0n, 1n, 2n, 3n, 4n]), a: utf8(['y', 'x', 'y', 'x', 'x']), b: float64([1, 2, 3, 2, 5], { config: { unit: 's' } }) },
    { refId: 'A' },
  );
  assert.deepEqual(sorted(source, 'a'), [1n, 3n, 4n, 0n, 2n]);
  const both = sortFrame(source, ['a', { field: 2, descending: true }]);
  assert.deepEqual(both.fields[0].toArray(), [4n, 1n, 3n, 2n, 0n]);
  assert.deepEqual([both.name, both.refId, both.fields[2].config], ['n', 'A', { unit: 's' }]);
});

test('a frame in order is returned as it is', () => {
  const source = frame('', { a: float64([1, 2, 2, null]) });
  assert.equal(sortFrame(source, 'a'), source);
  assert.equal(sortFrame(source, []), source);
});

test('a field that is not there is refused with those that are', () => {
  assert.throws(() => sortFrame(frame('', { a: float64([1]) }), 'b'), { code: 'field_unknown', message: /"b".*its fields are: "a"/ });
  assert.throws(() => sortFrame(frame('', {}), 0), { code: 'field_unknown', message: /none/ });
});

test('every kind keeps its cells: rows move as a whole', () => {
  const source = sampleFrame(300).slice(3, 290);
  fc.assert(
    fc.property(fc.nat(source.fields.length - 1), fc.boolean(), (index, descending) => {
      const result = sortFrame(source, { field: index, descending });
      assert.deepEqual(rowTexts(result).sort(), rowTexts(source).sort());
    }),
    { seed: 1, numRuns: 40 },
  );
});

function rowTexts(source: Frame): string[] {
  const columns = source.fields.map((part) => part.toArray());
  return Array.from({ length: source.length }, (_, row) =>
    columns.map((cells) => (Object.is(cells[row], -0) ? '-0' : String(cells[row]))).join('|'),
  );
}
