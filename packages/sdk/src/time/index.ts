export { type DateMathOptions, parseTime, parseTimeRange } from './date-math.ts';
export { formatInterval, parseDuration, parseInterval, parseIntervalSetting } from './duration.ts';
export { calculateInterval, type IntervalOptions, type IntervalSources, minimumInterval, roundInterval } from './interval.ts';
