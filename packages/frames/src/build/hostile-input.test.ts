import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeArrow, encodeArrow } from '../arrow/index.ts';
import { decodeFrameJson, frameToJson } from '../json/index.ts';
import { FIELD_KINDS, Field, type FieldKind, FrameError } from '../model/index.ts';
import {
  bool,
  buildColumn,
  type ColumnInput,
  createFrameBuilder,
  enumeration,
  float32,
  float64,
  frame,
  frameFromObjects,
  frameFromRows,
  int8,
  int64,
  json,
  time,
  uint8,
  utf8,
} from './index.ts';

const cellsOf = ({ column }: ColumnInput) => new Field('', column).toArray();

test('holes in arrays are null, as undefined is', () => {
  const holey = <T>(...cells: T[]): T[] => {
    const made = new Array<T>(cells.length + 1);
    for (const [i, cell] of cells.entries()) made[i + 1] = cell;
    return made;
  };
  assert.deepEqual(cellsOf(float64(holey(1.5))), [null, 1.5]);
  assert.deepEqual(cellsOf(int8(holey(1))), [null, 1]);
  assert.deepEqual(cellsOf(int64(holey(1n))), [null, 1n]);
  assert.deepEqual(cellsOf(utf8(holey('a'))), [null, 'a']);
  assert.deepEqual(cellsOf(bool(holey(true))), [null, true]);
  assert.deepEqual(cellsOf(json(holey({ a: 1 }))), [null, '{"a":1}']);
  assert.deepEqual(cellsOf(enumeration(holey('on'))), [null, 0]);
  assert.deepEqual(cellsOf(time.fromMillis(holey(1))), [null, 1_000_000n]);
  const row = holey(5n);
  assert.deepEqual(
    frameFromRows([{ name: 'a' }, { name: 'b', kind: 'time' }], [row]).fields.map((field) => field.get(0)),
    [null, 5n],
  );
});

test('an array in place of a column is refused by its name', () => {
  for (const wrong of [[1, 2], undefined, null, {}])
    assert.throws(() => frame('', { a: wrong as unknown as ColumnInput }), { name: 'TypeError', message: /"a" is no column: build one/ });
});

test('a row that is not there is refused by its number', () => {
  const columns = [{ name: 'a' }];
  for (const rows of [[[1], null], [[1], undefined], Object.assign(new Array(2), { 0: [1] })])
    assert.throws(() => frameFromRows(columns, rows as unknown[][]), { code: 'cell_invalid', message: /row 1.*in place of a row/ });
  assert.throws(() => frameFromObjects([{}, null as unknown as object]), {
    code: 'cell_invalid',
    message: /row 1.*null in place of a row/,
  });
});

test('dates that are none, functions and symbols fit no column, wherever their kind comes from', () => {
  const invalid = new Date(Number.NaN);
  for (const [value, message] of [
    [invalid, /an invalid Date/],
    [() => 1, /function/],
    [Symbol('s'), /symbol/],
  ] as const)
    for (const kind of [undefined, 'string', 'float64', 'time', 'bool', 'int64'] as const)
      assert.throws(() => frameFromRows([{ name: 'a', kind }], [[1], [value]]), {
        code: 'cell_invalid',
        message: new RegExp(`field "a".*row 1.*${message.source}`),
      });
  assert.throws(() => time.fromMillis([invalid]), { code: 'cell_invalid' });
  assert.throws(() => json([() => 1]), { code: 'cell_invalid' });
});

test('typed arrays of any making are read: subclasses, shared memory, odd offsets, other widths', () => {
  class Readings extends Float64Array {}
  assert.deepEqual(cellsOf(float64(Readings.of(1, 2))), [1, 2]);
  const shared = new Float64Array(new SharedArrayBuffer(16));
  shared.set([1, 2]);
  const input = float64(shared);
  assert.equal(input.column.values.buffer, shared.buffer);
  assert.deepEqual(cellsOf(input), [1, 2]);
  assert.deepEqual(cellsOf(float64(Float32Array.of(0.5))), [0.5]);
  assert.deepEqual(cellsOf(float32(Float64Array.of(0.5))), [0.5]);
  assert.deepEqual(cellsOf(uint8(new Uint8ClampedArray([300, 1]))), [255, 1]);
  assert.deepEqual(cellsOf(uint8(Buffer.from('ab').subarray(1))), [98]);
  assert.throws(() => float64(BigInt64Array.of(1n) as unknown as number[]), { code: 'cell_invalid' });
  assert.throws(() => int64(Float64Array.of(0.5)), { code: 'cell_invalid' });
});

test('a file in shared memory is read as any other', () => {
  const sent = frame('ü', { s: utf8(['äöü€ and so on, long enough for the decoder', 'b']), n: int64([1n, 2n]) });
  const file = encodeArrow(sent);
  const shared = new Uint8Array(new SharedArrayBuffer(file.length));
  shared.set(file);
  assert.equal(frameToJson(decodeArrow(shared)), frameToJson(sent));
});

test('what is no array, and kinds that do not exist, are refused in words', () => {
  const set = new Set([1]) as unknown as number[];
  for (const build of [float64, int8, time.fromMillis, bool, int64, utf8] as ((cells: never) => ColumnInput)[])
    assert.throws(() => build(set as never), { name: 'TypeError', message: /cells need a length/ });
  assert.throws(() => buildColumn('datetime' as FieldKind, []), { name: 'TypeError', message: /no kind "datetime".*time, json, enum/ });
  assert.throws(() => frameFromRows([{ name: 'a', kind: 'toString' as FieldKind }], []), {
    name: 'TypeError',
    message: /no kind "toString"/,
  });
});

test('names like those of parts of objects are names like others', () => {
  const row = JSON.parse('{"__proto__":1,"constructor":2,"toString":3}') as object;
  const made = frameFromObjects([row, {}]);
  assert.deepEqual(
    made.fields.map((field) => [field.name, field.toArray()]),
    [
      ['__proto__', [1, null]],
      ['constructor', [2, null]],
      ['toString', [3, null]],
    ],
  );
  const builder = createFrameBuilder({ columns: [{ name: '__proto__', kind: 'float64' }] });
  assert.equal(builder.append(JSON.parse('{"__proto__":7}')), true);
  assert.deepEqual(builder.finish().fields[0].toArray(), [7]);
});

test('objects that share no keys are refused before they fill the memory', () => {
  const strangers = Array.from({ length: 100 }, (_, i) => ({ [`k${i}`]: i }));
  assert.throws(() => frameFromObjects(strangers, {}, { maxCells: 9_999 }), {
    code: 'frame_too_large',
    message: /100 objects with 100 keys.*9999 cells.*onlyShape/,
  });
  assert.equal(frameFromObjects(strangers, {}, { maxCells: 10_000 }).fields.length, 100);
  assert.equal(frameFromObjects(strangers, { k1: 'int32' }, { maxCells: 100, onlyShape: true }).fields.length, 1);
});

test('a builder with two columns of one name takes rows by position only', () => {
  const column = { name: 'a', kind: 'float64' } as const;
  const builder = createFrameBuilder({ columns: [column, column] });
  assert.throws(() => builder.append({ a: 1 }), { code: 'cell_invalid', message: /two columns have one name.*by position/ });
  assert.equal(builder.append([1, 2]), true);
  assert.deepEqual(
    builder.finish().fields.map((field) => field.get(0)),
    [1, 2],
  );
});

test('any values in any kind of column make a frame that survives both formats, or a FrameError', () => {
  const value = fc.oneof(
    fc.anything({ withBigInt: true, withDate: true, withTypedArray: true, withNullPrototype: true, withSparseArray: true, withMap: true }),
    fc.constantFrom(
      new Date(Number.NaN),
      Symbol.iterator,
      () => 1,
      '\ud800',
      -0,
      2 ** 53,
      2n ** 64n,
      '9'.repeat(400),
      '1e999',
      '2020-01-01',
    ),
  );
  const kind = fc.option(fc.constantFrom(...FIELD_KINDS), { nil: undefined });
  fc.assert(
    fc.property(kind, fc.array(value, { maxLength: 6 }), fc.boolean(), (chosen, values, byBuilder) => {
      try {
        const rows = values.map((cell) => [cell]);
        const builder =
          byBuilder && chosen ? createFrameBuilder({ columns: [{ name: 'a', kind: chosen }], maxRows: 4, maxBytes: 1e6 }) : undefined;
        for (const row of builder === undefined ? [] : rows) builder?.append(row);
        const made = builder?.finish() ?? frameFromRows([{ name: 'a', kind: chosen }], rows);
        const text = frameToJson(made);
        assert.equal(frameToJson(decodeArrow(encodeArrow(made))), text);
        assert.equal(decodeFrameJson(text).length, made.length);
      } catch (error) {
        if (!(error instanceof FrameError)) throw error;
        assert.match(error.code, /^(cell_invalid|column_too_large)$/);
      }
    }),
    { numRuns: 2000 },
  );
});
