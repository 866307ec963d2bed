import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bool, float64, frame, int64, time, utf8 } from '../build/index.ts';
import { countReads } from '../fixtures/count-reads.ts';
import { type Downsampler, type ResampleOptions, resample, type Upsampler } from './index.ts';

type Point = readonly [seconds: number, value: number | null];

const series = (points: readonly Point[]) =>
  frame(
    's',
    {
      Time: time.fromSeconds(points.map(([at]) => at)),
      Value: float64(
        points.map(([, value]) => value),
        { labels: { a: 'b' }, config: { unit: 's' } },
      ),
    },
    { refId: 'A', meta: { path: 'p' } },
  );

function sampled(points: readonly Point[], options: Partial<ResampleOptions>): readonly Point[] {
  const range = { fromMs: 0, toMs: 10_000, intervalMs: 5_000, down: 'mean', up: 'fillna' } as const;
  const [at, value] = resample(series(points), { ...range, ...options }).fields;
  return at.toMillis().map((millis, row) => [Number(millis) / 1000, value.get(row) as number | null]);
}

test('a point stands for all points since the one before it', () => {
  const points: Point[] = [
    [1, 4],
    [5, 1],
    [6, 10],
    [10, 30],
    [11, 99],
  ];
  const expected: Record<Downsampler, readonly [number, number]> = {
    mean: [2.5, 20],
    min: [1, 10],
    max: [4, 30],
    sum: [5, 40],
    last: [1, 30],
  };
  for (const [down, [five, ten]] of Object.entries(expected)) {
    const actual = sampled(points, { down: down as Downsampler });
    assert.deepEqual(
      actual,
      [
        [0, null],
        [5, five],
        [10, ten],
      ],
      down,
    );
  }
});

test('the first point stands for everything up to the start', () => {
  assert.deepEqual(
    sampled(
      [
        [-100, 1],
        [-3, 2],
        [0, 3],
      ],
      { down: 'sum' },
    )[0],
    [0, 6],
  );
});

test('gaps are padded, filled from behind, or left', () => {
  const points: Point[] = [
    [2, 7],
    [12, 9],
  ];
  const values = (up: Upsampler) => sampled(points, { toMs: 20_000, up }).map(([, value]) => value);
  assert.deepEqual(values('pad'), [null, 7, 7, 9, 9]);
  assert.deepEqual(values('backfilling'), [7, 7, 9, 9, null]);
  assert.deepEqual(values('fillna'), [null, 7, null, 9, null]);
});

test('one point is taken as it is, null included; several with a null or NaN make NaN, except the last', () => {
  const [, five, ten] = sampled(
    [
      [1, null],
      [6, null],
      [7, 1],
    ],
    {},
  );
  assert.deepEqual([five[1], ten[1]], [null, Number.NaN]);
  for (const down of ['sum', 'mean', 'min', 'max'] as const) {
    const nan: Point[] = [
      [6, 1],
      [7, Number.NaN],
    ];
    assert.deepEqual(sampled(nan, { down })[2][1], Number.NaN, down);
  }
  const last: Point[] = [
    [6, 1],
    [7, null],
  ];
  assert.equal(sampled(last, { down: 'last' })[2][1], null);
  assert.equal(sampled([[7, null]], { toMs: 15_000, up: 'pad' })[3][1], null);
});

test('the end belongs to the range only when a step meets it', () => {
  assert.deepEqual(
    sampled([[1, 1]], { toMs: 14_999, up: 'pad' }).map(([at]) => at),
    [0, 5, 10],
  );
});

test('all numeric fields become nullable float64 with names, labels, config and meta', () => {
  const wide = frame('', { t: time.fromSeconds([1, 2]), i: int64([1n, 2n]), b: bool([true, true]) });
  const result = resample(wide, { fromMs: 0, toMs: 2000, intervalMs: 2000, down: 'sum', up: 'fillna' });
  assert.deepEqual(
    result.fields.map((field) => [field.name, field.kind, field.nullable, field.toArray()]),
    [
      ['t', 'time', false, [0n, 2_000_000_000n]],
      ['i', 'float64', true, [null, 3]],
      ['b', 'float64', true, [null, 2]],
    ],
  );
  const one = resample(series([[1, 1]]), { fromMs: 0, toMs: 1000, intervalMs: 1000, down: 'sum', up: 'pad' });
  assert.deepEqual([one.name, one.refId, one.meta?.path], ['s', 'A', 'p']);
  assert.deepEqual([one.fields[1].labels, one.fields[1].config], [{ a: 'b' }, { unit: 's' }]);
});

test('ranges, limits and frames that make no sense are refused', () => {
  const range = { fromMs: 0, toMs: 4_000, intervalMs: 5_000, down: 'mean', up: 'pad' } as const;
  const one = series([[1, 1]]);
  for (const wrong of [{}, { fromMs: 9_000 }, { intervalMs: 0 }, { intervalMs: -1 }, { intervalMs: Number.NaN }, { toMs: Number.NaN }])
    assert.throws(() => resample(one, { ...range, ...wrong }), { code: 'resample_range' }, JSON.stringify(wrong));
  assert.throws(() => resample(one, { ...range, intervalMs: 1, maxCells: 8_000 }), {
    code: 'frame_too_large',
    message: /4001 points by 2 fields/,
  });
  for (const wrong of [
    { toMs: Number.POSITIVE_INFINITY },
    { fromMs: 1e16, toMs: 1e16 + 10_000 },
    { fromMs: 0, toMs: 1e-3, intervalMs: 1e-9 },
  ])
    assert.throws(() => resample(one, { ...range, ...wrong }), { code: 'resample_range' }, JSON.stringify(wrong));
  const long = frame('', { t: time.fromMillis([1]), s: utf8(['x']), v: float64([1]) });
  assert.throws(() => resample(long, range), { code: 'series_expected' });
  const times = frame('', { t: time.fromMillis([1]), u: time.fromMillis([1]) });
  assert.throws(() => resample(times, { ...range, intervalMs: 1 }), { code: 'series_expected', message: /field "u".*time/ });
  const unsorted = series([
    [2, 1],
    [1, 1],
  ]);
  assert.throws(() => resample(unsorted, { ...range, intervalMs: 1 }), { code: 'series_unsorted', message: /row 1/ });
});

test('a rule that nobody knows is refused on entry, with those that are known, whether or not a point would need it', () => {
  const rules = { fromMs: 0, toMs: 10, intervalMs: 5, down: 'mean', up: 'pad' } as const;
  for (const wrong of [{ down: 'median' }, { up: 'toString' }, { down: undefined }]) {
    const options = { ...rules, ...wrong } as unknown as ResampleOptions;
    assert.throws(() => resample(series([]), options), { name: 'FrameError', code: 'resample_rule', message: /one of (mean|pad), / });
  }
});

test('work grows with points and ticks, not with their product', () => {
  const points = (count: number) => series(Array.from({ length: count }, (_, i): Point => [i, i]));
  const run = (count: number) => {
    const source = points(count);
    return countReads(() => resample(source, { fromMs: 0, toMs: count * 1000, intervalMs: 1500, down: 'mean', up: 'pad' }));
  };
  const ratio = run(100_000) / run(10_000);
  assert.ok(ratio < 11, `ten times the points take ${ratio} times the reads`);
});
