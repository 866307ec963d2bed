import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FIELD_KINDS, FrameError } from '../model/index.ts';
import {
  bool,
  buildColumn,
  type ColumnInput,
  enumeration,
  field,
  float32,
  float64,
  frame,
  int8,
  int16,
  int32,
  int64,
  json,
  time,
  uint8,
  uint16,
  uint32,
  uint64,
  utf8,
} from './index.ts';

const cells = (input: ColumnInput) => field('x', input).toArray();

test('typed arrays of the right type are used as they are', () => {
  const arrays: [ColumnInput, ArrayBufferView][] = [
    ((array) => [float64(array), array] as const)(new Float64Array([1, 2])),
    ((array) => [float32(array), array] as const)(new Float32Array([1, 2])),
    ((array) => [int8(array), array] as const)(new Int8Array([1])),
    ((array) => [int16(array), array] as const)(new Int16Array([1])),
    ((array) => [int32(array), array] as const)(new Int32Array([1])),
    ((array) => [uint8(array), array] as const)(new Uint8Array([1])),
    ((array) => [uint16(array), array] as const)(new Uint16Array([1])),
    ((array) => [uint32(array), array] as const)(new Uint32Array([1]).subarray(0, 1)),
    ((array) => [int64(array), array] as const)(new BigInt64Array([1n])),
    ((array) => [uint64(array), array] as const)(new BigUint64Array([1n])),
    ((array) => [time.fromNanos(array), array] as const)(new BigInt64Array([1n])),
  ].map(([input, array]) => [input, array]);
  for (const [{ column }, array] of arrays) {
    assert.equal(column.values.buffer, array.buffer);
    assert.equal(column.length, (array as Uint8Array).length);
    assert.equal(column.nullable, false);
  }
  assert.deepEqual(cells(float64(new Float32Array([0.5]))), [0.5]);
});

test('null and undefined are null and make a column nullable; the option does so without any', () => {
  assert.deepEqual(cells(float64([1, null, undefined])), [1, null, null]);
  assert.equal(float64([1, null]).column.nullable, true);
  assert.equal(float64([1]).column.nullable, false);
  assert.equal(utf8([], { nullable: true }).column.nullable, true);
  assert.throws(() => int64([1n, null], { nullable: false }), { code: 'cell_invalid', message: /row 1.*null/ });
});

test('a value that does not fit is refused with its row', () => {
  const cases: (() => ColumnInput)[] = [
    () => int8([0, 128]),
    () => uint8([0, -1]),
    () => int32([0, 1.5]),
    () => uint16([0, Number.NaN]),
    () => enumeration([0, 65536]),
    () => float64([0, '1' as unknown as number]),
    () => int64([0, 2 ** 53]),
    () => int64([0n, 2n ** 63n]),
    () => uint64([0, -1]),
    () => uint64([0n, 2n ** 64n]),
    () => bool([true, 1 as unknown as boolean]),
    () => utf8(['', 5 as unknown as string]),
    () => json([0, () => {}]),
    () => json([0, 1n]),
    () => time.fromMillis([0, Number.NaN]),
    () => time.fromMillis([0, new Date('?')]),
    () => time.fromMillis([0, 9_223_372_036_855]),
    () => time.fromMillis([0, '2024' as unknown as number]),
    () => time.fromNanos([0n, 2n ** 63n]),
  ];
  for (const build of cases) assert.throws(build, { name: 'FrameError', code: 'cell_invalid', message: /row 1/ }, String(build));
});

test('times of every unit are exact nanoseconds', () => {
  const millis = [0, -1, 1_700_000_000_123, -62_135_596, 0.5, 1.000001, 9_223_372_036_853, -9_223_372_036_853];
  assert.deepEqual(
    cells(time.fromMillis(millis)),
    millis.map((value) => BigInt(Math.floor(value)) * 1_000_000n + BigInt(Math.round((value - Math.floor(value)) * 1e6))),
  );
  assert.deepEqual(cells(time.fromMillis([new Date(5), null])), [5_000_000n, null]);
  assert.deepEqual(cells(time.fromSeconds([1.001, -1.5])), [1_001_000_000n, -1_500_000_000n]);
  assert.deepEqual(cells(time.fromNanos([-1n, null])), [-1n, null]);
});

test('text columns hold short and long, plain and other text, over batches of any mix', () => {
  const texts = Array.from({ length: 9000 }, (_, i) =>
    i % 1000 === 3 ? 'ü'.repeat(i % 7) : i % 997 === 0 ? 'long '.repeat(100) : i % 11 === 0 ? null : `row ${i}`,
  );
  assert.deepEqual(cells(utf8(texts)), texts);
  assert.deepEqual(cells(utf8(['a\ud800', '\udc00b'])), ['a\ufffd', '\ufffdb']);
});

test('json columns take values, or raw text when told so', () => {
  assert.deepEqual(cells(json([{ a: 1 }, 'x', null, 0])), ['{"a":1}', '"x"', null, '0']);
  assert.deepEqual(cells(json(['{"a":1}'], { raw: true })), ['{"a":1}']);
});

test('a frame takes columns by name or in a list, where names may repeat', () => {
  const byName = frame('n', { b: int8([1]), a: utf8(['x'], { labels: { k: 'v' }, config: { unit: 's' } }) }, { refId: 'A' });
  assert.deepEqual(
    byName.fields.map(({ name }) => name),
    ['b', 'a'],
  );
  assert.deepEqual(byName.fields[1].labels, { k: 'v' });
  assert.deepEqual(byName.fields[1].config, { unit: 's' });
  assert.equal(frame('n', [['a', int8([1])], field('a', int8([2]))]).fields[1].get(0), 2);
  assert.throws(() => frame('', { a: int8([1]), b: int8([1, 2]) }), { code: 'frame_uneven', message: /"a" has 1 rows, "b" has 2/ });
});

test('a column can be built for every kind by name', () => {
  for (const kind of FIELD_KINDS) assert.equal(buildColumn(kind, [null]).column.kind, kind);
  assert.throws(() => buildColumn('string', [5]), FrameError);
});

test('text is packed as it is encoded alone, also where surrogates meet at the border of two cells', () => {
  const cells = ['plain', 'é', '日本', '😀😀', '\ud83d', '\ude00', 'a\ud83d', '\ude00b', null, '\u0000', '', 'x'.repeat(70)];
  for (const chosen of [cells, cells.slice(0, 4), cells.slice(0, 1), cells.slice(4), ['ü'.repeat(10_000)]]) {
    const { column } = utf8(chosen);
    const expected = chosen.map((cell) => new TextEncoder().encode(cell ?? ''));
    const offsets = new Int32Array(column.offsets?.slice().buffer ?? []);
    assert.deepEqual(
      [...column.values],
      expected.flatMap((bytes) => [...bytes]),
    );
    assert.deepEqual(
      expected.map((bytes, i) => offsets[i + 1] - offsets[i] - bytes.length),
      expected.map(() => 0),
    );
  }
});

test('64-bit integers at their limits are kept, and those beyond refused, as bigint and as number', () => {
  const signed = [-(2n ** 63n), 2n ** 63n - 1n, -1n, 0n, 2n ** 53n];
  assert.deepEqual(frame('', { n: int64(signed) }).fields[0].toArray(), signed);
  assert.deepEqual(frame('', { n: uint64([2n ** 64n - 1n, 0n, 1n]) }).fields[0].toArray(), [2n ** 64n - 1n, 0n, 1n]);
  const numbers = [-2147483649, 2147483648, -1, 4294967296, -4294967297, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, -0];
  assert.deepEqual(frame('', { n: int64(numbers) }).fields[0].toArray(), numbers.map(BigInt));
  for (const cell of [2n ** 63n, -(2n ** 63n) - 1n, 2 ** 53, 0.5, Number.NaN])
    assert.throws(() => int64([cell]), /cell_invalid|whole number/);
  for (const cell of [2n ** 64n, -1n, -1, 0.5]) assert.throws(() => uint64([cell]), /cell_invalid|whole number/);
});

test('columns longer than one block keep every cell, and name the row that does not fit', () => {
  const numbers = Array.from({ length: 3000 }, (_, row) => (row % 7 === 0 ? null : row % 100));
  assert.deepEqual(frame('', { n: uint8(numbers) }).fields[0].toArray(), numbers);
  assert.deepEqual(frame('', { n: float32(numbers) }).fields[0].toArray(), numbers);
  assert.throws(() => uint8(numbers.with(2500, 256)), { message: /row 2500/ });
  const texts = numbers.map((cell) => (cell === null ? null : cell % 3 === 0 ? `é${cell}😀` : 'x'.repeat(cell)));
  assert.deepEqual(frame('', { s: utf8(texts) }).fields[0].toArray(), texts);
  const big = numbers.map((cell, row) => (cell === null ? null : row % 2 === 0 ? BigInt(cell) : cell));
  assert.deepEqual(
    frame('', { n: int64(big) }).fields[0].toArray(),
    numbers.map((cell) => (cell === null ? null : BigInt(cell))),
  );
});

test('milliseconds become exact nanoseconds over the whole range, fractions to the nanosecond', () => {
  const millis = [0, -1, 1, 4294967295, -4294967297, 1740787200123, 9_223_372_036_853, -9_223_372_036_853];
  const nanos = millis.map((cell) => BigInt(cell) * 1_000_000n);
  assert.deepEqual(frame('', { t: time.fromMillis(millis) }).fields[0].toArray(), nanos);
  for (let step = 0; step < 4000; step++) {
    const whole = Math.floor(Math.sin(step) * 9_223_372_036_853);
    const cell = whole + step / 4096;
    const expected = BigInt(whole) * 1_000_000n + BigInt(Math.round((cell - whole) * 1e6));
    assert.equal(frame('', { t: time.fromMillis([cell]) }).fields[0].get(0), expected);
  }
});
