import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { bool, decodeArrow, encodeArrow, encodeArrowParts, type Frame, float64, frame, int8, json, time, utf8 } from '../index.ts';

const join = (parts: readonly Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]));

/** A frame whose columns are large enough to be parts, of sizes that need padding. */
function bigFrame(rows: number): Frame {
  const index = Array.from({ length: rows }, (_, row) => row);
  return frame(
    'big',
    {
      Time: time.fromMillis(index),
      Value: float64(index.map((row) => (row % 7 === 0 ? null : row / 3))),
      Byte: int8(index.map((row) => row % 100)),
      Text: utf8(index.map((row) => (row % 5 === 0 ? null : `cell ${row}`))),
      Even: bool(index.map((row) => row % 2 === 0)),
      Json: json(index.map((row) => ({ row }))),
    },
    { refId: 'A' },
  );
}

describe('encodeArrowParts', () => {
  test('gives the bytes of encodeArrow in order, whatever the sizes', () => {
    for (const rows of [0, 1, 1000, 65_536, 65_537, 70_001]) {
      const made = bigFrame(rows);
      assert.deepEqual(Buffer.concat([...encodeArrowParts(made)]).equals(encodeArrow(made)), true, `${rows} rows`);
    }
  });

  test('does so for slices, which begin anywhere', () => {
    const made = bigFrame(80_000);
    fc.assert(
      fc.property(fc.nat(3000), fc.integer({ min: 70_000, max: 80_000 }), (from, to) => {
        const slice = made.slice(from, to);
        return Buffer.concat([...encodeArrowParts(slice)]).equals(encodeArrow(slice));
      }),
      { numRuns: 20 },
    );
  });

  test('big columns are parts without a copy, small frames are one part', () => {
    const values = new Float64Array(10_000);
    const parts = encodeArrowParts(frame('', { v: float64(values) }));
    assert.ok(parts.some((part) => part.buffer === values.buffer && part.byteLength === values.byteLength));
    assert.equal(encodeArrowParts(bigFrame(100)).length, 1);
    assert.deepEqual(join(encodeArrowParts(bigFrame(3))), encodeArrow(bigFrame(3)));
  });

  test('a column of a decoded file with damaged offsets is refused', () => {
    const texts = Array.from({ length: 20_000 }, (_, row) => `text ${row}`);
    const file = encodeArrow(frame('', { t: utf8(texts) }));
    const decoded = decodeArrow(file);
    const { offsets } = decoded.fields[0]!.column;
    new DataView(offsets!.buffer, offsets!.byteOffset).setInt32(4 * 500, 2_000_000, true);
    for (const encode of [encodeArrow, encodeArrowParts]) assert.throws(() => encode(decoded), { code: 'arrow_invalid' });
  });
});
