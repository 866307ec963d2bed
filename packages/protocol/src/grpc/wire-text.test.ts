import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeBinary, encodeBinary } from './metadata.ts';
import { decodePercent, encodePercent } from './percent.ts';
import { formatTimeout, parseTimeout } from './timeout.ts';

test('a timeout is read in every unit, and refused when it is malformed', () => {
  const read: [string, number | undefined][] = [
    ['1H', 3_600_000],
    ['2M', 120_000],
    ['3S', 3000],
    ['4m', 4],
    ['5u', 0.005],
    ['6n', 6 / 1e6],
    ['99999999S', 99_999_999_000],
    ['100000000m', undefined],
    ['1', undefined],
    ['m', undefined],
    ['-1m', undefined],
    ['1X', undefined],
    ['', undefined],
  ];
  for (const [text, ms] of read) assert.equal(parseTimeout(text), ms, text);
});

test('a timeout that is written has at most eight digits and is never shorter than asked', () => {
  fc.assert(
    fc.property(fc.double({ min: 0.001, max: 1e10, noNaN: true }), (timeoutMs) => {
      const text = formatTimeout(timeoutMs);
      assert.match(text, /^\d{1,8}[umS]$/);
      const read = parseTimeout(text) ?? 0;
      assert.ok(read >= timeoutMs * (1 - 1e-9) && read <= timeoutMs * 1.00002 + 0.001, `${timeoutMs} became ${text}`);
    }),
  );
});

test('any text comes back from percent-encoding, which leaves printable ASCII alone', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const encoded = encodePercent(text);
      assert.match(encoded, /^[\x20-\x7e]*$/);
      assert.equal(decodePercent(encoded), Buffer.from(text).toString());
    }),
  );
  assert.equal(encodePercent('all fine, 5 < 6'), 'all fine, 5 < 6');
  assert.equal(encodePercent('100% é\n'), '100%25 %C3%A9%0A');
  assert.equal(decodePercent('50% off %zz %e2%98%83'), '50% off %zz ☃');
});

test('binary values are base64 without padding, and read with or without it', () => {
  assert.equal(encodeBinary(Uint8Array.of(255)), '/w');
  assert.deepEqual(decodeBinary('/w'), Buffer.of(255));
  assert.deepEqual(decodeBinary('/w=='), Buffer.of(255));
  assert.deepEqual(decodeBinary('AQ==,Ag=='), Buffer.of(1));
});
