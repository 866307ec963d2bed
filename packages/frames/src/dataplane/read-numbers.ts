import { createCellReader, type Field, type Frame, FrameError, type Labels } from '../model/index.ts';
import { groupRows } from './groups.ts';
import { sortItems } from './labels.ts';
import type { LabelledNumber } from './read-items.ts';
import { rolesOf, valueFields } from './roles.ts';
import { toNumber } from './series.ts';
import type { DataplaneType } from './types.ts';

/** Reads frames of a numeric type whose first frame has fields, sorted by name and labels. */
export function readTypedNumbers({ type }: DataplaneType, frames: readonly Frame[]): LabelledNumber[] {
  if (type === 'numeric-long') return sortItems(readNumberTable(frames[0]));
  if (type === 'numeric-wide') return sortItems(rolesOf(frames[0]).numbers.map((index) => firstNumber(frames[0].fields[index])));
  return sortItems(frames.flatMap((frame, index) => readMultiFrame(frame, index, type)));
}

/** Every number field of every row, labelled by the string fields of that row. Null counts as the empty text. */
export function readNumberTable(frame: Frame): LabelledNumber[] {
  const { numbers, strings } = rolesOf(frame);
  const labels = rowLabels(frame, strings);
  const readers = numbers.map((index) => ({ field: frame.fields[index], read: createCellReader(frame.fields[index].column) }));
  return labels.flatMap((rowLabels, row) =>
    readers.map(({ field, read }) => ({ name: field.name, labels: rowLabels, value: toNumber(read(row)), config: field.config })),
  );
}

function readMultiFrame(frame: Frame, index: number, type: string): LabelledNumber[] {
  if (frame.meta?.type !== type)
    throw new FrameError('dataplane_invalid', {
      reason: `frame ${index} has the type ${frame.meta?.type ?? 'of no name'} among frames of type ${type}`,
      hint: 'give all frames of a refId one type',
    });
  const value = valueFields(rolesOf(frame))[0];
  return value === undefined ? [] : [firstNumber(frame.fields[value])];
}

function firstNumber(field: Field): LabelledNumber {
  const { name, labels = {}, config } = field;
  return { name, labels, value: toNumber(field.get(0) ?? null), config };
}

function rowLabels(frame: Frame, strings: readonly number[]): Labels[] {
  const result = new Array<Labels>(frame.length);
  const dimensions = strings.map((index) => frame.fields[index]);
  for (const { labels, rows } of groupRows(dimensions, frame.length)) for (const row of rows) result[row] = labels;
  return result;
}
