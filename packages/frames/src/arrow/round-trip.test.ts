import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bool, field, float64, frame, int64, time, utf8 } from '../build/index.ts';
import { assertSameFrame } from '../fixtures/assert-frames.ts';
import { sampleField, sampleFrame } from '../fixtures/sample-frames.ts';
import { FIELD_KINDS, Frame } from '../model/index.ts';
import { decodeArrow, encodeArrow } from './index.ts';

test('every kind, nullable and not, of 0, 1, 7 and 1000 rows, comes back from Arrow as it was', () => {
  for (const kind of FIELD_KINDS)
    for (const nullable of [false, true])
      for (const rows of [0, 1, 7, 1000]) {
        const sent = new Frame('', [sampleField(kind, rows, { nullable })]);
        assertSameFrame(decodeArrow(encodeArrow(sent)), sent);
      }
});

test('a file decodes at any alignment, without copying', () => {
  const sent = sampleFrame(33);
  const bytes = encodeArrow(sent);
  for (let shift = 0; shift < 8; shift++) {
    const memory = new Uint8Array(bytes.length + 8);
    memory.set(bytes, shift);
    const received = decodeArrow(memory.subarray(shift, shift + bytes.length));
    assertSameFrame(received, sent);
    for (const { column } of received.fields) assert.equal(column.values.buffer, memory.buffer);
  }
});

test('names, labels, config and meta survive, with duplicate names and unknown keys', () => {
  const config = { unit: 'celsius', min: -0.5, custom: { deep: [1, { x: null }] }, future: true } as object;
  const sent = frame(
    'wetter ☂',
    [
      ['Value', float64([1], { labels: { host: 'ä', dc: 'eu' }, config })],
      ['Value', int64([1], { labels: {} })],
      ['', utf8(['x'])],
    ],
    { refId: 'Q', meta: { type: 'table', notices: [{ severity: 'info', text: 'hi' }], ...({ later: 1 } as object) } },
  );
  const received = decodeArrow(encodeArrow(sent));
  assertSameFrame(received, sent);
  assert.deepEqual(received.meta, { type: 'table', typeVersion: [0, 0], notices: [{ severity: 'info', text: 'hi' }], later: 1 });
});

test('a frame without fields and one without rows are valid files', () => {
  assertSameFrame(decodeArrow(encodeArrow(frame('empty', {}))), frame('empty', {}));
  assert.equal(decodeArrow(encodeArrow(sampleFrame(0))).fields.length, FIELD_KINDS.length * 2);
});

test('a slice at any row is written as a file of its own', () => {
  const whole = sampleFrame(40);
  for (const [start, end] of [
    [0, 40],
    [1, 1],
    [3, 12],
    [9, 40],
    [8, 24],
  ] as const) {
    const sent = whole.slice(start, end);
    const received = decodeArrow(encodeArrow(sent));
    assert.deepEqual(
      received.fields.map((f) => f.toArray()),
      whole.fields.map((f) => f.toArray().slice(start, end)),
    );
  }
});

test('two frames of one schema do not disturb each other', () => {
  const first = frame('x', { t: time.fromMillis([1, 2]), v: float64([1, null]), b: bool([true, false]) });
  const second = frame('x', { t: time.fromMillis([3]), v: float64([null]), b: bool([false]) });
  const [bytesOfFirst, bytesOfSecond] = [encodeArrow(first), encodeArrow(second)];
  assertSameFrame(decodeArrow(bytesOfFirst), first);
  assertSameFrame(decodeArrow(bytesOfSecond), second);
});

test('values that do not change the schema text keep their own metadata', () => {
  const with1 = new Frame('', [field('v', float64([1], { config: { unit: 'a' } }))]);
  const with2 = new Frame('', [field('v', float64([1], { config: { unit: 'b' } }))]);
  assertSameFrame(decodeArrow(encodeArrow(with1)), with1);
  assertSameFrame(decodeArrow(encodeArrow(with2)), with2);
});
