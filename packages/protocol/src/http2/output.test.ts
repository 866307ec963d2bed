import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OutputBuffer } from './output.ts';

const PART_BYTES = 100 << 10;

test('slabs that were filled and written are used again: a long answer in small frames takes the memory of one burst', () => {
  const output = new OutputBuffer();
  const memory = new Set<ArrayBufferLike>();
  for (let burst = 0; burst < 100; burst++) {
    for (let part = 0; part < 3; part++) write(output, part);
    for (const chunk of output.take()) memory.add(chunk.buffer);
    output.recycle();
  }
  assert.equal(memory.size, 3);
});

test('a slab is left alone until the kernel has its bytes, and while some of them have not been taken', () => {
  const output = new OutputBuffer();
  write(output, 1);
  write(output, 2);
  const held = output.take();
  for (let value = 3; value < 9; value++) write(output, value);
  assert.deepEqual(firstBytes(held), [1, 2]);
  output.recycle(); // what was taken has gone, the rest waits
  for (let value = 9; value < 12; value++) write(output, value);
  assert.deepEqual(firstBytes(output.take()), [3, 4, 5, 6, 7, 8, 9, 10, 11]);
});

/** As much as fits a slab once, all octets of one value. */
function write(output: OutputBuffer, value: number): void {
  const at = output.reserve(PART_BYTES);
  output.slab.fill(value, at, at + PART_BYTES);
  output.position = at + PART_BYTES;
}

const firstBytes = (chunks: readonly Uint8Array[]) => chunks.map((chunk) => chunk[0]);
