import type { Frame } from '../model/index.ts';
import type { FindingList } from './findings.ts';
import { checkLabelsUnused, checkRepeatedDimensions } from './long-rules.ts';
import { rolesOf, valueFields } from './roles.ts';
import { checkUnique, type TimeSeriesContext } from './time-series-rules.ts';

/** The rules of numeric-wide, -long and -multi for one frame with fields. */
export function checkNumeric(frame: Frame, index: number, { type, list, seen }: TimeSeriesContext): void {
  const roles = rolesOf(frame);
  const values = type === 'numeric-multi' ? valueFields(roles) : roles.numbers;
  if (values.length === 0)
    list.error({ code: 'value_missing', frame: index, problem: 'there is no value: no field of numbers', fix: 'add a field of numbers' });
  if (type !== 'numeric-multi') reportBools(roles.bools, index, list);
  if (type === 'numeric-long') {
    checkLong(frame, index, list);
    return;
  }
  if (frame.length > 1)
    list.error({
      code: 'rows_ignored',
      frame: index,
      problem: `there are ${frame.length} rows, and only the first is read`,
      fix: 'send one row, numeric-long for a table, or a time series type for points in time',
    });
  const used = type === 'numeric-multi' ? values.slice(0, 1) : values;
  for (const field of values.slice(used.length))
    list.error({
      code: 'value_ignored',
      frame: index,
      field,
      problem: 'a second value is not read: a frame of numeric-multi holds one number',
      fix: 'send numeric-wide',
    });
  for (const field of used) checkUnique(frame, { frame: index, field }, { list, seen });
}

function checkLong(frame: Frame, index: number, list: FindingList): void {
  checkRepeatedDimensions(frame, index, list);
  checkLabelsUnused(frame, index, list);
  if (frame.length > 1 && rolesOf(frame).strings.length === 0)
    list.warning({
      code: 'dimension_missing',
      frame: index,
      problem: `nothing tells the ${frame.length} rows apart`,
      fix: 'add a string field that names each row, or send one row',
    });
}

function reportBools(bools: readonly number[], index: number, list: FindingList): void {
  for (const field of bools)
    list.warning({
      code: 'value_ignored',
      frame: index,
      field,
      problem: 'expressions of Grafana do not read bools from this type',
      fix: 'send 1 and 0 as numbers, or numeric-multi',
    });
}
