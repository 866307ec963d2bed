import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { sampleField } from '../fixtures/sample-frames.ts';
import { FIELD_KINDS, Field } from '../model/index.ts';
import { pickCells } from './pick-cells.ts';

test('cells of every kind are picked from slices of several columns, at any alignment', () => {
  const choice = fc.record({ source: fc.nat(2), row: fc.integer({ min: -1, max: 39 }) });
  fc.assert(
    fc.property(fc.constantFrom(...FIELD_KINDS), fc.array(choice, { maxLength: 100 }), fc.nat(12), (kind, choices, start) => {
      const sources = [0, 1, 2].map((seed) => sampleField(kind, 60, { nullable: seed > 0, seed }).slice(start + seed, start + seed + 40));
      const expected = choices.map(({ source, row }) => (row < 0 ? null : sources[source].get(row)));
      const picks = { rows: Int32Array.from(choices, ({ row }) => row), sources: Int32Array.from(choices, ({ source }) => source) };
      const columns = sources.map(({ column }) => column);
      assert.deepEqual(new Field('', pickCells(columns, picks, true)).toArray(), expected);
      const unaligned = columns.map((column) => ({
        ...column,
        values: shift(column.values),
        offsets: column.offsets && shift(column.offsets),
      }));
      assert.deepEqual(new Field('', pickCells(unaligned, picks, true)).toArray(), expected);
    }),
    { seed: 1, numRuns: 300 },
  );
});

test('the bits of a NaN stay as they are', () => {
  const bits = new Uint8Array(new BigUint64Array([0x7ff8_0000_dead_beefn]).buffer);
  const column = {
    kind: 'float64',
    nullable: false,
    length: 1,
    values: bits,
    offsets: undefined,
    validity: undefined,
    bitOffset: 0,
  } as const;
  assert.deepEqual(pickCells([column], { rows: Int32Array.of(0) }, false).values, bits);
});

test('damaged offsets end in an error with the row', () => {
  const { column } = sampleField('string', 4, { nullable: false });
  const offsets = new Uint8Array(Int32Array.of(0, 1, 99_999, 3, 4).buffer);
  assert.throws(() => pickCells([{ ...column, offsets }], { rows: Int32Array.of(0, 1) }, false), {
    code: 'arrow_invalid',
    message: /row 1/,
  });
});

/** The same bytes, one byte further on. */
function shift(bytes: Uint8Array): Uint8Array {
  const moved = new Uint8Array(bytes.length + 1);
  moved.set(bytes, 1);
  return moved.subarray(1);
}
