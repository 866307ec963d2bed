import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as flechette from '@uwdata/flechette';
import * as arrow from 'apache-arrow';
import { float64, frame, utf8 } from '../build/index.ts';
import { assertSameFrame } from '../fixtures/assert-frames.ts';
import { sampleFrame } from '../fixtures/sample-frames.ts';
import type { Frame } from '../model/index.ts';
import { decodeArrowBatches, decodeArrowStream, encodeArrowBatches } from './index.ts';

const whole = sampleFrame(30);
const parts = [whole.slice(0, 7), whole.slice(7, 7), whole.slice(7, 30)];
const write = async (frames: Iterable<Frame>) => Buffer.concat(await Array.fromAsync(encodeArrowBatches(frames)));

test('frames come back one by one, those without rows too, and together as one', async () => {
  const stream = await write(parts);
  const received = await Array.fromAsync(decodeArrowBatches(new Blob([stream]).stream()));
  assert.equal(received.length, parts.length);
  for (const [index, one] of received.entries()) assertSameFrame(one, parts[index]);
  assertSameFrame(decodeArrowStream(stream), whole);
});

test('apache-arrow and flechette read the batches', async () => {
  const made = frame('m', { v: float64([1, null, 3, 4]), t: utf8(['a', 'ü', null, '']) });
  const stream = await write([made.slice(0, 3), made.slice(3, 3), made.slice(3, 4)]);
  const theirs = arrow.tableFromIPC(stream);
  assert.deepEqual(
    theirs.toArray().map((row) => [row.v, row.t]),
    [
      [1, 'a'],
      [null, 'ü'],
      [3, null],
      [4, ''],
    ],
  );
  assert.deepEqual(flechette.tableFromIPC(stream).toColumns().t, ['a', 'ü', null, '']);
});

test('big columns are given out as they are', async () => {
  const values = Float64Array.from({ length: 50_000 }, (_, row) => row);
  const given = await Array.fromAsync(encodeArrowBatches([frame('big', { v: float64(values) })]));
  assert.ok(given.some(({ buffer }) => buffer === values.buffer));
});

test('a frame of another schema is refused by name and row, after what came before', async () => {
  const other = frame('other', { v: float64([1]) });
  const given: Uint8Array[] = [];
  const writing = async () => {
    for await (const part of encodeArrowBatches([whole, other])) given.push(part);
  };
  await assert.rejects(writing, { name: 'FrameError', code: 'fields_mismatch', message: /"other" at row 30 .*labels and config/ });
  assertSameFrame(decodeArrowStream(Buffer.concat(given)), whole);
});

test('no frames are no bytes', async () => {
  assert.equal((await write([])).length, 0);
});
