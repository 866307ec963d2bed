import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MessageQueue } from './message-queue.ts';

test('messages come out as they went in, whatever their sizes and however the reader lags', () => {
  const sizes = fc.oneof(fc.constant(0), fc.nat(20), fc.nat(3000));
  fc.assert(
    fc.property(fc.array(fc.tuple(sizes, fc.nat(3)), { minLength: 300, maxLength: 1500 }), (steps) => {
      const queue = new MessageQueue();
      const expected: number[] = [];
      const check = () => {
        const message = queue.shift();
        assert.equal(message?.length, expected.shift());
        assert.ok(message === undefined || message.every((octet) => octet === message.length % 251));
      };
      for (const [size, reads] of steps) {
        queue.push(Buffer.alloc(size, size % 251));
        expected.push(size);
        if (reads === 3) check();
      }
      while (!queue.isEmpty) check();
      assert.deepEqual([expected, queue.shift()], [[], undefined]);
    }),
    { numRuns: 30 },
  );
});

test('a million messages without an octet take a few megabytes', () => {
  const queue = new MessageQueue();
  const empty = new Uint8Array(0);
  const before = process.memoryUsage();
  for (let i = 0; i < 1_000_000; i++) queue.push(empty);
  const after = process.memoryUsage();
  const grownBytes = after.arrayBuffers - before.arrayBuffers + after.heapUsed - before.heapUsed;
  assert.ok(grownBytes < 16e6, `${grownBytes} bytes`);
  assert.equal(queue.shift()?.length, 0);
});
