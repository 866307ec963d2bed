import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeArrow, encodeArrow } from '../arrow/index.ts';
import { utf8 } from '../build/index.ts';
import { sampleFrame } from '../fixtures/sample-frames.ts';
import { assertIntact, type Column, Field, type FieldKind, Frame } from './index.ts';

const numbers: Column = {
  kind: 'int16',
  nullable: true,
  length: 9,
  values: new Uint8Array(18),
  offsets: undefined,
  validity: new Uint8Array(2),
  bitOffset: 0,
};
const text = utf8(['a', 'bc']).column;
const check = (column: Column) => assertIntact(new Frame('', [new Field('made', column)]));

test('what we build, decode and slice is intact', () => {
  const whole = sampleFrame(50);
  for (const frame of [whole, decodeArrow(encodeArrow(whole)), whole.slice(3, 20), whole.slice(50), sampleFrame(0)]) assertIntact(frame);
  check(numbers);
  check(text);
});

test('parts of a column that was made by hand have to be as long as they need to be', () => {
  const cases: [column: Column, message: RegExp][] = [
    [{ ...numbers, values: new Uint8Array(17) }, /17 bytes of values where 18 are needed/],
    [{ ...numbers, validity: new Uint8Array(1) }, /1 bytes of validity where 2 are needed/],
    [{ ...numbers, length: 8, bitOffset: 1, validity: new Uint8Array(1) }, /where 2 are needed/],
    [{ ...numbers, bitOffset: 8 }, /bit 8/],
    [{ ...numbers, nullable: false }, /not nullable/],
    [{ ...numbers, length: -1 }, /-1 cells/],
    [{ ...numbers, length: 0.5 }, /0.5 cells/],
    [{ ...numbers, kind: 'constructor' as FieldKind }, /no kind "constructor"/],
    [{ ...numbers, kind: 'bool', values: new Uint8Array(1) }, /1 bytes of values where 2 are needed/],
    [{ ...numbers, offsets: new Uint8Array(40) }, /offsets in a column of kind int16/],
    [{ ...text, offsets: undefined }, /no bytes of offsets where 12 are needed/],
    [{ ...text, length: 3 }, /12 bytes of offsets where 16 are needed/],
    [{ ...text, values: text.values.subarray(1) }, /row 1.*leave the 2 bytes/],
  ];
  for (const [column, message] of cases) assert.throws(() => check(column), { code: 'arrow_invalid', message });
  for (const [column] of cases) assert.throws(() => check(column), { message: /field "made"/ });
});
