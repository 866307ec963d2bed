import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { bool, buildColumn, field, float64, frame, int64, time, utf8 } from '../build/index.ts';
import { assertSameFrame } from '../fixtures/assert-frames.ts';
import { sampleCells } from '../fixtures/sample-frames.ts';
import { FIELD_KINDS, Frame } from '../model/index.ts';
import { longToWide, sortFrame, wideToLong } from './index.ts';

test('a wide series becomes long: labels become text fields, values go under each other', () => {
  const wide = frame(
    'w',
    [
      ['Time', time.fromMillis([1, 2])],
      ['v', float64([1, 2], { labels: { host: 'b' }, config: { unit: 's', displayName: 'B' } })],
      ['v', float64([3, null], { labels: { host: 'a', zone: 'x' }, config: { unit: 's', displayName: 'A' } })],
      ['n', int64([5n, 6n], { labels: { host: 'b' } })],
    ],
    { refId: 'A', meta: { path: 'p' } },
  );
  const long = wideToLong(wide);
  assert.deepEqual(
    long.fields.map((part) => [part.name, part.kind, part.nullable, part.toArray()]),
    [
      ['Time', 'time', false, [1_000_000n, 1_000_000n, 2_000_000n, 2_000_000n]],
      ['n', 'int64', true, [null, 5n, null, 6n]],
      ['v', 'float64', true, [3, 1, null, 2]],
      ['host', 'string', false, ['a', 'b', 'a', 'b']],
      ['zone', 'string', false, ['x', '', 'x', '']],
    ],
  );
  assert.deepEqual(long.field('v')?.config, { unit: 's' });
  assert.deepEqual(long.meta, { path: 'p', type: 'timeseries-long', typeVersion: [0, 1] });
  assert.deepEqual([long.name, long.refId], ['w', 'A']);
});

test('fields that cannot be told apart or joined are refused', () => {
  const wide = (...values: Parameters<typeof field>[1][]) =>
    frame('', [['t', time.fromMillis([1])], ...values.map((value) => ['v', value] as const)]);
  const labels = { a: 'b' };
  assert.throws(() => wideToLong(wide(float64([1]), int64([1n]))), { code: 'fields_mismatch', message: /field "v".*float64.*int64/ });
  assert.throws(() => wideToLong(wide(float64([1], { labels }), float64([1], { labels }))), {
    code: 'fields_mismatch',
    message: /field "v".*\[\["a","b"\]\]/,
  });
  assert.throws(() => wideToLong(frame('', { t: time.fromMillis([1]), s: utf8(['x']), v: float64([1]) })), { code: 'series_expected' });
  assert.throws(() => wideToLong(frame('', { t: time.fromMillis([2, 1]), v: float64([1, 2]) })), {
    code: 'series_unsorted',
    message: /row 1/,
  });
  assert.throws(() => wideToLong(frame('', { t: time.fromMillis([null]), v: float64([1]) })), {
    code: 'series_time_null',
    message: /row 0/,
  });
});

test('series without names or labels in common pass the limit before memory does', () => {
  const apart = Array.from({ length: 100 }, (_, i) => [`v${i}`, float64([1], { labels: { [`l${i}`]: 'x' } })] as const);
  const wide = frame('', [['t', time.fromMillis([1])], ...apart]);
  assert.throws(() => wideToLong(wide, { maxCells: 20_099 }), { code: 'frame_too_large', message: /100 .*201/ });
  assert.equal(wideToLong(wide).fields.length, 201);
  assert.throws(() => wideToLong(wide.slice(0, 0), { maxCells: 20_099 }), { code: 'frame_too_large' });
});

test('no rows and no labels are converted too', () => {
  const long = wideToLong(frame('', { t: time.fromMillis([]), v: float64([]) }));
  assert.deepEqual(
    long.fields.map(({ name, length }) => [name, length]),
    [
      ['t', 0],
      ['v', 0],
    ],
  );
});

const VALUE_KINDS = FIELD_KINDS.filter((kind) => kind !== 'string' && kind !== 'bool');

test('a long series with every time in every series comes back from wide as it was, whatever its kinds', () => {
  const arbitrary = fc.record({
    instants: fc.integer({ min: 1, max: 12 }),
    hosts: fc.uniqueArray(fc.string({ unit: 'binary', maxLength: 4 }), { minLength: 1, maxLength: 5 }),
    kinds: fc.uniqueArray(fc.constantFrom(...VALUE_KINDS), { minLength: 1, maxLength: 4 }),
    nullable: fc.boolean(),
    withFlag: fc.boolean(),
    seed: fc.nat(1000),
    start: fc.nat(3),
  });
  fc.assert(
    fc.property(arbitrary, ({ instants, hosts, kinds, nullable, withFlag, seed, start }) => {
      const rows = instants * hosts.length;
      const config = { unit: 's' };
      const whole = new Frame(
        'f',
        [
          field('Time', time.fromMillis(Array.from({ length: rows }, (_, row) => Math.floor(row / hosts.length)))),
          ...kinds.map((kind) =>
            field(`value ${kind}`, buildColumn(kind, sampleCells(kind, rows, { nullable, seed }), { nullable, config })),
          ),
          field('host', utf8(Array.from({ length: rows }, (_, row) => hosts[row % hosts.length]))),
          ...(withFlag ? [field('flag', bool(Array.from({ length: rows }, () => true)))] : []),
        ],
        { refId: 'A' },
      );
      // Whole instants are cut off in front, so that columns start inside a byte.
      const long = whole.slice(Math.min(start, instants - 1) * hosts.length);
      const back = wideToLong(longToWide(long, { fill: 'none' }));
      const expected = long.fields.map((part) =>
        part.name === 'flag' ? field('flag', utf8(Array.from({ length: long.length }, () => 'true'))) : part,
      );
      // The order of the conversions: values by name, label fields by name, rows by time and host.
      const byName = (names: string[]) => names.sort().map((name) => expected.find((part) => part.name === name) as (typeof expected)[0]);
      const order = [...byName(kinds.map((kind) => `value ${kind}`)), ...byName(withFlag ? ['flag', 'host'] : ['host'])];
      const ordered = new Frame('f', [expected[0], ...order], { refId: 'A' }).as('timeseries-long');
      const meta = back.meta;
      const plain = back.fields.map((part) => part);
      assertSameFrame(sortFrame(new Frame('f', plain, { refId: 'A', meta }), ['Time', 'host']), sortFrame(ordered, ['Time', 'host']));
    }),
    { seed: 1, numRuns: 200 },
  );
});
