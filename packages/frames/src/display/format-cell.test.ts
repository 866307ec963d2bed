import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { bool, type ColumnInput, enumeration, field, float32, float64, int64, json, time, uint64, utf8 } from '../build/index.ts';
import { sampleFrame } from '../fixtures/sample-frames.ts';
import type { FieldConfig } from '../model/index.ts';
import { type CellFormatOptions, createCellFormatter, findMapping, formatCell, formatFieldName } from './index.ts';

const show = (input: ColumnInput, config: FieldConfig = {}, options?: CellFormatOptions) => {
  const one = field('v', input).with({ config });
  return Array.from({ length: one.length }, (_, row) => formatCell(one, row, options));
};
const number = (value: number, unit: string, decimals?: number) =>
  show(float64([value]), decimals === undefined ? { unit } : { unit, decimals })[0];

test('without unit and decimals, cells are exact', () => {
  assert.deepEqual(show(float64([0.1, -0, 1e21, Number.NaN, Number.NEGATIVE_INFINITY])), ['0.1', '-0', '1e+21', 'NaN', '-Infinity']);
  assert.deepEqual(show(int64([-(2n ** 63n)])), ['-9223372036854775808']);
  assert.deepEqual(show(uint64([2n ** 64n - 1n])), ['18446744073709551615']);
  assert.deepEqual(show(time.fromNanos([-1n])), ['1969-12-31T23:59:59.999999999Z']);
  assert.deepEqual(show(bool([true, false])), ['true', 'false']);
  assert.deepEqual(show(json([{ a: 1 }])), ['{"a":1}']);
});

test('numbers take unit and decimals as in Grafana', () => {
  const cases: [value: number, unit: string, decimals: number | undefined, text: string][] = [
    [1532.82, 'currencyUSD', 2, '$1.53K'],
    [-1532.82, 'currencyEUR', 2, '-€1.53K'],
    [1532.82, 'currencySEK', 2, '1.53Kkr'],
    [0.0024, 'ms', 4, '0.0024 ms'],
    [100, 'ms', 0, '100 ms'],
    [1250, 'ms', 2, '1.25 s'],
    [10000086.123, 'ms', 1, '2.8 hour'],
    [0, 's', undefined, '0 s'],
    [0.0000005, 's', undefined, '500 ns'],
    [90, 's', undefined, '1.50 min'],
    [1209600, 's', undefined, '2 week'],
    [60e9, 'ns', undefined, '1 min'],
    [9876543, 'short', 2, '9.88 Mil'],
    [98765, 'short', undefined, '98.8 K'],
    [1000, 'short', undefined, '1 K'],
    [-1500, 'short', undefined, '-1.50 K'],
    [0, 'short', undefined, '0'],
    [10000000, 'kbytes', 3, '9.537 GiB'],
    [10000000, 'deckbytes', 3, '10.000 GB'],
    [1536, 'bytes', undefined, '1.50 KiB'],
    [1500, 'decbytes', undefined, '1.50 kB'],
    [0, 'bytes', undefined, '0 B'],
    [1024 ** 3, 'bytes', 0, '1 GiB'],
    [1000, 'megwatt', 3, '1.000 GW'],
    [1000, 'pfarad', 3, '1.000 nF'],
    [0.25, 'percentunit', undefined, '25%'],
    [0.07, 'percentunit', undefined, '7%'],
    [12.345, 'percent', 1, '12.3%'],
    [20.456, 'celsius', 1, '20.5 °C'],
    [1532.82, 'whatever', 0, '1533 whatever'],
    [1532.82, 'prefix:b', undefined, 'b1533'],
    [1532.82, 'suffix:d', undefined, '1533 d'],
    [1234, 'si:µF', 2, '1.23 mF'],
    [1234567, 'count:xpm', 2, '1.23M xpm'],
    [1234, 'currency:@', 2, '@1.23K'],
    [3725, 'dthms', undefined, '01:02:05'],
    [90061, 'dtdhms', undefined, '1 d 01:01:01'],
    [3725, 'dtdurations', undefined, '1 hour'],
    [3725, 'dtdurations', 1, '1 hour, 2 minutes'],
    [0, 'dtdurationms', undefined, '0 milliseconds'],
    [1234567.5, 'locale', undefined, '1,234,567.5'],
    [255, 'hex0x', undefined, '0xFF'],
    [1, 'bool_yes_no', undefined, 'Yes'],
    [1700000000123, 'dateTimeAsIso', undefined, '2023-11-14 22:13:20'],
    [1700000000123, 'dateTimeAsUS', undefined, '11/14/2023 10:13:20 pm'],
    [1700000000123, 'time:YYYY.MM [at] HH', undefined, '2023.11 at 22'],
    [Number.NaN, 'bytes', undefined, 'NaN'],
    [Number.POSITIVE_INFINITY, 'short', 2, '∞'],
    [-0.001, 'none', 1, '0.0'],
    [2, 'none', 3, '2.000'],
    [1, 'constructor', undefined, '1 constructor'],
  ];
  for (const [value, unit, decimals, text] of cases) assert.equal(number(value, unit, decimals), text, `${value} ${unit}`);
  assert.deepEqual(show(float32([1.26]), { decimals: 1 }), ['1.3']);
  // As frame JSON brings them to browsers.
  assert.deepEqual(show(float32([0.1, -3.4e38, 16777216, -0, Number.NaN, 2 ** -96])), [
    '0.1',
    '-3.4e+38',
    '16777216',
    '-0',
    'NaN',
    '1.2621775e-29',
  ]);
  assert.deepEqual(show(int64([1536n]), { unit: 'bytes' }), ['1.50 KiB']);
});

test('times take date units, in the time zone asked for', () => {
  const noon = time.fromMillis([Date.UTC(2024, 6, 1, 12)]);
  assert.deepEqual(show(noon, { unit: 'dateTimeAsIso' }, { timeZone: 'Europe/Berlin' }), ['2024-07-01 14:00:00']);
  assert.deepEqual(show(noon, { unit: 'dateTimeAsIso' }, { timeZone: 'America/St_Johns' }), ['2024-07-01 09:30:00']);
  const today = { nowMs: Date.UTC(2024, 6, 1, 18) };
  assert.deepEqual(show(noon, { unit: 'dateTimeAsIsoNoDateIfToday' }, today), ['12:00:00']);
  assert.deepEqual(show(noon, { unit: 'dateTimeFromNow' }, today), ['6 hours ago']);
  assert.deepEqual(show(noon, { unit: 'dateTimeAsIsoNoDateIfToday' }, { nowMs: Date.UTC(2025, 6, 1) }), ['2024-07-01 12:00:00']);
});

test('null is the text of noValue, else what was asked for, else nothing', () => {
  const cells = float64([null, 1]);
  assert.deepEqual(show(cells), ['', '1']);
  assert.deepEqual(show(cells, {}, { nullText: 'null' }), ['null', '1']);
  assert.deepEqual(show(cells, { noValue: '-' }, { nullText: 'null' }), ['-', '1']);
  assert.equal(formatCell(field('v', cells), 2), '');
});

test('enum cells are their words, and their number where there is none', () => {
  assert.deepEqual(show(enumeration([0, 2]), { type: { enum: { text: ['ok'] } } }), ['ok', '2']);
  assert.deepEqual(show(enumeration([0]), { type: {} }), ['0']);
});

test('the first value mapping that matches decides; one without text leaves the text alone', () => {
  const mappings: FieldConfig['mappings'] = [
    { type: 'value', options: { '1': { text: 'one', color: 'red' }, up: { text: 'UP' }, true: { text: 'yes' } } },
    { type: 'range', options: { from: 5, to: null, result: { text: 'many' } } },
    { type: 'range', options: { from: null, to: -1, result: { color: 'blue' } } },
    { type: 'special', options: { match: 'null+nan', result: { text: 'none' } } },
    { type: 'special', options: { match: 'empty', result: { text: 'blank' } } },
    { type: 'special', options: { match: 'false', result: { text: 'no' } } },
  ];
  assert.deepEqual(show(float64([1, 5, 4, -2, null, Number.NaN]), { mappings, unit: 's' }), ['one', 'many', '4 s', '-2 s', 'none', 'none']);
  assert.deepEqual(show(int64([1n, 2n ** 60n]), { mappings }), ['one', 'many']);
  assert.deepEqual(show(utf8(['up', '', 'x']), { mappings }), ['UP', 'blank', 'x']);
  assert.deepEqual(show(bool([true, false]), { mappings }), ['yes', 'no']);
  assert.equal(findMapping(mappings, -2)?.color, 'blue');
  assert.equal(findMapping(mappings, 'toString'), undefined);
  assert.equal(findMapping([{ type: 'regex', options: null }] as unknown as FieldConfig['mappings'], 'x'), undefined);
});

test('a field is called by its display name, else by name and labels', () => {
  const plain = field('cpu', float64([], { labels: { host: 'b', dc: 'a' } }));
  assert.equal(formatFieldName(plain), 'cpu{dc=a, host=b}');
  assert.equal(formatFieldName(plain.with({ config: { displayNameFromDS: 'CPU' } })), 'CPU');
});

test('any number in any unit is text, and its sign and digits survive', () => {
  const units = [
    'short',
    'bytes',
    'decbytes',
    's',
    'ms',
    'ns',
    'percentunit',
    'currencyUSD',
    'dtdurations',
    'dateTimeAsIso',
    'locale',
    'sci',
    'x',
  ];
  fc.assert(
    fc.property(fc.double(), fc.constantFrom(...units), fc.option(fc.nat(30), { nil: undefined }), (value, unit, decimals) => {
      const text = number(value, unit, decimals);
      assert.ok(text.length > 0 && !text.includes('undefined'), text);
      if (Number.isFinite(value) && unit === 'short' && Math.abs(value) >= 1 && Math.abs(value) < 1e24) {
        const steps = ['', 'K', 'Mil', 'Bil', 'Tri', 'Quadr', 'Quint', 'Sext', 'Sept'];
        const [digits, step = ''] = text.split(' ');
        const back = Number(digits) * 1000 ** steps.indexOf(step);
        assert.ok(Math.abs(back - value) <= Math.abs(value) * (decimals === undefined || decimals > 2 ? 0.006 : 0.51), `${value}: ${text}`);
      }
    }),
    { numRuns: 1000 },
  );
});

test('every cell of every kind can be shown', () => {
  for (const one of sampleFrame(40).fields) {
    const format = createCellFormatter(one, { nullText: 'null' });
    for (let row = 0; row < one.length; row++) assert.equal(typeof format(row), 'string');
  }
});
