import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bool, type ColumnInput, enumeration, float64, frame, int64, json, time, utf8 } from '../build/index.ts';
import { type Frame, FrameError, type FrameType } from '../model/index.ts';
import { assertDataplane, DATAPLANE_TYPES, type DataplaneFindingCode, kindOf, readItems, validateDataplane } from './index.ts';

const at = (...millis: (number | null)[]) => time.fromMillis(millis);
const host = (name: string) => ({ labels: { host: name } });
type Columns = readonly (readonly [name: string, column: ColumnInput])[];

/** What one type of the contract has to pass. */
interface Case {
  /** Frames in order. */
  readonly valid: readonly Columns[];
  /** What expressions make of them: names with labels, or the reason why they cannot. */
  readonly reads: readonly string[] | RegExp;
  /** Frames out of order, what is found, and how its fix begins. */
  readonly broken: readonly (readonly [frames: readonly Columns[], code: DataplaneFindingCode, fix: RegExp])[];
  readonly meta?: { readonly preferredVisualisationType: string };
}

const wide: Columns = [
  ['t', at(1, 2)],
  ['v', float64([1, null], host('a'))],
  ['up', bool([true, false], host('a'))],
  ['note', utf8(['x', null])],
];
const series = (name: string): Columns => [
  ['t', at(1)],
  ['v', float64([1], host(name))],
];
const log: Columns = [
  ['timestamp', at(1)],
  ['body', utf8(['line'])],
];
const cells: Columns = [
  ['xMax', at(1)],
  ['yMin', float64([1])],
  ['yMax', float64([2])],
  ['count', int64([5n])],
];

const CASES: Readonly<Record<FrameType, Case>> = {
  'timeseries-wide': {
    valid: [wide],
    reads: ['up{host=a}', 'v{host=a}'],
    broken: [
      [[wide.slice(1)], 'time_missing', /^add a time field/],
      [[[['t', at(1, null)], ...wide.slice(1)]], 'time_nullable', /^leave out rows without time/],
      [[[['t', at(2, 1)], ...wide.slice(1)]], 'time_unsorted', /^sort the rows/],
      [[[['t', at(1, 1)], ...wide.slice(1)]], 'time_repeated', /^keep one row per time/],
      [[wide.slice(0, 1)], 'value_missing', /^add a field of numbers/],
      [[[...wide, ['v', float64([1, 2], host('a'))]]], 'item_repeated', /^give the items different labels/],
      [[wide, wide], 'frame_ignored', /^join the frames/],
    ],
  },
  'timeseries-long': {
    valid: [[...wide.slice(0, 1), ['host', utf8(['a', 'b'])], ['v', float64([1, 2])]]],
    reads: ['v{host=a}', 'v{host=b}'],
    broken: [
      [
        [
          [
            ['host', utf8(['a'])],
            ['v', float64([1])],
          ],
        ],
        'time_missing',
        /^add a time field/,
      ],
      [
        [
          [
            ['t', at(1)],
            ['host', utf8(['a'])],
          ],
        ],
        'value_missing',
        /^add a field of numbers/,
      ],
      [
        [
          [
            ['t', at(1)],
            ['a', utf8([''])],
            ['a', utf8([''])],
            ['v', float64([1])],
          ],
        ],
        'dimension_repeated',
        /^give every string field a name/,
      ],
      [[series('a')], 'labels_ignored', /^turn each label into a string field/],
      [
        [
          [
            ['t', at(2, 1)],
            ['v', float64([1, 2])],
          ],
        ],
        'time_unsorted',
        /^sort the rows/,
      ],
    ],
  },
  'timeseries-multi': {
    valid: [series('b'), series('a')],
    reads: ['v{host=b}', 'v{host=a}'],
    broken: [
      [[series('a'), []], 'frame_without_fields', /^leave it out/],
      [[wide], 'value_ignored', /^put it into a frame of its own/],
      [[series('a'), series('a')], 'item_repeated', /^give the items different labels/],
      [[[], series('a')], 'frame_ignored', /^leave the first frame out/],
    ],
  },
  'timeseries-many': {
    valid: [],
    reads: [],
    broken: [
      [[series('a')], 'type_deprecated', /^use timeseries-multi/],
      [[series('a').slice(1)], 'time_missing', /^add a time field/],
    ],
  },
  'numeric-wide': {
    valid: [
      [
        ['v', float64([1], host('a'))],
        ['w', int64([2n], host('a'))],
        ['t', at(1)],
      ],
    ],
    reads: ['v{host=a}', 'w{host=a}'],
    broken: [
      [[[['v', float64([1, 2])]]], 'rows_ignored', /^send one row, numeric-long/],
      [[[['s', utf8(['x'])]]], 'value_missing', /^add a field of numbers/],
      [
        [
          [
            ['v', float64([1])],
            ['up', bool([true])],
          ],
        ],
        'value_ignored',
        /^send 1 and 0 as numbers/,
      ],
      [
        [
          [
            ['v', float64([1])],
            ['v', float64([1])],
          ],
        ],
        'item_repeated',
        /^give the items different labels/,
      ],
    ],
  },
  'numeric-long': {
    valid: [
      [
        ['host', utf8(['b', 'a'])],
        ['v', float64([1, 2])],
      ],
    ],
    reads: ['v{host=a}', 'v{host=b}'],
    broken: [
      [[[['v', float64([1, 2])]]], 'dimension_missing', /^add a string field/],
      [[[['host', utf8(['a'])]]], 'value_missing', /^add a field of numbers/],
      [
        [
          [
            ['host', utf8(['a'])],
            ['v', float64([1], host('b'))],
          ],
        ],
        'labels_ignored',
        /^turn each label into a string field/,
      ],
    ],
  },
  'numeric-multi': {
    valid: [[['v', float64([1], host('b'))]], [['up', bool([true], host('a'))]]],
    reads: ['up{host=a}', 'v{host=b}'],
    broken: [
      [
        [
          [
            ['v', float64([1])],
            ['w', float64([1])],
          ],
        ],
        'value_ignored',
        /^send numeric-wide/,
      ],
      [[[['v', float64([1, 2])]]], 'rows_ignored', /^send one row/],
      [[[['v', float64([1])]], []], 'frame_without_fields', /^leave it out/],
    ],
  },
  'log-lines': {
    valid: [
      [
        ...log,
        ['severity', utf8(['info'])],
        ['id', utf8(['1'])],
        ['labels', json([{ a: 'b' }])],
        ['labelTypes', json([{}])],
        ['tsNs', int64([1n])],
      ],
    ],
    meta: { preferredVisualisationType: 'logs' },
    reads: /must be a wide series but got type long.*timeseries-long/,
    broken: [
      [[log.slice(1)], 'log_field_missing', /^add a time field named timestamp/],
      [[log.slice(0, 1)], 'log_field_missing', /^add a string field named body/],
      [
        [
          [
            ['timestamp', at(1)],
            ['body', utf8(['x'], { nullable: true })],
          ],
        ],
        'log_field_kind',
        /^build it with `nullable: false`/,
      ],
      [[[...log, ['severity', enumeration([1])]]], 'log_field_kind', /^make it string/],
      [[[...log, ['id', int64([1n])]]], 'log_field_kind', /^make it string/],
      [[[...log, ['labels', utf8(['{}'])]]], 'log_field_kind', /^make it json/],
      [[[...log, ['labelTypes', json([[]])]]], 'log_labels_shape', /^send one JSON object per line/],
      [[[...log, ['tsNs', utf8(['1'])]]], 'log_field_kind', /^make it int64/],
    ],
  },
  'heatmap-rows': {
    valid: [
      [
        ['x', at(1)],
        ['10', float64([1], { labels: { le: '10' } })],
        ['+Inf', float64([2], { labels: { le: '+Inf' } })],
      ],
    ],
    reads: ['10{le=10}', '+Inf{le=+Inf}'],
    broken: [
      [
        [
          [
            ['x', utf8(['a'])],
            ['v', float64([1])],
          ],
        ],
        'heatmap_field_kind',
        /^put the time, or a number, first/,
      ],
      [
        [
          [
            ['x', at(1)],
            ['v', bool([true])],
          ],
        ],
        'heatmap_field_kind',
        /^make it a number field/,
      ],
      [[[['x', at(1)]]], 'value_missing', /^add a number field per row/],
      [
        [
          [
            ['x', at(1)],
            ['v', float64([1], { labels: { le: 'much' } })],
          ],
        ],
        'heatmap_bound_invalid',
        /^give the upper bound as a number/,
      ],
    ],
  },
  'heatmap-cells': {
    valid: [cells],
    reads: ['yMin{}', 'yMax{}', 'count{}'],
    broken: [
      [[cells.slice(1)], 'heatmap_axis_missing', /^name a field xMin/],
      [[[cells[0], cells[3]]], 'heatmap_axis_missing', /^name a field yMin/],
      [[cells.slice(0, 3)], 'value_missing', /^add a number field behind/],
      [[[['xMax', utf8(['a'])], ...cells.slice(1)]], 'heatmap_field_kind', /^make it a time or a number/],
    ],
  },
  table: {
    valid: [
      [
        ['a', utf8(['x'])],
        ['a', json([1])],
        ['e', enumeration([0])],
      ],
    ],
    reads: /must be a wide series but got type not.*a time and a number field/,
    broken: [],
  },
  'directory-listing': {
    valid: [
      [
        ['name', utf8(['a'])],
        ['mediaType', utf8(['directory'])],
      ],
    ],
    reads: /must be a wide series but got type not/,
    broken: [
      [[[['name', utf8(['a'])]]], 'listing_field_missing', /^put a string field mediaType there/],
      [
        [
          [
            ['name', int64([1n])],
            ['mediaType', utf8(['x'])],
          ],
        ],
        'listing_field_missing',
        /^put a string field name there/,
      ],
    ],
  },
};

/** What expressions read, in their order. */
function read(frames: readonly Frame[]): string[] {
  const items = readItems(frames);
  const list = items.kind === 'series' ? [...items.series] : items.kind === 'numbers' ? items.numbers : [];
  return list.map(({ name, labels }) => `${name}{${Object.entries(labels).map(([key, value]) => `${key}=${value}`)}}`);
}

for (const [name, { valid, reads, broken, meta }] of Object.entries(CASES)) {
  const type = name as FrameType;
  const make = (columns: Columns) => frame('f', columns, { meta: { ...meta } }).as(type);

  test(`${type}: what is in order has no findings, and is read or refused with a way out`, () => {
    const frames = valid.map(make);
    assert.deepEqual(validateDataplane(frames), []);
    if (reads instanceof RegExp) assert.throws(() => readItems(frames), { code: 'dataplane_unreadable', message: reads });
    else assert.deepEqual(read(frames), reads);
  });

  test(`${type}: no frames, and a type without fields, are no data`, () => {
    for (const frames of [[], [make([])], [make([]).with({ meta: { type, executedQueryString: 'SELECT 1' } })]])
      assert.deepEqual(
        [validateDataplane(frames).filter(({ severity }) => severity === 'error'), readItems(frames)],
        [[], { kind: 'none' }],
      );
  });

  test(`${type}: each rule that is broken is found, with its place and how to mend it`, () => {
    for (const [columns, code, fix] of broken) {
      const frames = columns.map(make);
      const found = validateDataplane(frames).filter((finding) => finding.code === code);
      assert.ok(found.length > 0, `${code} in ${JSON.stringify(validateDataplane(frames))}`);
      assert.ok(
        found.some((finding) => fix.test(finding.fix)),
        `${fix} in ${JSON.stringify(found)}`,
      );
      for (const { message } of found) assert.match(message, /^frame \d \("f"\)(, field \d \(".+"\))?: ./);
      if (found[0].severity === 'error')
        assert.throws(
          () => assertDataplane(frames),
          (error) => error instanceof FrameError && error.code === 'dataplane_invalid' && error.facts.hint !== undefined,
        );
    }
  });
}

test('every type of the contract is one of these cases, and of a kind', () => {
  assert.deepEqual(Object.keys(CASES).sort(), Object.keys(DATAPLANE_TYPES).sort());
  for (const type of Object.keys(CASES)) assert.equal(kindOf([frame('', {}).as(type as FrameType)])?.type, type);
});

test('every refusal of a reader says what to do', () => {
  const broken = Object.entries(CASES).flatMap(([type, one]) =>
    one.broken.map(([frames]) => frames.map((columns) => frame('', columns).as(type as FrameType))),
  );
  const untyped = broken.map((frames) => frames.map(({ name, fields }) => frame(name, fields)));
  let refused = 0;
  for (const frames of [...broken, ...untyped])
    try {
      readItems(frames);
    } catch (error) {
      assert.ok(error instanceof FrameError && error.facts.hint, String(error));
      refused++;
    }
  assert.ok(refused > 20);
});
