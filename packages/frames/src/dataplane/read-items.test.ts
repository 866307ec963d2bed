import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { bool, buildColumn, enumeration, field, float64, frame, int64, json, time, utf8 } from '../build/index.ts';
import { FIELD_KINDS, Frame } from '../model/index.ts';
import { formatLabelSet, readItems, readNumbers, readSeries, type Series, validateDataplane } from './index.ts';

const at = (...millis: (number | null)[]) => time.fromMillis(millis);
const show = (series: Iterable<Series>) =>
  [...series].map(({ name, labels, times, values }) => [
    `${name}{${formatLabelSet(labels)}}`,
    [...times].map((t) => Number(t) / 1e6),
    [...values],
  ]);

test('wide frames give a series per value field, sorted by name and labels', () => {
  const wide = frame('', [
    ['b', float64([1, null], { labels: { host: 'x' }, config: { unit: 's' } })],
    ['t', at(1, 2)],
    ['a', int64([2n ** 60n, 1n], { labels: { host: 'z' } })],
    ['a', bool([true, false], { labels: { host: 'y' } })],
    ['note', utf8(['', ''])],
    ['t2', at(5, 6)],
  ]).as('timeseries-wide');
  assert.deepEqual(show(readSeries([wide])), [
    ['a{host=y}', [1, 2], [1, 0]],
    ['a{host=z}', [1, 2], [2 ** 60, 1]],
    ['b{host=x}', [1, 2], [1, null]],
  ]);
  const [, a, b] = [...readSeries([wide])];
  assert.equal(a.values.exactAt(0), 2n ** 60n);
  assert.equal(b.values.isNull(1), true);
  assert.deepEqual([...b.values.toFloat64()], [1, Number.NaN]);
  assert.deepEqual(b.config, { unit: 's' });
  assert.throws(() => a.values.at(2), RangeError);
});

test('series of wide frames are views: nothing is copied', () => {
  const wide = frame('', { t: time.fromNanos(BigInt64Array.of(1n, 2n)), v: float64(Float64Array.of(1, 2)) }).as('timeseries-wide');
  const [{ times, values }] = [...readSeries([wide])];
  assert.equal(times.toNanos().buffer, wide.fields[0].column.values.buffer);
  assert.equal(values.toFloat64().buffer, wide.fields[1].column.values.buffer);
  const shifted = new Uint8Array(17);
  shifted.set(new Uint8Array(Float64Array.of(1.5, 2.5).buffer), 1);
  const { column } = wide.fields[1];
  const odd = field('v', { column: { ...column, values: shifted.subarray(1) } });
  assert.deepEqual([...[...readSeries([new Frame('', [wide.fields[0], odd], wide)])][0].values.toFloat64()], [1.5, 2.5]);
});

test('multi frames give their first value, in their order; frames of no type are left out', () => {
  const one = (host: string, ...millis: number[]) =>
    frame('', { t: at(...millis), v: float64(millis, { labels: { host } }), w: float64(millis) }).as('timeseries-multi');
  const remainder = frame('', { x: utf8(['']) });
  assert.deepEqual(show(readSeries([one('b', 1, 2), remainder, one('a', 7)])), [
    ['v{host=b}', [1, 2], [1, 2]],
    ['v{host=a}', [7], [7]],
  ]);
  assert.throws(() => readSeries([one('a', 1), frame('', {}).as('timeseries-multi')]), { code: 'dataplane_invalid', message: /frame 1/ });
});

test('long frames give a series per value field and set of dimensions; null is the empty text', () => {
  const long = frame('', {
    t: at(1, 1, 2, 2, 3),
    host: utf8(['b', 'a', 'b', null, 'b']),
    cpu: float64([1, 2, 3, 4, null]),
    mem: int64([10n, 20n, 30n, 40n, 50n]),
    dc: utf8(['x', 'x', 'x', 'x', 'y']),
  }).as('timeseries-long');
  assert.deepEqual(show(readSeries([long])), [
    ['cpu{dc=x, host=}', [2], [4]],
    ['cpu{dc=x, host=a}', [1], [2]],
    ['cpu{dc=x, host=b}', [1, 2], [1, 3]],
    ['cpu{dc=y, host=b}', [3], [null]],
    ['mem{dc=x, host=}', [2], [40]],
    ['mem{dc=x, host=a}', [1], [20]],
    ['mem{dc=x, host=b}', [1, 2], [10, 30]],
    ['mem{dc=y, host=b}', [3], [50]],
  ]);
  assert.deepEqual([...[...readSeries([long])][2].times.toNanos()], [1_000_000n, 2_000_000n]);
  assert.deepEqual(readItems([long.slice(0, 0)]), { kind: 'none' });
});

test('numeric frames give labelled numbers, sorted by name and labels', () => {
  const wide = frame('', [
    ['v', float64([1], { labels: { host: 'b' } })],
    ['v', int64([null], { labels: { host: 'a' } })],
    ['up', bool([true])],
    ['t', at(1)],
  ]).as('numeric-wide');
  assert.deepEqual(readNumbers([wide]), [
    { name: 'v', labels: { host: 'a' }, value: null, config: undefined },
    { name: 'v', labels: { host: 'b' }, value: 1, config: undefined },
  ]);
  const multi = [frame('', { up: bool([true]) }), frame('', { a: float64([]) })].map((one) => one.as('numeric-multi'));
  assert.deepEqual(
    readNumbers(multi).map(({ name, value }) => [name, value]),
    [
      ['a', null],
      ['up', 1],
    ],
  );
  const long = frame('', { host: utf8(['b', 'a', null]), v: float64([1, null, 3]), w: int64([4n, 5n, 6n]) }).as('numeric-long');
  assert.deepEqual(
    readNumbers([long]).map(({ name, labels, value }) => [name, labels.host, value]),
    [
      ['v', '', 3],
      ['v', 'a', null],
      ['v', 'b', 1],
      ['w', '', 6],
      ['w', 'a', 5],
      ['w', 'b', 4],
    ],
  );
  assert.throws(() => readNumbers([multi[0], wide]), { code: 'dataplane_invalid', message: /frame 1 has the type numeric-wide/ });
});

test('no data is no items: no frame, no fields, or a type alone', () => {
  for (const frames of [[], [frame('', {})], [frame('', {}).as('timeseries-multi')], [frame('', {}).as('numeric-long')]]) {
    assert.deepEqual(readItems(frames), { kind: 'none' });
    assert.deepEqual([[...readSeries(frames)], readNumbers(frames)], [[], []]);
  }
});

test('frames of one kind are not read as the other', () => {
  const series = frame('', { t: at(1), v: float64([1]) });
  assert.throws(() => readNumbers([series]), { code: 'dataplane_unreadable', message: /reduce/ });
  assert.throws(() => readSeries([frame('', { v: float64([1]) })]), { code: 'dataplane_unreadable', message: /readNumbers/ });
});

test('frames that break the rules of their type are refused, a newer version is read', () => {
  assert.throws(() => readSeries([frame('', { v: float64([1]) }).as('timeseries-wide')]), {
    code: 'dataplane_invalid',
    message: /no time/,
  });
  assert.throws(() => readSeries([frame('', { t: at(1) }).as('timeseries-long')]), {
    code: 'dataplane_invalid',
    message: /numbers or bools/,
  });
  assert.equal([...readSeries([frame('', { t: at(1), v: float64([1]) }).as('timeseries-wide', [3, 0])])].length, 1);
});

test('untyped frames are read as Grafana reads them: wide as series, one table of numbers as numbers', () => {
  const wide = (name: string) => frame(name, { t: at(1, 2), v: int64([1n, null]) });
  assert.deepEqual(show(readSeries([wide('a'), wide('b')])), [
    ['v{}', [1, 2], [1, null]],
    ['v{}', [1, 2], [1, null]],
  ]);
  const table = frame('', { host: utf8(['a', null]), v: float64([1, null]) });
  assert.deepEqual(
    readNumbers([table]).map(({ labels, value }) => [labels, value]),
    [
      [{ host: 'a' }, 1],
      [{ host: '' }, Number.NaN],
    ],
  );
  const many = frame('', { t: at(1), v: float64([1]), w: float64([2]) }).as('timeseries-many', [0, 1]);
  assert.equal([...readSeries([many])].length, 2);
  assert.equal(readItems([wide('a').as('timeseries-wide', [0, 0])]).kind, 'series');
  assert.equal(readItems([frame('', { t: at(1, 2), v: float64([1, 2]) }).as('table')]).kind, 'series');
});

test('untyped frames that Grafana refuses are refused with its words', () => {
  const refused: [RegExp, Frame[]][] = [
    [/input data must be a wide series but got type long \(input refid\)/, [frame('', { t: at(1), s: utf8(['a']), v: float64([1]) })]],
    [/got type long/, [frame('', { t: at(1), up: bool([true]), v: float64([1]) })]],
    [/got type not \(input refid\)/, [frame('', { s: utf8(['a']) })]],
    [/got type not/, [frame('', { t: at(1), up: bool([true]) })]],
    [/null time stamps/, [frame('', { t: at(1, null), v: float64([1, 2]) })]],
    [/no float64 value column found in frame x/, [frame('x', { t: at(1), v: json([1]) })]],
    [/no float64 value column/, [frame('x', { t: at(1), v: enumeration([1]) })]],
    [/got type not/, [frame('', { v: float64([1]) }), frame('', { v: float64([1]) })]],
  ];
  for (const [message, frames] of refused) assert.throws(() => readItems(frames), { code: 'dataplane_unreadable', message });
});

test('what Grafana does for some data sources only is an option', () => {
  const series = frame('', { t: at(1), v: float64([1]) });
  const other = frame('', { s: utf8(['a']) });
  assert.equal([...readSeries([series, other], { skipOthers: true })].length, 1);
  assert.deepEqual(readItems([other], { skipOthers: true }), { kind: 'none' });
  const vector = frame('up', { t: at(1), v: float64([3], { labels: { job: 'x' } }) }, { meta: { custom: { resultType: 'vector' } } });
  assert.deepEqual(readNumbers([vector], { vectors: true }), [{ name: 'up', labels: { job: 'x' }, value: 3, config: undefined }]);
  assert.equal(readItems([vector]).kind, 'series');
  const named = (displayName: string) => frame('', { t: at(1), v: float64([1], { config: { displayName } }) });
  const labels = (frames: Frame[]) => [...readSeries(frames, { nameLabel: 'name' })].map((one) => one.labels);
  assert.deepEqual(labels([named('a'), named('b')]), [{ name: 'a' }, { name: 'b' }]);
  assert.deepEqual(labels([named('a'), named('a')]), [{}, {}]);
  assert.deepEqual(labels([frame('', { t: at(1), v: float64([1], { labels: { a: 'b' } }) }), named('c')]), [{ a: 'b' }, {}]);
});

test('labels are ordered by their bytes, as Go does', () => {
  const wide = frame('', [
    ['t', at(1)],
    ['v', float64([1], { labels: { k: '\u{1f600}' } })],
    ['v', float64([2], { labels: { k: '\uffee' } })],
  ]).as('timeseries-wide');
  assert.deepEqual(
    [...readSeries([wide])].map(({ values }) => values.at(0)),
    [2, 1],
  );
});

test('every point of a long frame is in exactly one series, in the order of the rows', () => {
  const text = fc.constantFrom('a', 'b', '', 'ü', '__proto__', null);
  const row = fc.record({ host: text, dc: text, value: fc.option(fc.double({ noNaN: true })) });
  fc.assert(
    fc.property(fc.array(row, { maxLength: 60 }), (rows) => {
      const long = frame('', {
        t: time.fromNanos(rows.map((_, i) => BigInt(i))),
        host: utf8(rows.map(({ host }) => host)),
        v: float64(rows.map(({ value }) => value)),
        dc: utf8(rows.map(({ dc }) => dc)),
      }).as('timeseries-long');
      assert.deepEqual(validateDataplane([long]), []);
      const seen = new Map<bigint, number | null>();
      const keys = new Set<string>();
      for (const { labels, times, values } of readSeries([long])) {
        assert.deepEqual(
          [...times],
          [...times].sort((a, b) => Number(a - b)),
        );
        keys.add(JSON.stringify(labels));
        for (const [point, nanos] of [...times].entries()) {
          const { host, dc } = rows[Number(nanos)];
          assert.deepEqual([labels.host, labels.dc], [host ?? '', dc ?? '']);
          assert.ok(!seen.has(nanos));
          seen.set(nanos, values.at(point));
        }
      }
      assert.equal(seen.size, rows.length);
      for (const [i, { value }] of rows.entries()) assert.ok(Object.is(seen.get(BigInt(i)), value));
      assert.equal(keys.size, new Set(rows.map(({ host, dc }) => JSON.stringify([host ?? '', dc ?? '']))).size);
    }),
    { numRuns: 100 },
  );
});

test('work grows with the number of dimensions, not with its square', () => {
  const dimensions = Array.from({ length: 12_000 }, (_, i) => [`d${i}`, utf8(['x'])] as const);
  const before = process.cpuUsage();
  const [number] = readNumbers([frame('', [...dimensions, ['v', float64([1])]]).as('numeric-long')]);
  assert.equal(Object.keys(number.labels).length, 12_000);
  // A tenth of a second; labels copied for each dimension took twenty.
  assert.ok(process.cpuUsage(before).user < 5_000_000);
});

test('frames of any shape and any type are read or refused with a FrameError; what has no errors is read', () => {
  const types = ['timeseries-wide', 'timeseries-long', 'timeseries-multi', 'numeric-wide', 'numeric-long', 'numeric-multi'] as const;
  const shape = fc.array(fc.record({ kind: fc.constantFrom(...FIELD_KINDS), nullable: fc.boolean() }), { maxLength: 5 });
  const anyFrame = fc.record({ fields: shape, type: fc.option(fc.constantFrom(...types)) }).map(({ fields, type }) => {
    const columns = fields.map(({ kind, nullable }, i) => field(`f${i}`, buildColumn(kind, [], { nullable })));
    const made = new Frame('', columns);
    return type === null ? made : made.as(type);
  });
  fc.assert(
    fc.property(fc.array(anyFrame, { maxLength: 3 }), (frames) => {
      let refused = false;
      try {
        readItems(frames);
      } catch (error) {
        assert.match(String((error as { code?: string }).code), /^dataplane_/);
        refused = true;
      }
      const typed = frames[0]?.meta !== undefined;
      const errors = validateDataplane(frames).filter(({ severity }) => severity === 'error');
      if (refused && typed) assert.ok(errors.length > 0);
    }),
    { numRuns: 300 },
  );
});
