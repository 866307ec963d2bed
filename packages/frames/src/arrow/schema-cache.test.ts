import assert from 'node:assert/strict';
import { test } from 'node:test';
import { float64, frame, time } from '../build/index.ts';
import { decodeArrow } from './decode-file.ts';
import { encodeArrow } from './encode-file.ts';

const weather = (rows: number, unit: string) =>
  frame('weather', {
    Time: time.fromMillis(Array.from({ length: rows }, (_, i) => i)),
    Value: float64(
      Array.from({ length: rows }, (_, i) => i / 2),
      { labels: { host: 'a' }, config: { unit, custom: { deep: [1] } } },
    ),
  }).as('timeseries-multi');

test('files of one schema are decoded alike, whatever their rows', () => {
  for (const rows of [3, 0, 7, 3, 1000]) {
    const decoded = decodeArrow(encodeArrow(weather(rows, 'celsius')));
    assert.equal(decoded.length, rows);
    assert.deepEqual(decoded.fields[1].toArray(), weather(rows, 'celsius').fields[1].toArray());
    assert.deepEqual(decoded.meta, { type: 'timeseries-multi', typeVersion: [0, 1] });
  }
});

test('metadata of files that differ in their rows alone is read once', () => {
  const [first, second] = [3, 70_000].map((rows) => decodeArrow(encodeArrow(weather(rows, 'kelvin'))).fields[1]);
  assert.ok(first.config !== undefined && first.config === second.config);
});

test('a schema that differs in one byte is another schema', () => {
  const units = ['celsius', 'celsiua', 'celsius'].map((unit) => decodeArrow(encodeArrow(weather(3, unit))).fields[1].config?.unit);
  assert.deepEqual(units, ['celsius', 'celsiua', 'celsius']);
});

test('the file is left as it is, also one in a Node Buffer', () => {
  const file = encodeArrow(weather(3, 'watt'));
  const buffer = Buffer.from(file);
  assert.equal(decodeArrow(buffer).length, 3);
  assert.equal(decodeArrow(buffer).length, 3);
  assert.deepEqual(new Uint8Array(buffer), file);
});

test('metadata that decoded frames share cannot be changed', () => {
  const [first, second] = [decodeArrow(encodeArrow(weather(3, 'volt'))), decodeArrow(encodeArrow(weather(4, 'volt')))];
  const config = first.fields[1].config as { unit: string; custom: { deep: number[] } };
  assert.throws(() => {
    config.unit = 'ampere';
  }, TypeError);
  assert.throws(() => config.custom.deep.push(2), TypeError);
  assert.throws(() => Object.assign(first.fields[1].labels as object, { host: 'b' }), TypeError);
  assert.equal(second.fields[1].config?.unit, 'volt');
});
