import assert from 'node:assert/strict';
import test from 'node:test';
import { filterBench } from './filter-bench.ts';
import { interleave } from './interleave.ts';
import { median } from './median.ts';
import { formatResult } from './report.ts';
import type { Bench, Measurement, Metric, Peer, Ratio } from './types.ts';

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

test('ratios are taken within a round; of several cases they are the geometric mean', async () => {
  const { ratios, rows } = await interleave(benchOf([]), 3, () => {});
  assert.equal(ratios['call, CPU: a / b'], 0.5);
  assert.equal(ratios['call, speed: a / b'], 1);
  assert.equal(ratios['call, p99: a / 4'], 0.25);
  assert.equal(rows[0]?.cpuUsPerOp, 40);
  assert.match(formatResult({ name: 'x', rounds: 3, rows, ratios }), /call, CPU: a \/ b +0\.50/);
});

test('of several cases a ratio is the geometric mean, and a case may leave variants out', async () => {
  const one = benchOf([]);
  const both = { cases: ['call', 'more'], metric: 'cpu', over: 'a', under: 'b' } as const;
  const cases = [
    ...one.cases,
    { name: 'more', work: undefined, variants: ['a', 'b'] },
    { name: 'alone', work: undefined, variants: ['a'] },
  ];
  const { ratios, rows } = await interleave({ ...one, cases, ratios: [{ ...both, name: 'geomean' }] }, 1, () => {});
  assert.ok(ratios.geomean !== undefined && ratios.geomean > 0 && ratios.geomean < 1);
  assert.deepEqual(
    rows.map((row) => `${row.case} ${row.variant}`),
    ['call a', 'call b', 'more a', 'more b', 'alone a'],
  );
});

test('a filter keeps the cases with its text, and the ratios that need no other', () => {
  const { cases, ratios } = filterBench(
    {
      ...benchOf([]),
      cases: [
        { name: 'call', work: undefined },
        { name: 'other', work: undefined },
      ],
    },
    'oth',
  );
  assert.deepEqual([cases.map(({ name }) => name), ratios], [['other'], []]);
  assert.throws(() => filterBench(benchOf([]), 'nothing'), RangeError);
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
  const cases = [{ name: 'call', work: undefined }];
  const ratio = (name: string, metric: Metric, under: string | number): Ratio => ({ name, cases: ['call'], metric, over: 'a', under });
  const ratios = [ratio('call, CPU: a / b', 'cpu', 'b'), ratio('call, speed: a / b', 'calls/s', 'b'), ratio('call, p99: a / 4', 'p99', 4)];
  return { name: 'x', cases, variants: { a: peer('a', 4), b: peer('b', 8) }, ratios };
}

function measurement(cpuUs: number): Measurement {
  return { calls: 1, bytes: 1, wallUs: 1, p50Us: 1, p99Us: 1, hostCpuUs: cpuUs, pluginCpuUs: 0, hostPeakRssBytes: 1 };
}
