import assert from 'node:assert/strict';
import { test } from 'node:test';
import { enumeration, float64, frame, time, utf8 } from '../build/index.ts';
import { formatFrameTable } from './index.ts';

test('a frame is drawn with names, labels, kinds, and numbers to the right', () => {
  const source = frame(
    'weather',
    {
      Time: time.fromNanos([0n, 1n]),
      Value: float64([1.5, null], { labels: { host: 'a', dc: 'eu' } }),
      State: enumeration([1, 7], { config: { type: { enum: { text: ['ok', 'bad'] } } } }),
    },
    { refId: 'A' },
  ).as('timeseries-multi');
  assert.equal(
    formatFrameTable(source),
    [
      'weather: refId A, timeseries-multi, 3 fields, 2 rows',
      'Time                            Value{dc=eu, host=a}  State',
      'time                                        float64?  enum',
      '------------------------------  --------------------  -----',
      '1970-01-01T00:00:00.000Z                         1.5  bad',
      '1970-01-01T00:00:00.000000001Z                  null  7',
      '',
    ].join('\n'),
  );
});

test('limits cut rows and lines, and say so', () => {
  const text = formatFrameTable(frame('', { s: utf8(['x'.repeat(200), 'b', 'c']) }), { maxRows: 1, maxWidth: 30 });
  const lines = text.trimEnd().split('\n');
  assert.equal(lines.at(-1), '… 2 more rows');
  assert.ok(lines.every((line) => line.length <= 30));
  assert.ok(lines[4].endsWith('…'));
});

test('data cannot steer the terminal', () => {
  const text = formatFrameTable(frame('\u001b[2J', { 'a\nb': utf8(['\u001b[31mred\r\n\u202e']) }));
  for (const character of ['\u001b', '\r', '\u202e']) assert.ok(!text.includes(character));
  assert.ok(text.includes('\\u{1b}[31mred'));
  assert.ok(text.includes('a\\nb'));
});

test('a frame without fields, and the notices of a frame', () => {
  assert.equal(formatFrameTable(frame('', {})), '(no name): 0 fields, 0 rows\n');
  assert.match(formatFrameTable(frame('', {}).withNotice({ severity: 'warning', text: 'careful' })), /\nwarning: careful\n$/);
});

test('cells are shown with unit and decimals, and wide characters take two columns', () => {
  const source = frame('', {
    城市: utf8(['東京', 'é', '😀']),
    v: float64([1536, null, 2], { config: { unit: 'bytes', noValue: '-' } }),
  });
  assert.deepEqual(formatFrameTable(source).split('\n').slice(1, 7), [
    '城市           v',
    'string  float64?',
    '------  --------',
    '東京    1.50 KiB',
    'é              -',
    '😀           2 B',
  ]);
  const cutLines = formatFrameTable(frame('', { s: utf8(['東'.repeat(50)]) }), { maxWidth: 20 }).split('\n');
  assert.equal(cutLines[4], `${'東'.repeat(9)}…`);
});
