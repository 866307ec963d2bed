import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { field, float64, frame, int64, time, utf8 } from '../build/index.ts';
import { assertSameFrame } from '../fixtures/assert-frames.ts';
import { countReads } from '../fixtures/count-reads.ts';
import { Frame } from '../model/index.ts';
import { longToMulti, longToWide, multiToWide, wideToMulti } from './index.ts';

const config = { unit: 's' };
const notices = [{ severity: 'info', text: 'x' }] as const;

test('a long series becomes one frame per series, with the times it has', () => {
  const long = frame(
    'n',
    {
      t: time.fromMillis([1, 1, 2, 3, 3]),
      host: utf8(['b', 'a', 'b', 'a', 'a']),
      v: float64([1, 2, 3, 4, 5], { config }),
      c: int64([1n, 2n, 3n, null, 5n]),
    },
    { refId: 'A', meta: { notices, path: 'p' } },
  );
  const multi = longToMulti(long);
  assert.deepEqual(
    multi.map(({ fields: [at, value] }) => [value.name, value.labels, at.toMillis(), value.toArray()]),
    [
      ['c', { host: 'a' }, [1, 3], [2n, 5n]],
      ['c', { host: 'b' }, [1, 2], [1n, 3n]],
      ['v', { host: 'a' }, [1, 3], [2, 5]],
      ['v', { host: 'b' }, [1, 2], [1, 3]],
    ],
  );
  assert.ok(
    multi.every(({ name, refId, meta }) => name === 'n' && refId === 'A' && meta?.type === 'timeseries-multi' && meta.path === 'p'),
  );
  assert.deepEqual(
    multi.map(({ meta }) => meta?.notices?.length),
    [1, undefined, undefined, undefined],
  );
  assert.deepEqual(multi[2].fields[1].config, config);
  assertSameFrame(multiToWide(multi), longToWide(long));
});

test('a wide series becomes one frame per field over the same bytes, and comes back', () => {
  const wide = frame(
    'n',
    [
      ['t', time.fromMillis([1, 2])],
      ['v', float64([1, null], { labels: { a: 'x' }, config })],
      ['v', float64([3, 4], { labels: { a: 'y' } })],
    ],
    { refId: 'A' },
  ).as('timeseries-wide');
  const multi = wideToMulti(wide);
  assert.equal(multi.length, 2);
  assert.equal(multi[1].fields[1].column.values.buffer, wide.fields[2].column.values.buffer);
  const back = multiToWide(multi);
  assertSameFrame(back, wide);
  assert.equal(back.fields[2].column.values.buffer, wide.fields[2].column.values.buffer);
  const present = wideToMulti(wide, { dropNulls: true });
  assert.deepEqual(present[0].fields[1].toArray(), [1]);
  assert.deepEqual(multiToWide(present).fields[1].toArray(), [1, null]);
});

test('series of the same times have one row for each, the last of several', () => {
  const [a, b] = ['a', 'b'].map((name) =>
    frame(name, [
      ['t', time.fromMillis([1, 1, 2])],
      [name, int64([1n, 2n, 3n])],
    ]),
  );
  assert.deepEqual(
    multiToWide([a, b]).fields.map((part) => part.toArray()),
    [
      [1_000_000n, 2_000_000n],
      [2n, 3n],
      [2n, 3n],
    ],
  );
});

test('series of other times are put side by side, gaps filled as asked', () => {
  const a = frame('first', { at: time.fromMillis([1, 3, 3]), a: int64([1n, 3n, 33n]) }, { refId: 'A' });
  const b = frame('second', { t: time.fromMillis([2, 3, 4]), b: float64([2, 3, 4]), more: float64([5, 6, 7]) }, { meta: { notices } });
  const wide = multiToWide([a, b]);
  assert.deepEqual(
    wide.fields.map((part) => [part.name, part.nullable, part.toArray()]),
    [
      ['at', false, [1_000_000n, 2_000_000n, 3_000_000n, 4_000_000n]],
      ['a', true, [1n, null, 33n, null]],
      ['b', true, [null, 2, 3, 4]],
      ['more', true, [null, 5, 6, 7]],
    ],
  );
  assert.deepEqual([wide.name, wide.refId, wide.meta?.type, wide.meta?.notices], ['first', 'A', 'timeseries-wide', notices]);
  assert.deepEqual(multiToWide([a, b], { fill: 'previous' }).fields[1].toArray(), [1n, 1n, 33n, 33n]);
  assert.deepEqual(multiToWide([a, b], { fill: 0 }).fields[1].toArray(), [1n, 0n, 33n, 0n]);
  assert.throws(() => multiToWide([a, b], { maxCells: 15 }), { code: 'frame_too_large', message: /4 rows by 4 fields/ });
  assert.throws(() => multiToWide([a, frame('', { v: int64([1n]) })]), { code: 'series_expected' });
});

test('no series make a frame without fields', () => {
  assert.deepEqual(multiToWide([]).fields, []);
  const none = multiToWide([frame('n', {}, { refId: 'A', meta: { notices } })]);
  assert.deepEqual([none.refId, none.fields.length, none.meta?.notices], ['A', 0, notices]);
});

test('random series survive long → multi → wide, whatever they have in common', () => {
  const row = fc.record({ at: fc.integer({ min: -20, max: 20 }), host: fc.constantFrom('a', 'b', 'c', '😀', '\ufffd'), v: fc.double() });
  fc.assert(
    fc.property(fc.array(row, { maxLength: 60 }), fc.nat(5), (rows, cut) => {
      const sorted = rows.sort((a, b) => a.at - b.at);
      const long = new Frame('f', [
        field('t', time.fromMillis(sorted.map(({ at }) => at))),
        field('host', utf8(sorted.map(({ host }) => host))),
        field('v', float64(sorted.map(({ v }) => v))),
      ]).slice(cut);
      if (long.length === 0) return;
      const wide = longToWide(long);
      const multi = longToMulti(long);
      assertSameFrame(multiToWide(multi), withNullable(wide, multi.length === 1));
      const points = multi.reduce((sum, { length }) => sum + length, 0);
      const dropped = wideToMulti(wide, { dropNulls: true });
      assert.equal(
        dropped.reduce((sum, { length }) => sum + length, 0),
        points,
      );
    }),
    { seed: 1, numRuns: 300 },
  );
});

/** Series that share all times are joined as they are, so they need no null. */
function withNullable(wide: Frame, isPlain: boolean): Frame {
  const hasGaps = wide.fields.slice(1).some((part) => part.toArray().includes(null));
  if (hasGaps && !isPlain) return wide;
  const fields = wide.fields.map((part) => field(part.name, { ...part, column: { ...part.column, nullable: false, validity: undefined } }));
  return new Frame(wide.name, fields, wide);
}

test('work grows with the rows, not with their square', () => {
  const long = (rows: number) =>
    frame('', {
      t: time.fromMillis(Float64Array.from({ length: rows }, (_, i) => i)),
      host: utf8(Array.from({ length: rows }, (_, i) => `host ${i % (rows / 10)}`)),
      v: float64(Float64Array.from({ length: rows }, (_, i) => i)),
    });
  const [small, large] = [long(10_000), long(100_000)];
  assert.equal(longToMulti(large).length, 10_000);
  const ratio = countReads(() => longToMulti(large)) / countReads(() => longToMulti(small));
  assert.ok(ratio < 11, `ten times the rows take ${ratio} times the reads`);
});
