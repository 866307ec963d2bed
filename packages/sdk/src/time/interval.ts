import { parseIntervalSetting } from './duration.ts';

/** Points that a panel is taken to show when nobody says how many. */
const defaultPoints = 1500;

/** For an interval up to the first number the second one is the round interval; milliseconds. Grafana's table. */
const roundIntervals = [
  [10, 1],
  [15, 10],
  [35, 20],
  [75, 50],
  [150, 100],
  [350, 200],
  [750, 500],
  [1500, 1000],
  [3500, 2000],
  [7500, 5000],
  [12_500, 10_000],
  [17_500, 15_000],
  [25_000, 20_000],
  [45_000, 30_000],
  [90_000, 60_000],
  [210_000, 120_000],
  [450_000, 300_000],
  [750_000, 600_000],
  [1_050_000, 900_000],
  [1_500_000, 1_200_000],
  [2_700_000, 1_800_000],
  [5_400_000, 3_600_000],
  [9_000_000, 7_200_000],
  [16_200_000, 10_800_000],
  [32_400_000, 21_600_000],
  [86_400_000, 43_200_000],
  [604_800_000, 86_400_000],
  [1_814_400_000, 604_800_000],
] as const;

const twoYears = 63_072_000_000;
const month = 2_592_000_000;
const year = 31_536_000_000;

/** The round interval that Grafana shows for a distance between points, lower in most cases: 7000 ms is 5000, 100 days are 30. */
export function roundInterval(ms: number): number {
  for (const [upTo, round] of roundIntervals) if (ms <= upTo) return round;
  return ms < twoYears ? month : year;
}

/** What an interval is made to fit. */
export interface IntervalOptions {
  /** Points that the panel can show; 1500 unless given. */
  readonly maxDataPoints?: number | undefined;
  /** The shortest interval that the data has; it is answered as it is, without rounding. */
  readonly minMs?: number | undefined;
}

/**
 * The distance between points, in milliseconds, by which a time range fits a panel: range ÷ points, rounded, and not
 * below the minimum. Grafana works out `$__interval` like that.
 */
export function calculateInterval(
  range: { readonly fromMs: number; readonly toMs: number },
  { maxDataPoints = 0, minMs = 1 }: IntervalOptions = {},
): number {
  const points = maxDataPoints > 0 ? maxDataPoints : defaultPoints;
  // Whole nanoseconds as in Go: the limits of the table belong to the row below.
  const nanos = (BigInt(Math.round(range.toMs - range.fromMs)) * 1_000_000n) / BigInt(Math.round(points));
  const ms = Number(nanos) / 1e6;
  return ms < minMs ? minMs : roundInterval(ms);
}

/** Where a minimum interval may be said. */
export interface IntervalSources {
  /** The data source's setting, such as `>10s`; empty when there is none. */
  readonly dataSource?: string | undefined;
  /** The query's, as text; `0s` counts as none. */
  readonly query?: string | undefined;
  /** The query's, in milliseconds; 0 counts as none. */
  readonly queryMs?: number | undefined;
  readonly defaultMs: number;
}

/**
 * The minimum interval in milliseconds: the query's text, else the query's number, else the data source's setting, else
 * the default.
 *
 * @throws SdkError `duration_invalid`
 */
export function minimumInterval({ dataSource = '', query = '', queryMs = 0, defaultMs }: IntervalSources): number {
  if (query !== '' && query !== '0s') return parseIntervalSetting(query);
  if (queryMs !== 0) return queryMs;
  return dataSource === '' ? defaultMs : parseIntervalSetting(dataSource);
}
