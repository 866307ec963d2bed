import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bool, type ColumnInput, float64, frame, int64, json, time, utf8 } from '../build/index.ts';
import { sampleFrame } from '../fixtures/sample-frames.ts';
import { FRAME_TYPE_VERSIONS, type Frame, FrameError, type FrameType } from '../model/index.ts';
import { assertDataplane, DATAPLANE_FINDING_CODES, type DataplaneFindingCode, kindOf, validateDataplane } from './index.ts';

const at = (...millis: (number | null)[]) => time.fromMillis(millis);
const pair = (labels: Record<string, string> = {}) => frame('', { Time: at(1, 2), cpu: float64([1, 2], { labels }) });
const codes = (frames: readonly Frame[]) => validateDataplane(frames).map(({ code, severity }) => `${severity} ${code}`);

const valid: Readonly<Record<string, readonly Frame[]>> = {
  'no frame': [],
  'typed, without fields': [frame('', {}).as('timeseries-wide')],
  'wide with extra strings and times': [
    frame('', {
      t: at(1, 2),
      a: float64([1, null], { labels: { host: 'a' } }),
      b: bool([true, false]),
      note: utf8(['x', null]),
      seen: at(9, null),
    }).as('timeseries-wide'),
  ],
  'wide with zero rows': [frame('', { t: at(), a: float64([]) }).as('timeseries-wide')],
  'multi of two lengths': [pair({ host: 'a' }), pair({ host: 'b' }).slice(0, 1)].map((one) => one.as('timeseries-multi')),
  'long with repeated times': [frame('', { t: at(1, 1, 2), host: utf8(['a', 'b', 'a']), v: int64([1n, 2n, 3n]) }).as('timeseries-long')],
  'numeric wide with a time beside': [frame('', { t: at(1), v: float64([4], { labels: { city: 'LGA' } }) }).as('numeric-wide')],
  'numeric multi of empty items': [frame('', { v: float64([]) }).as('numeric-multi')],
  'numeric long': [frame('', { v: float64([1, 6]), host: utf8(['a', 'b']) }).as('numeric-long')],
  'log lines': [
    frame('', { timestamp: at(1), body: utf8(['x']), severity: utf8([null]), labels: json([{ a: 1 }]), tsNs: int64([1n]) }).as('log-lines'),
  ].map((one) => one.with({ meta: { ...one.meta, preferredVisualisationType: 'logs' } })),
  'heatmap rows': [
    frame('', { x: at(1), a: float64([1], { labels: { le: '10' } }), b: float64([1], { labels: { le: '+Inf' } }) }).as('heatmap-rows'),
  ],
  'heatmap cells, sparse': [
    frame('', { xMin: at(1), xMax: at(2), yMin: float64([1]), yMax: float64([2]), v: float64([1]) }).as('heatmap-cells'),
  ],
  'table of anything': [sampleFrame(3).as('table')],
  'directory listing': [frame('', { name: utf8(['a']), mediaType: utf8(['directory']) }).as('directory-listing')],
};

for (const [name, frames] of Object.entries(valid))
  test(`nothing is found in valid frames: ${name}`, () => {
    assert.deepEqual(validateDataplane(frames), []);
    assertDataplane(frames);
  });

const said = (type: FrameType, columns: Record<string, ColumnInput>) => frame('', columns).as(type);
const invalid: Readonly<Record<DataplaneFindingCode, readonly [severity: 'error' | 'warning', frames: readonly Frame[]]>> = {
  type_missing: ['warning', [pair()]],
  type_unknown: ['warning', [pair().as('my-type' as FrameType, [1, 0])]],
  type_deprecated: ['warning', [pair().as('timeseries-many')]],
  type_mixed: ['warning', [pair().as('timeseries-multi'), said('numeric-multi', { v: float64([1]) })]],
  version_missing: ['warning', [pair().as('timeseries-wide', [0, 0])]],
  version_newer: ['warning', [pair().as('timeseries-wide', [1, 0])]],
  frame_ignored: ['error', [pair({ host: 'a' }).as('timeseries-wide'), pair({ host: 'b' }).as('timeseries-wide')]],
  frame_without_fields: ['error', [pair().as('timeseries-multi'), said('timeseries-multi', {})]],
  time_missing: ['error', [said('timeseries-wide', { v: float64([1]) })]],
  time_nullable: ['error', [said('timeseries-wide', { t: at(1, null), v: float64([1, 2]) })]],
  time_unsorted: ['error', [said('timeseries-wide', { t: at(2, 1), v: float64([1, 2]) })]],
  time_repeated: ['warning', [said('timeseries-wide', { t: at(1, 1), v: float64([1, 2]) })]],
  value_missing: ['error', [said('timeseries-long', { t: at(1), host: utf8(['a']) })]],
  value_ignored: ['error', [said('timeseries-multi', { t: at(1), a: float64([1]), b: float64([1]) })]],
  item_repeated: ['warning', [pair().as('timeseries-multi'), pair().as('timeseries-multi')]],
  rows_ignored: ['error', [said('numeric-wide', { v: float64([1, 2]) })]],
  dimension_missing: ['warning', [said('numeric-long', { v: float64([1, 2]) })]],
  dimension_repeated: [
    'error',
    [
      frame('', [
        ['t', at(1)],
        ['a', utf8(['x'])],
        ['a', utf8(['y'])],
        ['v', float64([1])],
      ]).as('timeseries-long'),
    ],
  ],
  labels_ignored: ['warning', [said('timeseries-long', { t: at(1), v: float64([1], { labels: { host: 'a' } }) })]],
  log_field_missing: ['error', [logs({ body: utf8(['x']) })]],
  log_field_kind: ['error', [logs({ timestamp: at(1), body: utf8(['x'], { nullable: true }) })]],
  log_labels_shape: ['error', [logs({ timestamp: at(1), body: utf8(['x']), labels: json([['a']]) })]],
  log_view_missing: ['warning', [said('log-lines', { timestamp: at(1), body: utf8(['x']) })]],
  heatmap_axis_missing: ['error', [said('heatmap-cells', { x: at(1), v: float64([1]) })]],
  heatmap_field_kind: ['error', [said('heatmap-rows', { x: at(1), a: utf8(['x']) })]],
  heatmap_bound_invalid: ['warning', [said('heatmap-rows', { x: at(1), a: float64([1], { labels: { le: 'ten' } }) })]],
  listing_field_missing: ['error', [said('directory-listing', { name: utf8(['a']) })]],
};

function logs(columns: Record<string, ColumnInput>): Frame {
  return frame('', columns, { meta: { type: 'log-lines', preferredVisualisationType: 'logs' } });
}

for (const code of DATAPLANE_FINDING_CODES)
  test(`frames are found to have ${code}, and nothing else`, () => {
    const [severity, frames] = invalid[code];
    assert.deepEqual(codes(frames), [`${severity} ${code}`]);
    const [{ message, fix, frame: index }] = validateDataplane(frames);
    assert.ok(message.startsWith(`frame ${index}`) && fix.length > 10, `${message}; ${fix}`);
    if (severity === 'error') assert.throws(() => assertDataplane(frames), { code: 'dataplane_invalid', message: new RegExp(code) });
    else assertDataplane(frames);
  });

test('a finding names frame and field and says how to mend it', () => {
  const wide = frame('weather', { Time: at(2, 1), v: float64([1, 2]) }).as('timeseries-wide');
  assert.deepEqual(validateDataplane([wide]), [
    {
      severity: 'error',
      code: 'time_unsorted',
      frame: 0,
      field: 0,
      message: 'frame 0 ("weather"), field 0 ("Time"): row 1 lies before row 0',
      fix: 'sort the rows by time, oldest first',
    },
  ]);
  const both = frame('', { a: utf8(['x']), t: at(1) })
    .as('numeric-wide')
    .with({ name: 'n' });
  assert.throws(
    () => assertDataplane([wide, both]),
    (error) => error instanceof FrameError && error.facts.field === 'Time',
  );
});

test('untyped frames get the type that they look like proposed', () => {
  const proposals: [FrameType, readonly Frame[]][] = [
    ['timeseries-wide', [pair()]],
    ['timeseries-multi', [pair(), pair()]],
    ['timeseries-long', [frame('', { t: at(1), s: utf8(['a']), v: float64([1]) })]],
    ['numeric-wide', [frame('', { v: float64([1]) })]],
    ['numeric-multi', [frame('', { v: float64([1]) }), frame('', { v: float64([2]) })]],
    ['numeric-long', [frame('', { s: utf8(['a']), v: float64([1]) })]],
    ['table', [sampleFrame(2)]],
    ['table', [frame('', {})]],
  ];
  for (const [type, frames] of proposals) assert.match(validateDataplane(frames)[0].fix, new RegExp(`'${type}'`));
});

test('times are compared to the nanosecond, on both sides of 1970', () => {
  const wide = (...nanos: bigint[]) => frame('', { t: time.fromNanos(nanos), v: float64(nanos.map(Number)) }).as('timeseries-wide');
  assert.deepEqual(codes([wide(-(2n ** 63n), -(2n ** 32n) - 1n, -1n, 0n, 2n ** 31n, 2n ** 32n, 2n ** 63n - 1n)]), []);
  assert.deepEqual(codes([wide(5n, 4n)]), ['error time_unsorted']);
  assert.deepEqual(codes([wide(0n, -1n)]), ['error time_unsorted']);
  assert.deepEqual(codes([wide(2n ** 32n, 2n ** 32n)]), ['warning time_repeated']);
});

test('the kind of a response is that of its first frame; types are in their newest version by default', () => {
  assert.equal(kindOf([]), undefined);
  assert.equal(kindOf([pair()]), undefined);
  assert.equal(kindOf([frame('', {}).as('toString' as FrameType, [0, 1])]), undefined);
  const kind = kindOf([pair().as('numeric-long', [2, 3]), pair()]);
  assert.deepEqual([kind?.type, kind?.kind, kind?.version, kind?.saidVersion], ['numeric-long', 'numeric', [0, 1], [2, 3]]);
  for (const [type, version] of Object.entries(FRAME_TYPE_VERSIONS))
    assert.deepEqual(frame('', {}).as(type as FrameType).meta?.typeVersion, version);
});
