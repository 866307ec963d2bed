import type { Frame } from '../model/index.ts';
import type { FindingList } from './findings.ts';
import { itemKey } from './labels.ts';
import { checkLabelsUnused, checkRepeatedDimensions } from './long-rules.ts';
import { rolesOf, valueFields } from './roles.ts';
import { findTimeOrder } from './time-order.ts';

/** The rules of timeseries-wide, -long and -multi for one frame with fields. Items already seen are told by their keys. */
export function checkTimeSeries(frame: Frame, index: number, { type, list, seen }: TimeSeriesContext): void {
  const roles = rolesOf(frame);
  const values = valueFields(roles);
  checkTime(frame, index, { type, list });
  if (values.length === 0)
    list.error({
      code: 'value_missing',
      frame: index,
      problem: 'there is no value: no field of numbers or bools',
      fix: 'add a field of numbers beside the time',
    });
  if (type === 'timeseries-long') {
    checkRepeatedDimensions(frame, index, list);
    checkLabelsUnused(frame, index, list);
    return;
  }
  const used = type === 'timeseries-multi' ? values.slice(0, 1) : values;
  for (const field of values.slice(used.length))
    list.error({
      code: 'value_ignored',
      frame: index,
      field,
      problem: 'a second value is not read: a frame of timeseries-multi holds one series',
      fix: 'put it into a frame of its own with its time, or send timeseries-wide',
    });
  for (const field of used) checkUnique(frame, { frame: index, field }, { list, seen });
}

/** What the checks of one response share. */
export interface TimeSeriesContext {
  readonly type: string;
  readonly list: FindingList;
  /** Keys of the items found so far, with their place. */
  readonly seen: Map<string, string>;
}

function checkTime(frame: Frame, index: number, { type, list }: Pick<TimeSeriesContext, 'type' | 'list'>): void {
  const { times, nullableTimes } = rolesOf(frame);
  if (times.length === 0 && nullableTimes.length > 0) {
    list.error({
      code: 'time_nullable',
      frame: index,
      field: nullableTimes[0],
      problem: 'the time may be null, and Grafana takes only times that cannot be',
      fix: 'leave out rows without time, and build it with `nullable: false`',
    });
    return;
  }
  if (times.length === 0) {
    list.error({ code: 'time_missing', frame: index, problem: 'there is no time field', fix: 'add a time field, or use a numeric type' });
    return;
  }
  const place = { frame: index, field: times[0] };
  const { unsortedRow, repeatedRow } = findTimeOrder(frame.fields[times[0]].column);
  if (unsortedRow !== undefined)
    list.error({
      code: 'time_unsorted',
      ...place,
      problem: `row ${unsortedRow} lies before row ${unsortedRow - 1}`,
      fix: 'sort the rows by time, oldest first',
    });
  if (repeatedRow !== undefined && type !== 'timeseries-long')
    list.warning({
      code: 'time_repeated',
      ...place,
      problem: `rows ${repeatedRow - 1} and ${repeatedRow} have the same time`,
      fix: 'keep one row per time; rows of different series belong into timeseries-long or -multi',
    });
}

/** Warns of two items with the same name and labels. */
export function checkUnique(
  frame: Frame,
  place: { readonly frame: number; readonly field: number },
  { list, seen }: Pick<TimeSeriesContext, 'list' | 'seen'>,
): void {
  const { name, labels } = frame.fields[place.field];
  const key = itemKey(name, labels);
  const before = seen.get(key);
  if (before === undefined) seen.set(key, `frame ${place.frame}, field ${place.field}`);
  else
    list.warning({
      code: 'item_repeated',
      ...place,
      problem: `name and labels are those of ${before}`,
      fix: 'give the items different labels, or different names',
    });
}
