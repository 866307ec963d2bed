import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  calculateInterval,
  formatInterval,
  minimumInterval,
  parseDuration,
  parseInterval,
  parseIntervalSetting,
  parseTime,
  parseTimeRange,
  roundInterval,
} from './index.ts';

// conformance/time.process.test.ts holds all of this against the genuine SDK; here are the figures that machines without Go check.

const hour = 3_600_000;
const day = 24 * hour;

test('durations have the units of Go and of calendars', () => {
  const cases: Readonly<Record<string, number>> = {
    '1h30m': 1.5 * hour,
    '-1.5s': -1500,
    '1.5h.5m': 1.5 * hour + 30_000,
    '250us': 0.25,
    '1ns': 1e-6,
    '7d': 7 * day,
    '2w': 14 * day,
    '1M': 2_629_800_000,
    '1y': 31_557_600_000,
    '0': 0,
  };
  for (const [text, ms] of Object.entries(cases)) assert.equal(parseDuration(text), ms, text);
});

test('what is no duration is the mistake of who wrote it, and is shown cut', () => {
  for (const text of ['', '5', '1d12h', '1.5d', '5 m', 'm', '293y', '1e3s', '9'.repeat(2000), `1.${'1'.repeat(1_000_000)}s`])
    assert.throws(() => parseDuration(text), { code: 'duration_invalid', status: 400, errorSource: 'downstream' }, text.slice(0, 40));
  assert.throws(() => parseDuration('x'.repeat(1_000_000)), /^SdkError: "x{40}…" is no duration; write one such as 30s/);
});

test('an interval of calendar units is counted from now', () => {
  const january = Date.UTC(2024, 0, 31, 12);
  assert.equal(parseInterval('1M', january), 31 * day); // 31 February is 2 March
  assert.equal(parseInterval('1M', Date.UTC(2024, 1, 1)), 29 * day);
  assert.equal(parseInterval('1y', january), 366 * day);
  assert.equal(parseInterval('1w', january), 7 * day);
  assert.equal(parseInterval('90s', january), 90_000);
  assert.throws(() => parseInterval('9999999999y', january), { code: 'duration_invalid' });
});

test('an interval of a setting may stand in brackets or be a number of seconds', () => {
  assert.deepEqual(['<10m>', '15', '1m'].map(parseIntervalSetting), [600_000, 15_000, 60_000]);
});

test('an interval is written in its largest unit', () => {
  assert.deepEqual([400 * day, 36 * hour, 90_000, 1500, 999, 0.5].map(formatInterval), ['1y', '1d', '1m', '1s', '999ms', '1ms']);
});

test('the interval of a panel is range by points, rounded and not below its minimum', () => {
  const range = { fromMs: 0, toMs: 6 * hour };
  assert.equal(calculateInterval(range, { maxDataPoints: 1000 }), 20_000);
  assert.equal(calculateInterval(range), 15_000);
  assert.equal(calculateInterval(range, { maxDataPoints: 1000, minMs: 37_000 }), 37_000);
  assert.equal(calculateInterval({ fromMs: 5, toMs: 5 }), 1);
  // 10 ms and a seventh of a nanosecond: Go has cut that off before it looks at its table.
  assert.equal(calculateInterval({ fromMs: 0, toMs: 70_000_001 }, { maxDataPoints: 7_000_000 }), 1);
  assert.equal(roundInterval(100 * day), 30 * day);
});

test('a minimum interval is the first that somebody said', () => {
  const dataSource = '30s';
  assert.equal(minimumInterval({ dataSource, query: '1m', queryMs: 5, defaultMs: 1 }), 60_000);
  assert.equal(minimumInterval({ dataSource, query: '0s', queryMs: 5, defaultMs: 1 }), 5);
  assert.equal(minimumInterval({ dataSource, defaultMs: 1 }), 30_000);
  assert.equal(minimumInterval({ defaultMs: 1 }), 1);
});

const now = Date.UTC(2026, 10, 18, 13, 45, 30, 500); // a Wednesday
const iso = (text: string, options = {}) => new Date(parseTime(text, { nowMs: now, ...options })).toISOString();

test('date math steps and rounds', () => {
  assert.equal(iso('now-1d/d'), '2026-11-17T00:00:00.000Z');
  assert.equal(iso('now/d', { roundUp: true }), '2026-11-18T23:59:59.999Z');
  assert.equal(iso('now/w'), '2026-11-16T00:00:00.000Z');
  assert.equal(iso('now/w', { weekStart: 0 }), '2026-11-15T00:00:00.000Z');
  assert.equal(iso('now/fQ', { fiscalStartMonth: 12 }), '2026-09-01T00:00:00.000Z');
  assert.equal(iso('now+3b'), '2026-11-23T13:45:30.500Z');
  assert.equal(iso('now-3b'), '2026-11-13T13:45:30.500Z');
  // From a Saturday: Monday is the first, Friday the last one of a week.
  assert.deepEqual(
    ['+1b', '+5b', '+6b', '-1b', '-5b', '-6b'].map((step) => iso(`2026-11-21||${step}`).slice(0, 10)),
    ['2026-11-23', '2026-11-27', '2026-11-30', '2026-11-20', '2026-11-16', '2026-11-13'],
  );
  // A week for five of them, however many: counted one by one, these would take minutes.
  assert.equal(iso(`now${'+500000b'.repeat(60)}${'-500000b'.repeat(60)}`), iso('now'));
  assert.equal(iso('2026-01-31||+1M'), '2026-03-03T00:00:00.000Z');
  assert.equal(iso('90m'), '2026-11-18T12:15:30.500Z');
  assert.equal(iso('1700000000000'), '2023-11-14T22:13:20.000Z');
});

test('days begin in the zone of who asks, also when clocks change', () => {
  const timeZone = 'Europe/Berlin';
  assert.equal(iso('now/d', { timeZone }), '2026-11-17T23:00:00.000Z');
  assert.equal(iso('2026-03-29||+1d', { timeZone }), '2026-03-29T22:00:00.000Z');
  assert.equal(iso('2026-03-29T02:30||', { timeZone }), '2026-03-29T01:30:00.000Z');
  assert.throws(() => parseTime('now/d', { timeZone: 'Mars/Olympus' }), { code: 'time_zone_unknown' });
});

test('a range has one now, and its end is rounded up', () => {
  assert.deepEqual(parseTimeRange({ from: 'now/d', to: 'now/d' }, { nowMs: now }), {
    fromMs: Date.UTC(2026, 10, 18),
    toMs: Date.UTC(2026, 10, 19) - 1,
  });
});

test('text that is no time is refused in time, whatever its length', () => {
  const long = `now${'-1d'.repeat(300_000)}`;
  for (const text of [
    '',
    'yesterday',
    'now-1x',
    'now/b',
    'now+',
    '2026-02-30',
    '2026-13-01',
    '9999999999999999999',
    'now-999999999999y',
    long,
  ])
    assert.throws(
      () => parseTime(text, { nowMs: now }),
      { code: 'date_invalid', status: 400, errorSource: 'downstream' },
      text.slice(0, 30),
    );
});
