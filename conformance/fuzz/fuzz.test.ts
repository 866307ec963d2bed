import assert from 'node:assert/strict';
import { test } from 'node:test';
import { damagedInput } from './damage.ts';
import { formatReport } from './format-report.ts';
import { type FuzzTarget, fuzz, readerTarget } from './fuzz.ts';
import { Random } from './random.ts';
import { TARGETS } from './targets.ts';

test('5000 damaged Arrow files, Arrow streams and frame JSON texts end in a FrameError or a usable frame', async () => {
  const report = await fuzz((await TARGETS.frames?.()) ?? [], { cases: 5000, seed: 1_000_000 });
  assert.deepEqual(report.failures, [], formatReport('frames', report));
  assert.equal(report.cases, 5000);
  assert.ok(report.accepted > 250, `${report.accepted} accepted`);
  assert.ok(report.refusals.size > 50, `${report.refusals.size} distinct refusals`);
});

const samples = { inputs: [Buffer.from('hello, world')], tokens: [Buffer.from('TOKEN')] };

test('a reader that fails is found, and its seed repeats the case', async () => {
  const target = readerTarget({
    ...samples,
    name: 'fragile',
    read(input) {
      if (Buffer.from(input).includes('TOKEN')) throw new RangeError(`out of bounds: ${input.length}`);
      return input.length < 5 ? `only ${input.length} bytes in "${input}"` : undefined;
    },
  });
  const report = await fuzz([target], { cases: 1000, seed: 7, maxFailures: 3 });
  assert.equal(report.failures.length, 3);
  const [failure] = report.failures;
  assert.ok(failure);
  const repeated = await fuzz([target], { cases: 1, seed: failure.seed });
  assert.deepEqual(repeated.failures, [failure]);
  assert.deepEqual([...report.refusals.keys()], ['only N bytes in "…"']);
  assert.match(
    formatReport('fragile', report),
    new RegExp(`first failing seed: ${failure.seed} .*--cases 1 --seed ${failure.seed}\n.*out of bounds`),
  );
});

test('a case that takes too long is a failure', async () => {
  let clock = 0;
  const target: FuzzTarget = {
    name: 'slow',
    run() {
      clock += 500;
      return undefined;
    },
  };
  const { failures, slowest } = await fuzz([target], { cases: 2, seed: 1, maxMs: 400, now: () => clock });
  assert.equal(failures.length, 2);
  assert.match(String(failures[0]?.error), /took 500 ms/);
  assert.equal(slowest.ms, 500);
});

test('damage is the same for the same seed, of all sorts, and leaves the samples alone', () => {
  const made = Array.from({ length: 300 }, (_, seed) => Buffer.from(damagedInput(samples, new Random(seed))).toString('latin1'));
  const again = Array.from({ length: 300 }, (_, seed) => Buffer.from(damagedInput(samples, new Random(seed))).toString('latin1'));
  assert.deepEqual(made, again);
  assert.equal(samples.inputs[0]?.toString(), 'hello, world');
  assert.ok(new Set(made).size > 200);
  for (const sort of [(text: string) => text.includes('TOKEN'), (text: string) => text.length < 6, (text: string) => text.length > 20])
    assert.ok(made.some(sort), String(sort));
});
