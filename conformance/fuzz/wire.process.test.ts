import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatReport } from './format-report.ts';
import { fuzz } from './fuzz.ts';
import { Random } from './random.ts';
import { TARGETS } from './targets.ts';
import { createSample, damagedConnection } from './wire/damage.ts';
import { formatFrames, frameOf, parseFrames, Type } from './wire/frames.ts';

test('20 000 damaged connections: a client and a server survive, every call and every handler ends', { timeout: 600_000 }, async () => {
  const report = await fuzz((await TARGETS.wire?.()) ?? [], { cases: 20_000, seed: 5_000_000 });
  assert.deepEqual(report.failures, [], formatReport('wire', report));
  assert.equal(report.cases, 20_000);
  assert.ok(report.accepted > 1000, `${report.accepted} accepted`);
  assert.ok(report.refusals.size > 60, `${report.refusals.size} distinct refusals`);
  // Nothing goes on when the connections are gone: a timer of a deadline would.
  assert.deepEqual(
    process.getActiveResourcesInfo().filter((name) => name === 'Timeout'),
    [],
  );
});

test('frames come back as they were, and damage is the same for the same seed and leaves its sample alone', () => {
  const bytes = formatFrames([
    frameOf(Type.headers, 4, 1, Buffer.from('block')),
    frameOf(Type.data, 0, 1, Buffer.from('\0\0\0\0\x02hi')),
    frameOf(Type.ping, 0, 0, Buffer.alloc(8)),
  ]);
  assert.deepEqual(formatFrames(parseFrames(bytes)), bytes);
  const sample = createSample(Buffer.from(bytes), 0);
  const make = (seed: number) => damagedConnection(sample, [sample], new Random(seed)).toString('hex');
  const made = Array.from({ length: 1000 }, (_, seed) => make(seed));
  assert.deepEqual(
    Array.from({ length: 1000 }, (_, seed) => make(seed)),
    made,
  );
  assert.deepEqual(formatFrames(sample.frames), bytes);
  assert.ok(new Set(made).size > 600, `${new Set(made).size} different`);
});
