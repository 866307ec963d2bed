import assert from 'node:assert/strict';
import { test } from 'node:test';
import { field, float64, frame, int64, time, utf8 } from '../build/index.ts';
import { createRandom } from '../fixtures/sample-frames.ts';
import {
  bitAt,
  copyBits,
  countBits,
  FRAME_ERROR_CODES,
  FrameError,
  formatConfig,
  formatLabels,
  formatMeta,
  readConfig,
  readMeta,
} from './index.ts';

test('cells are read by row, by iteration and as an array', () => {
  const values = field('v', float64([1, null, 3]));
  assert.equal(values.get(0), 1);
  assert.equal(values.get(1), null);
  assert.equal(values.isNull(1), true);
  for (const row of [-1, 3, 0.5, Number.NaN]) assert.equal(values.get(row), undefined);
  assert.deepEqual([...values], [1, null, 3]);
  assert.deepEqual(field('t', time.fromNanos([-1n, 1_999_999n, null])).toMillis(), [-1, 1, null]);
  assert.throws(() => values.toMillis(), TypeError);
});

test('a frame can be given a type, a notice, another name; it never changes itself', () => {
  const plain = frame('a', { v: int64([1n]) });
  const typed = plain.as('timeseries-multi').withNotice({ severity: 'info', text: 'x' }).with({ refId: 'B', name: 'b' });
  assert.equal(plain.meta, undefined);
  assert.deepEqual(typed.meta, { type: 'timeseries-multi', typeVersion: [0, 1], notices: [{ severity: 'info', text: 'x' }] });
  assert.deepEqual([typed.name, typed.refId, typed.length], ['b', 'B', 1]);
  assert.deepEqual([typed.with({ meta: undefined }).meta, typed.with({ refId: undefined }).refId], [undefined, '']);
  assert.equal(typed.field('v'), plain.fields[0]);
  assert.equal(typed.field('w'), undefined);
  assert.deepEqual(frame('', {}, { meta: { channel: 'c' } }).meta, { channel: 'c', typeVersion: [0, 0] });
});

test('slices of slices are views, and their bounds are clamped', () => {
  const whole = frame('', { s: utf8(['a', null, 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k']) });
  const part = whole.slice(2, 11).slice(1, 8);
  assert.deepEqual(part.fields[0].toArray(), ['d', 'e', 'f', 'g', 'h', 'i', 'j']);
  assert.equal(part.fields[0].column.values.buffer, whole.fields[0].column.values.buffer);
  assert.equal(whole.slice(5, 2).length, 0);
  assert.equal(whole.slice(-3, 99).length, 11);
});

test('bits are counted and copied from any position', () => {
  const random = createRandom(5);
  const bits = Uint8Array.from({ length: 20 }, () => random() * 256);
  for (let start = 0; start < 20; start++)
    for (const length of [0, 1, 7, 8, 9, 64, 100]) {
      const expected = Array.from({ length }, (_, i) => bitAt(bits, start + i));
      assert.equal(countBits(bits, start, length), expected.filter(Boolean).length);
      const target = new Uint8Array((length + 7) >> 3).fill(255);
      copyBits(bits, start, target, length);
      assert.deepEqual(
        Array.from({ length: target.length * 8 }, (_, i) => bitAt(target, i)),
        [...expected, ...new Array(target.length * 8 - length).fill(false)],
      );
    }
});

test('metadata is written in the order of Go, without what Go leaves out, with what nobody knows', () => {
  assert.equal(formatLabels({ b: '1', a: '"' }, 'f'), '{"a":"\\"","b":"1"}');
  const config = {
    zzz: 1,
    custom: {},
    unit: 's',
    displayName: '',
    decimals: 0,
    filterable: false,
    interval: 0,
    min: Number.NaN,
    links: [],
  };
  assert.equal(formatConfig(config, 'f'), '{"filterable":false,"unit":"s","decimals":0,"min":null,"zzz":1}');
  assert.equal(formatMeta({ typeVersion: [0, 0], path: '', type: 'table' }), '{"type":"table","typeVersion":[0,0]}');
});

test('metadata is checked where Grafana checks it', () => {
  assert.deepEqual(readConfig({ unit: 's', min: null, other: null }, 'f'), { unit: 's', other: null });
  assert.equal(readConfig(null, 'f'), undefined);
  assert.deepEqual(readMeta({}), { typeVersion: [0, 0] });
  assert.throws(() => readMeta({ typeVersion: [-1, 0] }), { code: 'metadata_invalid', message: /typeVersion/ });
  assert.throws(() => readMeta([]), { code: 'metadata_invalid' });
  assert.throws(() => readConfig({ decimals: 0.5 }, 'f'), { message: /field "f".*decimals.*65535/ });
  const polluting = readConfig(JSON.parse('{"__proto__":{"unit":"x"}}'), 'f');
  assert.equal(polluting?.unit, undefined);
});

test('errors say what is wrong, where, and what to do', () => {
  const error = new FrameError('cell_invalid', { reason: 'x', field: 'f', row: 3, hint: 'do y' });
  assert.equal(error.message, 'a value does not fit its column (field "f") (row 3): x; do y');
  assert.ok(FRAME_ERROR_CODES.includes(error.code));
});
