import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatNanos } from '../display/index.ts';
import { frameFromRows, parseNanos } from './index.ts';

test('times in RFC 3339 and its relatives are read to the nanosecond', () => {
  const cases: [text: string, nanos: bigint][] = [
    ['1970-01-01T00:00:00Z', 0n],
    ['1969-12-31T23:59:59.999999999Z', -1n],
    ['2020-01-01T00:00:00.123456789Z', 1577836800123456789n],
    ['2020-01-01T00:00:00.1234567899Z', 1577836800123456789n],
    ['2020-01-01t00:00:00.5z', 1577836800500000000n],
    ['2020-01-01 00:00:00', 1577836800000000000n],
    ['2020-01-01 00:00', 1577836800000000000n],
    ['2020-01-01', 1577836800000000000n],
    ['2020-01-01T01:30:00+01:30', 1577836800000000000n],
    ['2019-12-31T16:00:00-0800', 1577836800000000000n],
    [' 2020-01-01T00:00:00 +00:00 ', 1577836800000000000n],
    ['2020-02-29T00:00:00Z', 1582934400000000000n],
    ['2019-12-31T24:00:00Z', 1577836800000000000n],
  ];
  for (const [text, nanos] of cases) assert.equal(parseNanos(text), nanos, text);
});

test('text that is no time, or a day that no calendar has, is none', () => {
  const texts = ['', 'now', 'hello 5', '5', '1577836800000', '2020', '2020-1-1', '2020-13-01', '2020-00-01', '2021-02-29', '2020-04-31'];
  const more = ['2020-01-01T25:00:00Z', '2020-01-01T00:60:00Z', '2020-01-01T00:00:61Z', '2020-01-01T00:00:00+1', '2020-01-01T', '20200101'];
  const wild = ['2020-02-30T24:00:00Z', '2020-01-01T00:00:00+24:00', '2020-01-01T00:00:00-01:60'];
  for (const text of [...texts, ...more, ...wild]) assert.equal(parseNanos(text), undefined, text);
  assert.throws(() => frameFromRows([{ name: 'at', kind: 'time' }], [['2020-01-01'], ['hello 5']]), {
    code: 'cell_invalid',
    message: /field "at".*row 1.*hello 5/,
  });
});

test('what formatNanos writes is read back exactly', () => {
  fc.assert(fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (nanos) => parseNanos(formatNanos(nanos)) === nanos));
});
