import type { Frame } from '../model/index.ts';
import type { FindingList } from './findings.ts';
import { rolesOf } from './roles.ts';

/** Long frames keep dimensions in string fields: two of one name hide each other. */
export function checkRepeatedDimensions(frame: Frame, index: number, list: FindingList): void {
  const last = new Map<string, number>();
  for (const field of rolesOf(frame).strings) {
    const { name } = frame.fields[field];
    const before = last.get(name);
    if (before !== undefined)
      list.error({
        code: 'dimension_repeated',
        frame: index,
        field: before,
        problem: `field ${field} has the same name, and only that one becomes a label`,
        fix: 'give every string field a name of its own',
      });
    last.set(name, field);
  }
}

/** Labels of the fields of a long frame are not read. */
export function checkLabelsUnused(frame: Frame, index: number, list: FindingList): void {
  for (const [field, { labels }] of frame.fields.entries())
    if (labels !== undefined && Object.keys(labels).length > 0)
      list.warning({
        code: 'labels_ignored',
        frame: index,
        field,
        problem: 'labels are not read from long frames',
        fix: 'turn each label into a string field, or send a wide or multi type',
      });
}
