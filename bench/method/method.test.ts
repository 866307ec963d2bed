import assert from 'node:assert/strict';
import test from 'node:test';
import { interleave } from './interleave.ts';
import { median } from './median.ts';
import { formatResult } from './report.ts';
import type { Bench, Measurement, Peer } from './types.ts';

test('the median of an even count is the mean of the two in the middle', () => {
  assert.equal(median([5, 1, 3]), 3);
  assert.equal(median([4, 1, 3, 2]), 2.5);
  assert.throws(() => median([]), RangeError);
});

test('variants take turns, another one first in each round, and a warm-up is not counted', async () => {
  const order: string[] = [];
  const result = await interleave(benchOf(order), 3, () => {});
  assert.deepEqual(order.slice(2), ['a', 'b', 'b', 'a', 'a', 'b', 'gone', 'gone']);
  assert.equal(result.rows.length, 2);
});

test('ratios are taken within a round, named by case, metric and variants', async () => {
  const { ratios, rows } = await interleave(benchOf([]), 3, () => {});
  assert.equal(ratios['call, CPU of both: a / b'], 0.5);
  assert.equal(ratios['call, calls/s: a / b'], 1);
  assert.equal(rows[0]?.cpuUsPerOp, 40);
  assert.match(formatResult({ name: 'x', rounds: 3, rows, ratios }), /call, CPU of both: a \/ b +0\.50/);
});

/** Two variants whose CPU differs by two, on a machine that gets slower. */
function benchOf(order: string[]): Bench<undefined> {
  let disturbance = 1;
  const peer = (name: string, cpu: number) => async (): Promise<Peer<undefined>> => ({
    async measure() {
      order.push(name);
      if (order.length % 2 === 1) disturbance++;
      const cpuUs = (cpu * disturbance * 10) / 4;
      return measurement(cpuUs);
    },
    async [Symbol.asyncDispose]() {
      order.push('gone');
    },
  });
  const cases = [{ name: 'call', work: undefined, isThroughput: false }];
  return { name: 'x', cases, variants: { a: peer('a', 4), b: peer('b', 8) }, ratios: [['a', 'b']] };
}

function measurement(cpuUs: number): Measurement {
  return { calls: 1, bytes: 1, wallUs: 1, p50Us: 1, p99Us: 1, hostCpuUs: cpuUs, pluginCpuUs: 0, hostPeakRssBytes: 1 };
}
