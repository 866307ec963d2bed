import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bool, enumeration, float64, frame, int64, json, time, utf8 } from '../build/index.ts';
import { timeSeriesSchema } from '../dataplane/index.ts';
import { countReads } from '../fixtures/count-reads.ts';
import type { Frame } from '../model/index.ts';
import { longToWide, wideToLong } from './index.ts';

const config = { unit: 'celsius', displayName: 'T' };

/** Two times, three series, one of which starts late. */
function weather(): Frame {
  return frame(
    'weather',
    {
      host: utf8(['b', 'a', 'a', 'b', 'a']),
      Time: time.fromMillis([1, 1, 2, 2, 2]),
      up: bool([true, true, true, true, null]),
      temp: float64([10, 20, 21, 11, 30], { config }),
      count: int64([1n, 2n, 3n, null, 5n]),
    },
    { refId: 'A', meta: { executedQueryString: 'q', custom: { x: 1 } } },
  );
}

const cellsOf = (converted: Frame) =>
  converted.fields.map((field) => [field.name, field.labels?.host, field.labels?.up, field.nullable, field.toArray()]);

test('the schema of a frame follows from its kinds, as in Go', () => {
  assert.deepEqual(timeSeriesSchema(weather()), {
    type: 'long',
    timeIndex: 1,
    timeNullable: false,
    valueIndices: [3, 4],
    factorIndices: [0, 2],
  });
  const two = frame('', { t: time.fromMillis([1, null]), t2: time.fromMillis([1, 2]), e: enumeration([1, 2]), j: json([1, 2]) });
  const wide = { type: 'wide', timeIndex: 0, timeNullable: true, valueIndices: [1, 2, 3], factorIndices: [] };
  assert.deepEqual(timeSeriesSchema(two), wide);
  for (const not of [frame('', {}), frame('', { v: float64([1]) }), frame('', { t: time.fromMillis([1]), s: utf8(['x']) })])
    assert.deepEqual(timeSeriesSchema(not), { type: 'not' });
});

test('a long series becomes wide: factors become labels, gaps null, config, meta and refId stay', () => {
  const source = weather();
  const wide = longToWide(source);
  assert.deepEqual(cellsOf(wide), [
    ['Time', undefined, undefined, false, [1_000_000n, 2_000_000n]],
    ['count', 'a', 'false', true, [null, 5n]],
    ['count', 'a', 'true', true, [2n, 3n]],
    ['count', 'b', 'true', true, [1n, null]],
    ['temp', 'a', 'false', true, [null, 30]],
    ['temp', 'a', 'true', true, [20, 21]],
    ['temp', 'b', 'true', true, [10, 11]],
  ]);
  assert.deepEqual(wide.meta, { executedQueryString: 'q', custom: { x: 1 }, type: 'timeseries-wide', typeVersion: [0, 1] });
  assert.equal(source.meta?.type, undefined);
  assert.deepEqual([wide.name, wide.refId], ['weather', 'A']);
  assert.deepEqual(
    wide.fields.map((field) => field.config),
    [undefined, undefined, undefined, undefined, config, config, config],
  );
});

test('gaps are filled as asked', () => {
  const source = frame('', {
    t: time.fromMillis([1, 2, 3, 4]),
    host: utf8(['a', 'b', 'b', 'a']),
    v: float64([1, null, 5, 4], { nullable: true }),
    n: int64([1n, 2n, 3n, 4n]),
    w: time.fromMillis([1, 2, 3, 4]),
  });
  const cells = (fill: 'null' | 'previous' | 'none' | number) =>
    Object.fromEntries(
      longToWide(source, { fill })
        .fields.slice(1)
        .map((field) => [`${field.name} ${field.labels?.host}`, field.toArray()]),
    );
  assert.deepEqual(cells('null')['n a'], [1n, null, null, 4n]);
  assert.deepEqual(cells('previous')['n a'], [1n, 1n, 1n, 4n]);
  assert.deepEqual(cells('previous')['v b'], [null, null, 5, 5]);
  assert.deepEqual(cells('none')['n a'], [1n, 0n, 0n, 4n]);
  assert.deepEqual(cells('none')['v a'], [1, null, null, 4]);
  assert.deepEqual(cells('none')['w a'], [1_000_000n, null, null, 4_000_000n]);
  assert.deepEqual(cells(7)['n a'], [1n, 7n, 7n, 4n]);
  assert.deepEqual(cells(7)['v b'], [7, null, 5, 7]);
  assert.throws(() => cells(0.5), { code: 'cell_invalid', message: /field "n".*0\.5/ });
});

test('of rows with equal time and factors the last one counts', () => {
  const source = frame('', { t: time.fromMillis([1, 1]), s: utf8(['a', 'a']), v: float64([1, 2]) });
  assert.deepEqual(longToWide(source).fields[1].toArray(), [2]);
});

test('null text is an empty label', () => {
  const source = frame('', { t: time.fromMillis([1, 1]), s: utf8([null, '']), v: float64([1, 2]) });
  const wide = longToWide(source);
  assert.deepEqual(wide.fields[1].labels, { s: '' });
  assert.equal(wide.fields.length, 2);
});

test('no rows make fields without rows', () => {
  const wide = longToWide(weather().slice(0, 0));
  assert.deepEqual(
    wide.fields.map(({ name, length, labels }) => [name, length, labels]),
    [
      ['Time', 0, undefined],
      ['count', 0, undefined],
      ['temp', 0, undefined],
    ],
  );
});

test('what cannot be converted is refused with its row', () => {
  const long = (times: (number | null)[]) =>
    frame('', { at: time.fromMillis(times), s: utf8(times.map(() => 'x')), v: float64(times.map(() => 1)) });
  assert.throws(() => longToWide(long([1, 3, 2])), { code: 'series_unsorted', message: /field "at".*row 2/ });
  assert.throws(() => longToWide(long([1, null])), { code: 'series_time_null', message: /field "at".*row 1/ });
  assert.throws(() => longToWide(frame('', { t: time.fromMillis([1]), v: float64([1]) })), {
    code: 'series_expected',
    message: /expected a long series and got a wide one \(time, float64\)/,
  });
  assert.throws(() => longToWide(frame('', {})), { code: 'series_expected', message: /no fields/ });
  assert.throws(() => longToWide(weather(), { maxCells: 13 }), { code: 'frame_too_large', message: /2 rows by 7 fields/ });
  const twice = frame('', [
    ['t', time.fromMillis([1])],
    ['s', utf8(['a'])],
    ['s', utf8(['b'])],
    ['v', float64([1])],
  ]);
  assert.throws(() => longToWide(twice), { code: 'fields_mismatch', message: /field "s"/ });
});

test('work grows with the rows, not with their square', () => {
  const long = (rows: number) =>
    frame('', {
      t: time.fromMillis(Float64Array.from({ length: rows }, (_, i) => Math.floor(i / 10))),
      host: utf8(Array.from({ length: rows }, (_, i) => `host ${i % 10}`)),
      v: float64(Float64Array.from({ length: rows }, (_, i) => i)),
    });
  const [small, large] = [long(10_000), long(100_000)];
  const wide = longToWide(large);
  assert.deepEqual([wide.length, wide.fields.length], [10_000, 11]);
  const ratio = countReads(() => longToWide(large)) / countReads(() => longToWide(small));
  assert.ok(ratio < 11, `ten times the rows take ${ratio} times the reads`);
  const back = countReads(() => wideToLong(wide)) / countReads(() => wideToLong(longToWide(small)));
  assert.ok(back < 11, `ten times the rows take ${back} times the reads`);
});

test('times at an odd byte of a Node Buffer are read', () => {
  const bytes = Buffer.alloc(17);
  bytes.writeBigInt64LE(1n, 1);
  bytes.writeBigInt64LE(2n, 9);
  const { column } = time.fromNanos([1n, 2n]);
  const long = frame('', { t: { column: { ...column, values: bytes.subarray(1) } }, s: utf8(['a', 'b']), v: float64([1, 2]) });
  assert.deepEqual(longToWide(long).fields[0].toArray(), [1n, 2n]);
});
