import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeArrow, encodeArrow } from '../arrow/index.ts';
import { float64, frame } from '../build/index.ts';
import { assertSameFrame } from '../fixtures/assert-frames.ts';
import { sampleFrame } from '../fixtures/sample-frames.ts';
import { decodeFrameJson, frameToJson } from '../json/index.ts';
import { concatFrames } from '../reshape/index.ts';
import { countNulls } from './index.ts';

const whole = sampleFrame(80);
const cells = whole.fields.map((field) => field.toArray());

test('slices of slices hold the same cells at any bit, nulls counted, without copying', () => {
  const range = fc.tuple(fc.nat(80), fc.nat(80)).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);
  fc.assert(
    fc.property(range, range, ([start, end], [from, to]) => {
      const twice = whole.slice(start, end).slice(from, to);
      const [first, last] = [Math.min(start + from, end), Math.min(start + to, end)];
      for (const [index, field] of twice.fields.entries()) {
        const expected = cells[index].slice(first, last);
        assert.deepEqual(field.toArray(), expected);
        assert.deepEqual([...field], expected);
        assert.equal(countNulls(field.column), expected.filter((_, row) => field.isNull(row)).length);
        const source = whole.fields[index].column;
        assert.equal(field.column.values.buffer, source.values.buffer);
        assert.equal(field.column.validity?.buffer, source.validity?.buffer);
      }
    }),
    { numRuns: 300 },
  );
});

test('slices at any bit survive Arrow, JSON and being put together again', () => {
  for (let cut = 0; cut <= 20; cut++) {
    const part = whole.slice(cut, cut + 17);
    assertSameFrame(decodeArrow(encodeArrow(part)), part);
    assertSameFrame(concatFrames([whole.slice(0, cut), part, whole.slice(cut + 17)]), whole);
    assert.equal(frameToJson(part), frameToJson(decodeFrameJson(frameToJson(part))));
  }
});

test('bounds beyond the frame, below zero, with fractions or that are no number leave rows that are there', () => {
  const three = frame('', { v: float64([1, 2, 3]) });
  const { NaN: nan, POSITIVE_INFINITY: infinite } = Number;
  const cases: [start: number, end: number, rows: number[]][] = [
    [1, 99, [2, 3]],
    [-5, 2, [1, 2]],
    [2, 1, []],
    [7, 9, []],
    [0.9, 2.9, [1, 2]],
    [nan, 2, [1, 2]],
    [0, nan, []],
    [-infinite, infinite, [1, 2, 3]],
    [2 ** 33, 2 ** 40, []],
  ];
  for (const [start, end, rows] of cases) {
    assert.deepEqual(three.slice(start, end).fields[0].toArray(), rows, `${start} to ${end}`);
    assert.deepEqual(three.fields[0].slice(start, end).toArray(), rows);
    assert.equal(three.slice(start, end).length, rows.length);
  }
});
