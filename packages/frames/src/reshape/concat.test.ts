import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { float64, frame, int64, utf8 } from '../build/index.ts';
import { assertSameFrame } from '../fixtures/assert-frames.ts';
import { countReads } from '../fixtures/count-reads.ts';
import { sampleFrame } from '../fixtures/sample-frames.ts';
import { appendRows, concatFrames } from './index.ts';

const notice = (text: string) => ({ severity: 'info', text }) as const;

test('a frame of every kind cut anywhere is joined again', () => {
  const whole = sampleFrame(150);
  fc.assert(
    fc.property(fc.array(fc.nat(150), { maxLength: 6 }), (cuts) => {
      const bounds = [0, ...cuts.sort((a, b) => a - b), 150];
      const parts = bounds.slice(1).map((end, index) => whole.slice(bounds[index], end));
      assertSameFrame(concatFrames(parts), whole);
      assertSameFrame(parts.slice(1).reduce(appendRows, parts[0]), whole);
    }),
    { seed: 1, numRuns: 60 },
  );
});

test('a field is nullable when one of them is; config, meta and refId are the first ones, notices of all', () => {
  const first = frame('a', { v: float64([1], { config: { unit: 's' } }) }, { refId: 'A', meta: { path: 'p', notices: [notice('1')] } });
  const second = frame('b', { v: float64([null]) }, { meta: { notices: [notice('2')] } });
  const nothing = frame('', {}, { meta: { notices: [notice('3')] } });
  const joined = concatFrames([first, second, nothing]);
  assert.deepEqual(joined.fields[0].toArray(), [1, null]);
  assert.equal(joined.fields[0].nullable, true);
  assert.deepEqual(joined.fields[0].config, { unit: 's' });
  assert.deepEqual([joined.name, joined.refId, joined.meta?.path], ['a', 'A', 'p']);
  assert.deepEqual(
    joined.meta?.notices?.map(({ text }) => text),
    ['1', '2', '3'],
  );
  assert.equal(concatFrames([first]), first);
  assert.equal(concatFrames([]).length, 0);
  assert.deepEqual(appendRows(nothing, first).fields[0].toArray(), [1]);
  assert.equal(concatFrames([nothing, nothing]).fields.length, 0);
});

test('frames with other fields are refused', () => {
  const first = frame('', { v: float64([1], { labels: { a: 'b' } }) });
  const others = {
    fields: frame('', { v: float64([1]), w: float64([1]) }),
    '"w"': frame('', { w: float64([1]) }),
    int64: frame('', { v: int64([1n]) }),
    labels: frame('', { v: float64([1]) }),
  };
  for (const [reason, other] of Object.entries(others))
    assert.throws(() => appendRows(first, other), { code: 'fields_mismatch', message: new RegExp(reason) }, reason);
  const repeated = concatFrames(Array.from({ length: 3 }, () => frame('', { s: utf8(['x', null]) })));
  assert.deepEqual(repeated.fields[0].toArray(), ['x', null, 'x', null, 'x', null]);
});

test('work grows with the rows, not with rows times chunks', () => {
  const chunks = (count: number) => Array.from({ length: count }, () => frame('', { s: utf8(['a', 'b', 'c']) }));
  const run = (count: number) => {
    const list = chunks(count);
    return countReads(() => concatFrames(list));
  };
  const ratio = run(20_000) / run(2_000);
  assert.ok(ratio < 11, `ten times the chunks take ${ratio} times the reads`);
});
