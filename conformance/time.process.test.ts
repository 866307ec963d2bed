import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SdkError } from '@backplane/sdk';
import { formatInterval, minimumInterval, parseDuration, parseIntervalSetting, parseTime, roundInterval } from '@backplane/sdk/time';
import { needsGo } from './support/go.ts';
import { type Answer, askSdk, createRandom, pick } from './support/sdk-answers.ts';

const CASES = 3000;

test('durations and settings are read as by the genuine SDK', await needsGo(), async () => {
  const random = createRandom(12);
  const units = ['ns', 'us', 'µs', 'μs', 'ms', 's', 'm', 'h', 'd', 'w', 'M', 'y', 'Y', 'x', ''];
  const numbers = ['0', '1', '5', '07', '1.5', '.25', '2.', '0.0000001', '999', '123456789', '106751', '292', '15250', '-3', '+1'];
  const texts = Array.from({ length: CASES }, () =>
    Array.from({ length: 1 + Math.floor(random() * 2) }, () => pick(random, numbers) + pick(random, units)).join(''),
  );
  const all = [
    '',
    '0',
    '-0',
    '<10m>',
    '<10m',
    '10m>',
    '>10s',
    '<',
    '1h-1m',
    ' 1h',
    '1 h',
    'h',
    '-',
    '.s',
    '+.5s',
    '9223372036s',
    '1e3s',
    ...texts,
  ];
  const answers = await askSdk(
    all.flatMap((text) => [
      { op: 'duration', text },
      { op: 'setting', text },
    ]),
  );
  let read = 0;
  for (const [index, text] of all.entries()) {
    const [duration, setting] = [answers[2 * index] as Answer, answers[2 * index + 1] as Answer];
    // Go multiplies days, weeks, months, years and seconds without a look at overflows; ours are errors.
    const ours = attempt(() => parseDuration(text));
    if (!overflows(text)) assert.deepEqual(ours, toMs(duration), `duration ${JSON.stringify(text)}`);
    // Of empty brackets Go makes an error or 0.
    if (!overflows(text) && text !== '<' && text !== '')
      assert.deepEqual(
        attempt(() => parseIntervalSetting(text)),
        toMs(setting),
        `setting ${text}`,
      );
    if (typeof ours === 'number') read++;
  }
  assert.ok(read > CASES / 10, `${read} of ${CASES} were durations`);
});

test('intervals are rounded and written as by the genuine SDK', await needsGo(), async () => {
  const random = createRandom(13);
  const limits = [10, 15, 35, 75, 150, 350, 750, 1500, 3500, 7500, 12_500, 17_500, 25_000, 45_000, 90_000, 210_000, 450_000, 750_000];
  const more = [1_050_000, 1_500_000, 2_700_000, 5_400_000, 9_000_000, 16_200_000, 32_400_000, 86_400_000, 172_800_000, 604_800_000];
  const years = [1_814_400_000, 63_072_000_000, 31_536_000_000, 0, 1, 999, 1000, 59_999, 60_000, 3_599_999];
  const edges = [...limits, ...more, ...years].flatMap((ms) => [ms - 1, ms, ms + 1]);
  const values = [...edges, ...Array.from({ length: CASES }, () => Math.floor(10 ** (random() * 12)))];
  const answers = await askSdk(
    values.flatMap((ms) => [
      { op: 'round', ns: ms * 1e6 },
      { op: 'format', ns: ms * 1e6 },
    ]),
  );
  for (const [index, ms] of values.entries()) {
    assert.equal(roundInterval(ms), toMs(answers[2 * index] as Answer), `round ${ms}`);
    assert.equal(formatInterval(ms), answers[2 * index + 1]?.text, `format ${ms}`);
  }
});

test('the minimum interval comes from where the genuine SDK takes it', await needsGo(), async () => {
  const settings = ['', '10s', '<1m', '7', 'nonsense'];
  const cases = settings.flatMap((dataSource) =>
    ['', '0s', '5m', '30', 'x'].flatMap((query) => [0, 250].map((queryMs) => ({ dataSource, query, queryMs, defaultMs: 15_000 }))),
  );
  const answers = await askSdk(
    cases.map(({ query, defaultMs, ...rest }) => ({ op: 'minimum', text: query, ns: defaultMs * 1e6, ...rest })),
  );
  for (const [index, one] of cases.entries())
    assert.deepEqual(
      attempt(() => minimumInterval(one)),
      toMs(answers[index] as Answer),
      JSON.stringify(one),
    );
});

test('date math in zones, weeks and fiscal years comes to the same instants as in the genuine SDK', await needsGo(), async () => {
  const random = createRandom(14);
  const anchors = ['now', 'now', 'now', 'now', '2024-02-29||', '2023-12-31T23:59:59.999Z||', '2024-03-31T02:30:00||', '2024-10-27T02:30||'];
  const absolute = [
    '2024',
    '2024-05',
    '2024-05-17T10',
    '12:30',
    '2024-05-17T10:11:12+05:30',
    '2024-02-30',
    '2024-13',
    '1700000000000',
    '5m',
    '1M',
    '-1h',
  ];
  const wrong = [
    '',
    'no',
    'now-',
    'now/x',
    'now-1',
    '2024-05-17T25',
    'now||',
    '2024-05-17T10:11:12.1234',
    'now-1dd',
    ' now',
    '2024-05-17T24:00',
    '1700000000000||/d',
    '12:30:59.5||+1M/d',
  ];
  const units = ['y', 'fy', 'Q', 'fQ', 'M', 'w', 'd', 'b', 'h', 'H', 'm', 's'];
  const zones = ['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe', 'America/Sao_Paulo'];
  const step = () =>
    random() < 0.4
      ? `/${pick(
          random,
          units.filter((unit) => unit !== 'b'),
        )}`
      : `${pick(random, ['+', '-'])}${pick(random, ['', '1', '2', '13', '40'])}${pick(random, units)}`;
  const texts = Array.from(
    { length: CASES },
    () => pick(random, anchors) + Array.from({ length: Math.floor(random() * 4) }, step).join(''),
  );
  const questions = [...absolute, ...wrong, ...texts].map((text) => ({
    op: 'time',
    text,
    nowMs: Date.UTC(1995, 0) + Math.floor(random() * 29 * 365 * 86_400_000),
    roundUp: random() < 0.5,
    zone: pick(random, zones),
    weekStart: pick(random, [-1, 0, 1, 3, 6]),
    fiscal: pick(random, [0, 1, 4, 12]),
  }));
  const answers = await askSdk(questions);
  for (const [index, { text, nowMs, roundUp, zone, weekStart, fiscal }] of questions.entries()) {
    const options = { nowMs, roundUp, timeZone: zone, weekStart: weekStart < 0 ? 1 : weekStart, fiscalStartMonth: fiscal || 1 };
    const ours = attempt(() => parseTime(text, options));
    const { ms, error } = answers[index] as Answer;
    assert.deepEqual(ours, error === undefined ? ms : 'error', JSON.stringify({ ...questions[index], error }));
  }
});

/** Whole days to years, or bare seconds, of more than 64 bits of nanoseconds. */
function overflows(text: string): boolean {
  const [, count = '0', unit = ''] = /^(\d+)([dwMy]?)$/.exec(text) ?? [];
  const days = { '': 1 / 86_400, d: 1, w: 7, M: 30.4375, y: 365.25 }[unit] ?? 0;
  return Number(count) * days * 86_400e9 >= 2 ** 63;
}

function attempt(run: () => number): number | 'error' {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof SdkError)) throw error;
    return 'error';
  }
}

function toMs({ ns, error }: Answer): number | 'error' {
  if (error !== undefined) return 'error';
  const nanos = BigInt(ns ?? 'no answer');
  return Number(nanos / 1_000_000n) + Number(nanos % 1_000_000n) / 1e6;
}
